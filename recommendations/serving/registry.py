"""The model that this process serves: loaded once, exchanged when another is activated.

While a traffic split runs, its two models are held beside the active one. NumPy only. The artifact
comes through Django's storage API, so web processes may run on machines that never saw the
training; a local copy, named by the hash of its tensors, is loaded.
"""

import logging
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Subquery
from django.db.models.functions import JSONObject
from numpy.typing import NDArray

from ml.serving.artifact import MANIFEST_FILE, TENSORS_FILE, ArtifactError
from ml.serving.model import History, ServedModel
from recommendations.models import Activation, ModelVersion, TrafficSplit
from recommendations.serving.extension import with_new_films

logger = logging.getLogger(__name__)

RECHECK_SECONDS = 2.0
"""How long a process may serve on without asking which activation is the latest."""
RETRY_SECONDS = 60.0
"""How long a model that could not be loaded is left alone."""
EXTENSION_PAUSE = 10
"""After films were added to a model, how many times as long it is left as it is."""
N_CANDIDATES = 3
"""The active model and how many earlier ones to fall back on."""


@dataclass(frozen=True)
class ActiveModel:
    """What is served: the model, and which run's it is."""

    version_id: int
    embedding_model_id: int | None
    model: ServedModel
    """With the films added since its training."""
    trained: ServedModel | None = None
    """As the run left it."""
    revision: int = 0
    """Of the embedding model, when the films were added."""
    added_ids: NDArray[np.int64] = field(
        default_factory=lambda: np.empty(0, np.int64), compare=False
    )
    """Of the films that the run did not know."""


@dataclass(frozen=True)
class ActiveSplit:
    """Two models that are served side by side."""

    split_id: int
    percent_b: int
    a: ActiveModel
    b: ActiveModel


@dataclass(frozen=True)
class _Candidate:
    version_id: int
    artifact: str
    artifact_hash: str
    embedding_model_id: int | None
    revision: int | None = field(default=None, compare=False)
    """Of the embedding model: raised when films are embedded between two runs."""


@dataclass(frozen=True)
class _Split:
    split_id: int
    percent_b: int
    a: _Candidate
    b: _Candidate


class _Holder:
    """One process's models and when they were last looked after."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.active: ActiveModel | None = None
        self.candidates: tuple[_Candidate, ...] | None = None
        self.wanted_split: _Split | None = None
        self.split: ActiveSplit | None = None
        self.check_at = self.retry_at = self.extend_at = 0.0

    def refresh(self) -> None:
        """Ask what is to be served (one small query), and load when it has changed."""
        candidates, split = _wanted()
        now = time.monotonic()
        is_fallback = bool(candidates) and (
            self.active is None or self.active.version_id != candidates[0].version_id
        )
        if candidates != self.candidates or (is_fallback and now >= self.retry_at):
            self.active = _first_that_loads(candidates, self.active)
            self.candidates = candidates
            self.retry_at = now + RETRY_SECONDS
            self.extend_at = now
        if split != self.wanted_split:
            self.wanted_split = split
            self.split = _loaded_split(split, self.active)
        if time.monotonic() >= self.extend_at:
            self._extend(candidates, split)
        self.check_at = now + RECHECK_SECONDS

    def _extend(self, candidates: tuple[_Candidate, ...], split: _Split | None) -> None:
        """Add the films that were embedded since, but never spend more than a tenth of the time."""
        began = time.monotonic()
        if self.active is not None:
            self.active = _extended(self.active, candidates)
        if self.split is not None and split is not None:
            self.split = replace(
                self.split,
                a=_extended(self.split.a, (split.a,)),
                b=_extended(self.split.b, (split.b,)),
            )
        now = time.monotonic()
        self.extend_at = now + EXTENSION_PAUSE * (now - began)


_holder = _Holder()
_PROBE = History(np.empty(0, np.int64), np.empty(0, np.int8))
"""A visitor without ratings: what a model must be able to answer before it serves anybody."""


def active_model() -> ActiveModel | None:
    """Return the model to serve, at most ``RECHECK_SECONDS`` out of date; None if there is none.

    While one thread loads another model, the other threads serve the present one. A model whose
    files are damaged is logged, and the previous activation serves in its place.
    Cost: no query while fresh, else one.
    """
    return _fresh().active


def active_split() -> ActiveSplit | None:
    """Return the running traffic split; None without one, or if one of its models cannot be loaded.

    As fresh as :func:`active_model`, and at the same cost.
    """
    return _fresh().split


def model_of(version: ModelVersion) -> ActiveModel:
    """Load any version's model beside the served one; the last two are kept in memory.

    Raises
    ------
    ArtifactError, OSError
        Its files are gone or damaged.

    """
    active = _holder.active
    if active is not None and active.version_id == version.pk:
        return active
    return _model_of(
        _Candidate(version.pk, version.artifact, version.artifact_hash, version.embedding_model_id)
    )


def forget_active_model() -> None:
    """Start as a new process would (for tests and after a fork)."""
    global _holder  # noqa: PLW0603 (one per process is the point)
    _holder = _Holder()
    _model_of.cache_clear()


def _fresh() -> _Holder:
    """Return the holder; one thread refreshes it while the others serve what is loaded.

    Only before the first refresh do all threads wait: there is nothing to serve yet.
    """
    holder = _holder
    if time.monotonic() < holder.check_at:
        return holder
    if not holder.lock.acquire(blocking=holder.candidates is None):
        return holder
    try:
        if time.monotonic() >= holder.check_at:
            holder.refresh()
    finally:
        holder.lock.release()
    return holder


@lru_cache(maxsize=2)
def _model_of(candidate: _Candidate) -> ActiveModel:
    return ActiveModel(candidate.version_id, candidate.embedding_model_id, _load(candidate))


def _wanted() -> tuple[tuple[_Candidate, ...], _Split | None]:
    """Return the latest activations and the running split, by one query."""
    split = TrafficSplit.objects.filter(ended_at=None).values(
        packed=JSONObject(
            split_id="id", percent_b="percent_b", a=_packed("version_a"), b=_packed("version_b")
        )
    )
    rows = Activation.objects.filter(withdrawn_at=None).values_list(
        "version_id",
        "version__artifact",
        "version__artifact_hash",
        "version__embedding_model_id",
        "version__embedding_model__revision",
        Subquery(split),
    )[:N_CANDIDATES]
    candidates = tuple(_Candidate(*row[:-1]) for row in rows)
    packed = rows[0][-1] if candidates else None
    return candidates, _unpacked(packed) if packed else None


def _packed(version: str) -> JSONObject:
    return JSONObject(
        version_id=f"{version}_id",
        **{
            field: f"{version}__{field}"
            for field in ("artifact", "artifact_hash", "embedding_model_id")
        },
        revision=f"{version}__embedding_model__revision",
    )


def _unpacked(packed: dict[str, Any]) -> _Split:
    a, b = _Candidate(**packed.pop("a")), _Candidate(**packed.pop("b"))
    return _Split(a=a, b=b, **packed)


def _loaded_split(split: _Split | None, active: ActiveModel | None) -> ActiveSplit | None:
    """Both models or neither: half a split would compare nothing."""
    if split is None:
        return None
    a, b = (_first_that_loads((version,), active) for version in (split.a, split.b))
    if a is None or b is None:
        logger.error("Traffic split %s is not served: a model is missing.", split.split_id)
        return None
    return ActiveSplit(split.split_id, split.percent_b, a, b)


def _first_that_loads(
    candidates: tuple[_Candidate, ...], loaded: ActiveModel | None
) -> ActiveModel | None:
    for candidate in candidates:
        if loaded is not None and loaded.version_id == candidate.version_id:
            return loaded
        try:
            model = _load(candidate)
        except (ArtifactError, OSError):
            logger.exception(
                "The model of run %s cannot be served; falling back.", candidate.version_id
            )
        else:
            logger.info("Serving the model of run %s.", candidate.version_id)
            return ActiveModel(candidate.version_id, candidate.embedding_model_id, model)
    return None


def _extended(active: ActiveModel, candidates: tuple[_Candidate, ...]) -> ActiveModel:
    """Return the model with the present films, if the candidates say that they have changed.

    A model that cannot take them, as of an earlier version, serves as it is.
    """
    wanted = next((entry for entry in candidates if entry.version_id == active.version_id), None)
    if wanted is None or wanted.embedding_model_id is None:
        return active
    if wanted.revision is None or wanted.revision == active.revision:
        return active
    trained = active.trained or active.model
    try:
        model = with_new_films(trained, wanted.embedding_model_id)
    except ValueError:
        logger.exception("The model of run %s takes no new films.", active.version_id)
        model = trained
    added = np.setdiff1d(model.movie_ids, trained.movie_ids)
    return replace(active, model=model, trained=trained, revision=wanted.revision, added_ids=added)


def _load(candidate: _Candidate) -> ServedModel:
    """Load the local copy, which is fetched when missing, and once more when damaged."""
    directory = settings.CACHE_DIR / "models" / candidate.artifact_hash
    if not directory.exists():
        _fetch(candidate, directory)
        return _verified(candidate, directory)
    try:
        return _verified(candidate, directory)
    except ArtifactError:
        logger.warning("The local copy %s is damaged; fetching it again.", directory)
        shutil.rmtree(directory, ignore_errors=True)
        _fetch(candidate, directory)
        return _verified(candidate, directory)


def _verified(candidate: _Candidate, directory: Path) -> ServedModel:
    model = ServedModel.load(directory)
    if model.manifest.tensors_hash != candidate.artifact_hash:
        raise ArtifactError(f"{candidate.artifact} is not the model that run recorded")
    try:
        model.recommend(_PROBE, k=1)
    except Exception as error:  # a model of other code can fail in any way
        raise ArtifactError(f"{candidate.artifact} does not score: {error!r}") from error
    return model


def _fetch(candidate: _Candidate, directory: Path) -> None:
    """Copy from the storage so that other processes see a whole folder or none."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=directory.parent, prefix=".fetching-"))
    try:
        for name in (TENSORS_FILE, MANIFEST_FILE):
            with (
                default_storage.open(f"{candidate.artifact}/{name}") as source,
                (partial / name).open("wb") as target,
            ):
                shutil.copyfileobj(source, target)
        partial.rename(directory)
    except OSError:
        if not directory.exists():  # else another process was faster
            raise
    except Exception as error:  # each object store's library has errors of its own
        raise OSError(f"{candidate.artifact} cannot be fetched: {error!r}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)

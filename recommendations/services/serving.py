"""The model that this process serves: loaded once, exchanged when another is activated.

NumPy only. The artifact comes through Django's storage API, so web processes may run on machines
that never saw the training; a local copy, named by the hash of its tensors, is loaded.
"""

import logging
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.conf import settings
from django.core.files.storage import default_storage

from ml.artifacts import MANIFEST_FILE, TENSORS_FILE, ArtifactError
from ml.serving import History, ServedModel
from recommendations.models import Activation

logger = logging.getLogger(__name__)

RECHECK_SECONDS = 2.0
"""How long a process may serve on without asking which activation is the latest."""
RETRY_SECONDS = 60.0
"""How long a model that could not be loaded is left alone."""
N_CANDIDATES = 3
"""The active model and how many earlier ones to fall back on."""


@dataclass(frozen=True)
class ActiveModel:
    """What is served: the model, and which run's it is."""

    run_id: int
    embedding_model_id: int | None
    model: ServedModel


@dataclass(frozen=True)
class _Candidate:
    run_id: int
    artifact: str
    artifact_hash: str
    embedding_model_id: int | None


class _Holder:
    """One process's model and when it was last looked after."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.active: ActiveModel | None = None
        self.candidates: tuple[_Candidate, ...] | None = None
        self.check_at = self.retry_at = 0.0

    def refresh(self) -> None:
        """Ask for the latest activations (one small query), and load when they have changed."""
        candidates = _candidates()
        now = time.monotonic()
        is_fallback = bool(candidates) and (
            self.active is None or self.active.run_id != candidates[0].run_id
        )
        if candidates != self.candidates or (is_fallback and now >= self.retry_at):
            self.active = _first_that_loads(candidates, self.active)
            self.candidates = candidates
            self.retry_at = now + RETRY_SECONDS
        self.check_at = now + RECHECK_SECONDS


_holder = _Holder()
_PROBE = History(np.empty(0, np.int64), np.empty(0, np.int8))
"""A visitor without ratings: what a model must be able to answer before it serves anybody."""


def active_model() -> ActiveModel | None:
    """The model to serve, None before there is one; at most ``RECHECK_SECONDS`` out of date.

    A model whose files are damaged is logged, and the previous activation serves in its place.
    Cost: no query while fresh, else one.
    """
    if time.monotonic() >= _holder.check_at:
        with _holder.lock:
            if time.monotonic() >= _holder.check_at:
                _holder.refresh()
    return _holder.active


def forget_active_model() -> None:
    """Start as a new process would (for tests and after a fork)."""
    global _holder  # noqa: PLW0603 (one per process is the point)
    _holder = _Holder()


def _candidates() -> tuple[_Candidate, ...]:
    rows = Activation.objects.filter(withdrawn_at=None).values_list(
        "run_id", "run__artifact", "run__artifact_hash", "run__embedding_model_id"
    )[:N_CANDIDATES]
    return tuple(_Candidate(*row) for row in rows)


def _first_that_loads(
    candidates: tuple[_Candidate, ...], loaded: ActiveModel | None
) -> ActiveModel | None:
    for candidate in candidates:
        if loaded is not None and loaded.run_id == candidate.run_id:
            return loaded
        try:
            model = _load(candidate)
        except (ArtifactError, OSError):
            logger.exception(
                "The model of run %s cannot be served; falling back.", candidate.run_id
            )
        else:
            logger.info("Serving the model of run %s.", candidate.run_id)
            return ActiveModel(candidate.run_id, candidate.embedding_model_id, model)
    return None


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
    finally:
        shutil.rmtree(partial, ignore_errors=True)

"""The stages of a run: ``ml``'s, between the database's rows and its products, and activation."""

import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models.functions import Now

from ml.io.files import write_atomically
from ml.pipeline.per_user import UserRange
from ml.progress import Progress, Reporter
from ml.serving.artifact import MANIFEST_FILE, TENSORS_FILE
from ml.training.config import PipelineConfig
from ml.training.stages import BASE, BY_NAME, CACHE
from recommendations.models import Activation
from recommendations.training import jobs
from recommendations.training.models import ModelRun, StageRun, StageShard
from recommendations.training.selectors.runs import active_run
from recommendations.training.services.activation import run_activate
from recommendations.training.services.gate import gate
from recommendations.training.worker import products
from recommendations.training.worker.arrays import has_inputs, write_inputs
from recommendations.training.worker.jsonable import jsonable
from recommendations.training.worker.launch import run_stage_together
from recommendations.training.worker.shards import ranges_of, shards_finish, shards_plan
from recommendations.training.workspaces import adopt, clear_old, missing_products, workspace_of

logger = logging.getLogger(__name__)

FIRST_STAGE, *_, LAST_STAGE = jobs.STAGES
SEARCH_STAGE = "search"
N_WORKSPACES_KEPT = 3


class StageReporter(Protocol):
    """Whom a stage tells how far it is, and asks whether to go on."""

    def __call__(self, progress: Progress) -> None:
        """Take note of progress; raises to stop the stage."""

    def check(self) -> None:
        """Ask now whether what was made may be stored; raises if not."""


def has_workspace(run: ModelRun) -> bool:
    """Whether the run's input files are on this machine."""
    return has_inputs(workspace_of(run))


def workspace_adopt(run: ModelRun) -> bool:
    """Take over what the reused stages of the base run left; whether that could be done.

    False where there are none, and where they cannot be had any more: then the run begins at the
    beginning.
    """
    reused = tuple(
        run.stages.filter(status=StageRun.Status.SUCCEEDED, n_attempts=0)
        .order_by("position")
        .values_list("name", flat=True)
    )
    if run.base_run is None or not reused or missing_products(run.base_run, reused):
        return False
    try:
        adopt(run, reused)
    except OSError:
        logger.exception("Run %s: the stages of run %s cannot be reused.", run.pk, run.base_run_id)
        return False
    return True


def execute_stage(run: ModelRun, name: str, heartbeat: StageReporter) -> dict[str, Any]:
    """Do one stage and store what it made; done twice, it leaves the same.

    Raises
    ------
    Cancelled
        Somebody wants the run to stop.
    LeaseLostError
        Another worker has taken the run over; nothing more was stored.

    """
    if name == LAST_STAGE:
        return _activate(run)
    workspace = workspace_of(run)
    if name == FIRST_STAGE:
        if not has_inputs(workspace):
            ModelRun.objects.filter(pk=run.pk).update(ratings_read_at=Now())
            write_inputs(workspace, heartbeat)
        StageShard.objects.filter(stage__run=run).delete()
        if run.kind == ModelRun.Kind.UPDATE:
            _bring_base(run, workspace)
    _share_text_embeddings(workspace)
    if name == SEARCH_STAGE:
        return _search(run, workspace, heartbeat)
    if ranges := ranges_of(name, workspace):
        return _execute_shared(run, name, workspace, ranges, heartbeat)
    summary = _run(run, name, workspace, heartbeat)
    heartbeat.check()
    if store := _STORES.get(name):
        store(run, workspace, summary)
    return summary


def run_stage(
    name: str, workspace: Path, config: PipelineConfig, report: Reporter, **options: bool
) -> dict[str, Any]:
    """Run a stage of ``ml``; torch is loaded for the first one, and for nothing before it."""
    from ml.pipeline import stages

    return stages.run_stage(name, workspace, config, report, **options)


def _search(run: ModelRun, workspace: Path, heartbeat: StageReporter) -> dict[str, Any]:
    from recommendations.training.worker.search import search_advance

    return search_advance(run, workspace, heartbeat, heartbeat.check)


def _run(
    run: ModelRun, name: str, workspace: Path, heartbeat: StageReporter, **options: bool
) -> dict[str, Any]:
    config = PipelineConfig.from_dict(run.parameters)
    n_processes = settings.TRAIN_PROCESSES
    if n_processes > 1 and BY_NAME[name].trains:
        return run_stage_together(n_processes, name, workspace, config, heartbeat, **options)
    return run_stage(name, workspace, config, heartbeat, **options)


def _execute_shared(
    run: ModelRun,
    name: str,
    workspace: Path,
    ranges: list[UserRange],
    heartbeat: StageReporter,
) -> dict[str, Any]:
    """Run the stage with its users shared among workers.

    A second attempt continues the shards.
    """
    stage = run.stages.get(name=name)
    if not stage.shards.exists():
        summary = _run(run, name, workspace, heartbeat, with_users=False)
        heartbeat.check()
        if name == "embed":
            _store_embeddings(run, workspace, summary, with_users=False)
        shards_plan(stage, ranges, jsonable(summary))
    shards_finish(stage, heartbeat)
    stage.refresh_from_db()
    kept: dict[str, Any] = stage.summary
    return kept


def _activate(run: ModelRun) -> dict[str, Any]:
    """Pass the gate, or leave the run waiting for a person, with the reason."""
    verdict = gate(run)
    if verdict.passes:
        run_activate(run=run, activated_by=None, reason=verdict.reason)
    else:
        ModelRun.objects.filter(pk=run.pk).update(note=verdict.reason)
    _clear_old_workspaces(run)
    return {"activated": verdict.passes, "reason": verdict.reason}


def _clear_old_workspaces(run: ModelRun) -> None:
    """Keep the folders of the latest runs, to look at and to retry, and those still to be read."""
    bases = ModelRun.objects.exclude(status=ModelRun.Status.SUCCEEDED).values_list("base_run")
    active = Activation.objects.filter(withdrawn_at=None).values_list("version__trained_by")[:1]
    keep = {run.pk, *(key for (key,) in [*bases, *active] if key is not None)}
    clear_old(N_WORKSPACES_KEPT, keep)


def _share_text_embeddings(workspace: Path) -> None:
    """Let the run find the texts that earlier runs embedded; the cache goes by content."""
    shared = Path(settings.CACHE_DIR) / CACHE
    shared.mkdir(parents=True, exist_ok=True)
    link = workspace / CACHE
    if link.is_symlink() and link.readlink() != shared:
        link.unlink()  # the site has moved to another folder
    if not link.is_symlink():
        # A share by SMB (Azure Files) has no links: the run then embeds its texts itself.
        with suppress(OSError):
            link.symlink_to(shared, target_is_directory=True)


def _bring_base(run: ModelRun, workspace: Path) -> None:
    """Fetch the model that an update goes on from: the active one, which may be a newer by now."""
    active = active_run()
    if active is not None:
        run.base_run = active
        run.save(update_fields=["base_run"])
    if run.base_run is None:
        raise RuntimeError("There is no model to go on from: start a training.")
    (workspace / BASE).mkdir(exist_ok=True)
    for name in (TENSORS_FILE, MANIFEST_FILE):
        with default_storage.open(f"{run.base_run.artifact}/{name}") as source:
            write_atomically(workspace / BASE / name, source.read())


def _store_counts(run: ModelRun, workspace: Path, summary: dict[str, Any]) -> None:
    """Keep what the run learns from, whatever becomes of it."""
    del workspace
    counts = {name: summary[name] for name in ("n_users", "n_movies", "n_ratings")}
    ModelRun.objects.filter(pk=run.pk).update(**counts)


def _store_embeddings(
    run: ModelRun, workspace: Path, summary: dict[str, Any], *, with_users: bool = True
) -> None:
    del summary
    name = run.parameters["embeddings"]
    model = products.store_embeddings(run, workspace, name, with_users=with_users)
    products.store_genre_similarity(model, workspace / "genre_similarity.csv")


def _store_affinities(run: ModelRun, workspace: Path, summary: dict[str, Any]) -> None:
    del summary
    run.refresh_from_db(fields=["embedding_model"])
    if run.embedding_model_id is None:
        raise RuntimeError("The embed stage has not stored its vectors.")
    products.store_affinities(run.embedding_model_id, workspace / "user_genre_similarity.parquet")


def _store_model(run: ModelRun, workspace: Path, summary: dict[str, Any]) -> None:
    del summary
    products.store_model(run, workspace)
    run.refresh_from_db(fields=["n_movies"])
    if (run.n_movies or 0) > settings.CANDIDATES_ABOVE:
        products.store_item_vectors(run, workspace / "model")


_STORES: dict[str, Callable[[ModelRun, Path, dict[str, Any]], None]] = {
    "sample": _store_counts,
    "embed": _store_embeddings,
    "mine": _store_affinities,
    "update": _store_affinities,
    "evaluate": _store_model,
}

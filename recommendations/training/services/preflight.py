"""What a run will cost, and whether it can run at all, told before it is started.

Times and memory are those of this site's earlier runs, scaled by ratings and epochs. What was
never measured is not guessed.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from ml.training.config import PipelineConfig
from ml.training.stages import TABLE, fields_read, first_reader
from movies.models import Movie, Rating
from recommendations.models import Activation
from recommendations.training import jobs
from recommendations.training.capacity import Capacity, capacity
from recommendations.training.models import ModelRun, StageRun
from recommendations.training.workspaces import missing_products

BYTES_PER_RATING = 80
"""A rating in a workspace: inputs, the sampled and the genre interactions. Measured, rounded up."""
BYTES_PER_FILM = 24_576
"""A film in workspace and storage: its vectors, and its rows of the members, which are kept as they
were trained, without the hold-out, and in the model. Measured: 9,066 films, 219 MB."""

EPOCH_STAGES = {"search", *(stage.name for stage in TABLE if stage.trains)}
"""Stages whose time grows with the epochs."""


@dataclass(frozen=True)
class Preflight:
    """What is known of a run before it starts."""

    n_ratings: int
    n_users: int
    """People with a rating."""
    n_movies: int
    minutes: float | None
    """None: no run has measured every stage yet."""
    memory_mb: int | None
    """Peak of the worker; None: no run has measured it yet."""
    refusals: tuple[str, ...]
    """Why the run cannot start, in sentences; empty when it can."""
    notes: tuple[str, ...] = ()
    """What else to know before the start, in sentences."""


def preflight(
    parameters: Mapping[str, Any],
    *,
    kind: str = ModelRun.Kind.TRAINING,
    first_stage: str = "sample",
    base_run: ModelRun | None = None,
    budget: Mapping[str, Any] | None = None,
) -> Preflight:
    """Count, estimate and check a run with these parameters; nothing is started.

    Six queries or fewer, whatever the number of ratings, and one for each stage.
    """
    n_ratings = Movie.objects.aggregate(total=Sum("n_ratings"))["total"] or 0
    n_users = User.objects.filter(Exists(Rating.objects.filter(user=OuterRef("pk")))).count()
    n_movies = Movie.objects.count()
    try:
        config = recorded_config(parameters, kind, base_run)
    except (ValueError, TypeError) as error:
        return Preflight(n_ratings, n_users, n_movies, None, None, (str(error),))
    stages = jobs.STAGES_OF[kind]
    to_do = stages[stages.index(first_stage) :] if first_stage in stages else stages
    measured = [_measured(stage, config) for stage in to_do]
    memory_mb = _memory(measured, n_ratings)
    free = capacity()
    refusals = [
        *([] if n_ratings else [_("There are no ratings to learn from: import some first.")]),
        *_base_refusals(kind, first_stage, base_run, config),
        *_space_refusals(free, memory_mb, n_ratings, n_movies),
    ]
    return Preflight(
        n_ratings,
        n_users,
        n_movies,
        _minutes(measured, n_ratings, config, budget or {}),
        memory_mb,
        tuple(refusals),
        tuple(_notes(free, base_run if first_stage != stages[0] else None)),
    )


def config_of(parameters: Mapping[str, Any]) -> PipelineConfig:
    """Return the configuration of these parameters, with the site's text model by default.

    Raises
    ------
    ValueError
        An unknown parameter, or one out of its range.
    TypeError
        A value of a wrong type.

    """
    return PipelineConfig.from_dict({"embeddings": settings.EMBEDDINGS, **parameters})


def recorded_config(
    parameters: Mapping[str, Any], kind: str, base_run: ModelRun | None
) -> PipelineConfig:
    """Return the configuration that a run is made with.

    An update takes from its parameters only what its stages read. Everything else is its base's,
    whose networks and head it keeps.

    Raises
    ------
    ValueError
        An unknown parameter, or one out of its range.
    TypeError
        A value of a wrong type.

    """
    config = config_of(parameters)
    if kind != ModelRun.Kind.UPDATE or base_run is None:
        return config
    own = fields_read(("sample", "embed", "update")) | {"cold_ratings", "evaluation_users"}
    values = {name: getattr(config, name) for name in own}
    return replace(config_of(base_run.parameters), **values)


def n_ratings_since(read_at: datetime | None, n_ratings: int | None) -> int:
    """Return at least how many ratings came, went or changed since they were read.

    The schedule asks every minute, so no query scans the ratings: the films' totals give their
    number, and a BRIN index the new ones.
    """
    n_now: int = Movie.objects.aggregate(total=Sum("n_ratings"))["total"] or 0
    if read_at is None:
        return n_now
    n_newer = Rating.objects.filter(rated_at__gt=read_at).count()
    # An import brings ratings of years ago; a deleted account takes some away.
    return max(n_newer, abs(n_now - (n_now if n_ratings is None else n_ratings)))


def _measured(stage: str, config: PipelineConfig) -> StageRun | None:
    """Return the latest run of this stage that was not reused and whose ratings are counted."""
    runs = StageRun.objects.filter(
        name=stage,
        status=StageRun.Status.SUCCEEDED,
        n_attempts__gt=0,
        run__n_ratings__gt=0,
        finished_at__isnull=False,
    ).select_related("run")
    if stage == "embed":
        runs = runs.filter(run__parameters__embeddings=config.embeddings)
    return runs.order_by("-finished_at").first()


def _minutes(
    measured: list[StageRun | None],
    n_ratings: int,
    config: PipelineConfig,
    budget: Mapping[str, Any],
) -> float | None:
    seconds = 0.0
    for stage in measured:
        if stage is None or stage.seconds is None:
            return float(budget["minutes"]) if "minutes" in budget else None
        scale = n_ratings / (stage.run.n_ratings or 1)
        if stage.name in EPOCH_STAGES:
            scale *= config.epochs / max(1, stage.run.parameters.get("epochs", config.epochs))
        seconds += stage.seconds * scale
    minutes = math.ceil(seconds / 6) / 10
    return min(minutes, float(budget["minutes"])) if "minutes" in budget else minutes


def _memory(measured: list[StageRun | None], n_ratings: int) -> int | None:
    """Return the peak memory of the largest stage, scaled up if there are more ratings now."""
    peaks = [
        stage.peak_memory_mb * max(1.0, n_ratings / (stage.run.n_ratings or 1))
        for stage in measured
        if stage is not None and stage.peak_memory_mb
    ]
    return math.ceil(max(peaks)) if peaks else None


def _space_refusals(
    free: Capacity | None, memory_mb: int | None, n_ratings: int, n_movies: int
) -> list[str]:
    if free is None:
        return []
    refusals = []
    if memory_mb is not None and memory_mb > free.free_memory_mb:
        refusals.append(
            _(
                "It needs about %(needed)s MB of memory, as measured in earlier runs; the worker's"
                " machine has %(free)s MB to spare."
            )
            % {"needed": memory_mb, "free": free.free_memory_mb}
        )
    disk_mb = math.ceil((n_ratings * BYTES_PER_RATING + n_movies * BYTES_PER_FILM) / 2**20)
    if disk_mb > free.free_disk_mb:
        refusals.append(
            _(
                "It needs about %(needed)s MB of disk; %(free)s MB are free where the worker keeps"
                " its runs."
            )
            % {"needed": disk_mb, "free": free.free_disk_mb}
        )
    return refusals


def _base_refusals(
    kind: str, first_stage: str, base: ModelRun | None, config: PipelineConfig
) -> list[str]:
    """Why the run cannot be based on ``base``, or take over the stages before ``first_stage``."""
    stages = jobs.STAGES_OF[kind]
    if kind == ModelRun.Kind.UPDATE and (base is None or not base.can_activate):
        return [_("There is no active model to go on from: start a training.")]
    if kind == ModelRun.Kind.UPDATE and base is not None and not _n_new(base):
        return [_("There is nothing new: no rating since run %(run)s.") % {"run": base.pk}]
    if first_stage not in stages:
        return [_("There is no stage %(stage)s.") % {"stage": first_stage}]
    reused = stages[: stages.index(first_stage)]
    if not reused:
        return []
    if base is None or base.kind != kind:
        return [_("Choose the run whose earlier stages are to be reused.")]
    done = set(base.stages.filter(status=StageRun.Status.SUCCEEDED).values_list("name", flat=True))
    if undone := [stage for stage in reused if stage not in done]:
        return [
            _("Run %(run)s has not finished its stage %(stage)s.")
            % {"run": base.pk, "stage": undone[0]}
        ]
    if missing_products(base, reused):
        return [
            _("What the stages of run %(run)s left was cleared away. Start from the beginning.")
            % {"run": base.pk}
        ]
    return [*_changed_parameters(base, reused, config), *_changed_ratings(base)]


def _n_new(base: ModelRun) -> int:
    return n_ratings_since(base.ratings_read_at, base.n_ratings)


def _changed_parameters(
    base: ModelRun, reused: tuple[str, ...], config: PipelineConfig
) -> list[str]:
    before = config_of(base.parameters)
    return [
        _(
            "Stage %(stage)s of run %(run)s was done with another %(parameter)s. Start from there,"
            " or keep the value."
        )
        % {"stage": reader, "run": base.pk, "parameter": field.name}
        for field in fields(PipelineConfig)
        if getattr(before, field.name) != getattr(config, field.name)
        and (reader := first_reader(reused, field.name)) is not None
    ]


def _changed_ratings(base: ModelRun) -> list[str]:
    """Old ratings must be as they were: a person who left must not be learnt from again."""
    ratings = Rating.objects.all()
    if base.ratings_read_at is not None:
        ratings = ratings.filter(rated_at__lte=base.ratings_read_at)
    if ratings.count() == base.n_ratings:
        return []
    return [
        _(
            "Run %(run)s was made from other data: ratings have been changed, removed or imported"
            " since. Start from the beginning."
        )
        % {"run": base.pk}
    ]


def _notes(free: Capacity | None, base: ModelRun | None) -> list[str]:
    notes = []
    if free is None:
        notes.append(_("No worker takes runs at the moment: this one will wait for a worker."))
    running = ModelRun.objects.filter(status=ModelRun.Status.RUNNING).first()
    if running is not None:
        notes.append(
            _("Run %(run)s is in work: this one will wait for its end.") % {"run": running.pk}
        )
    if base is not None and base.ratings_read_at is not None:
        n_newer = Rating.objects.filter(rated_at__gt=base.ratings_read_at).count()
        if n_newer:
            notes.append(
                ngettext(
                    "%(n)s rating given since run %(run)s is left out.",
                    "%(n)s ratings given since run %(run)s are left out.",
                    n_newer,
                )
                % {"n": n_newer, "run": base.pk}
            )
    active = Activation.objects.filter(withdrawn_at=None).first()
    if active is None:
        notes.append(_("There is no active model yet: this one will be, if it passes the gate."))
    return notes

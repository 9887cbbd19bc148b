"""Two runs side by side: their metrics, pair by pair of users, and which films come and go."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import QuerySet

from accounts.models import User
from ml.evaluation.bootstrap import Interval
from ml.evaluation.per_user import PerUser, compared
from ml.serving.artifact import ArtifactError
from ml.serving.model import History
from movies.models import Movie
from movies.selectors.movies import movies_by_id
from movies.visitors import Member
from recommendations.selectors.recommendations import history_of
from recommendations.serving.registry import model_of
from recommendations.training.models import ModelRun
from recommendations.training.selectors.per_user import per_user_of

METRICS = (
    "ndcg@10",
    "snips-ndcg@10",
    "gndcg@10",
    "genre_rank_ndcg@10",
    "precision@1",
    "precision@10",
    "recall@10",
    "hr@10",
    "mrr",
    "coverage",
    "novelty",
    "gini",
)
"""In the order of every table; PostgreSQL's JSON keeps none."""
LOWER_IS_BETTER = frozenset({"gini"})
N_EXAMPLES = 3
"""Users shown unasked at each end: those who gain most, and those who lose most."""
K = 10


@dataclass(frozen=True)
class MetricComparison:
    """One metric of both runs; ``difference`` is run minus other over the users of both."""

    name: str
    value: float | None
    other_value: float | None
    difference: Interval | None
    """None where it is no mean over users, or one run kept no users."""

    @property
    def is_better(self) -> bool | None:
        """Whether the run is better beyond chance; None where that cannot be told."""
        if self.difference is None or not self.difference.excludes_zero:
            return None
        return (self.difference.mean > 0) != (self.name in LOWER_IS_BETTER)


@dataclass(frozen=True)
class RunComparison:
    """Two runs that are compared."""

    run: ModelRun
    other: ModelRun
    is_comparable: bool
    """Whether both were measured by one protocol; where not, no numbers are held side by side."""
    n_users: int
    """Users measured in both."""
    metrics: tuple[MetricComparison, ...]
    parameters: tuple[tuple[str, Any, Any], ...]
    """Name, value and other value of the parameters in which they differ."""


@dataclass(frozen=True)
class ListComparison:
    """One person's ten by both models, best first."""

    user: User
    kept: tuple[Movie, ...]
    coming: tuple[Movie, ...]
    """In the run's list, and not in the other's."""
    going: tuple[Movie, ...]
    """In the other's list, and not in the run's."""


def runs_compared(run: ModelRun, other: ModelRun) -> RunComparison:
    """Metrics with 95 % paired bootstrap intervals, and differing parameters. No query."""
    is_comparable = _measure(run) == _measure(other)
    ours, theirs = (per_user_of(each) if is_comparable else None for each in (run, other))
    metrics = tuple(_metric(name, run, other, ours, theirs) for name in METRICS if is_comparable)
    return RunComparison(
        run=run,
        other=other,
        is_comparable=is_comparable,
        n_users=_n_common(ours, theirs),
        metrics=metrics,
        parameters=tuple(
            (name, run.parameters.get(name), other.parameters.get(name))
            for name in sorted(run.parameters.keys() | other.parameters.keys())
            if run.parameters.get(name) != other.parameters.get(name)
        ),
    )


def lists_compared(
    run: ModelRun, other: ModelRun, users: Collection[User], k: int = K
) -> tuple[ListComparison, ...]:
    """Return what changes for these people from ``other`` to ``run``, by their present ratings.

    Two queries for each person, and two for the films.

    Raises
    ------
    ArtifactError, OSError
        A model's files are gone or damaged.

    """
    tens: list[tuple[User, list[int], list[int]]] = []
    for user in users:
        person = Member(user)
        history, hidden = history_of(person.ratings()), person.excluded()
        ours, theirs = (_ten(each, history, hidden, k) for each in (run, other))
        tens.append((user, ours, theirs))
    movies = movies_by_id({key for _, ours, theirs in tens for key in (*ours, *theirs)})
    return tuple(
        ListComparison(
            user,
            kept=_films(movies, [key for key in ours if key in theirs]),
            coming=_films(movies, [key for key in ours if key not in theirs]),
            going=_films(movies, [key for key in theirs if key not in ours]),
        )
        for user, ours, theirs in tens
    )


def users_named(text: str, limit: int = 2 * N_EXAMPLES) -> QuerySet[User]:
    """People with ratings whose name holds the text, in the order of names."""
    found = User.objects.filter(username__icontains=text, ratings__isnull=False)
    return found.distinct().order_by("username")[:limit]


def users_changed_most(run: ModelRun, other: ModelRun) -> list[User]:
    """Those whose NDCG@10 gains most and loses most. One query.

    Where a run kept no users, the first people who rated.
    """
    ours, theirs = per_user_of(run), per_user_of(other)
    if ours is None or theirs is None:
        people = User.objects.filter(ratings__isnull=False).distinct().order_by("pk")
        return list(people[:N_EXAMPLES])
    ids, at_ours, at_theirs = np.intersect1d(
        ours.user_ids, theirs.user_ids, assume_unique=True, return_indices=True
    )
    change = ours.column()[at_ours] - theirs.column()[at_theirs]
    order = np.lexsort((ids, -change))
    chosen = dict.fromkeys(ids[[*order[:N_EXAMPLES], *order[::-1][:N_EXAMPLES]]].tolist())
    people_by_id = User.objects.in_bulk(list(chosen))
    return [people_by_id[key] for key in chosen if key in people_by_id]


def _measure(run: ModelRun) -> bool:
    """Return whether the run is measured on the latest ratings (updates) or on random ones."""
    return run.kind == ModelRun.Kind.UPDATE


def _metric(
    name: str, run: ModelRun, other: ModelRun, ours: PerUser | None, theirs: PerUser | None
) -> MetricComparison:
    difference = None
    if ours and theirs and name in ours.metrics() and name in theirs.metrics():
        found, n_users = compared(ours, theirs, name)
        difference = found if n_users else None
    value, other_value = (each.metrics.get("served", {}).get(name) for each in (run, other))
    return MetricComparison(name, value, other_value, difference)


def _n_common(ours: PerUser | None, theirs: PerUser | None) -> int:
    if ours is None or theirs is None:
        return 0
    return len(np.intersect1d(ours.user_ids, theirs.user_ids, assume_unique=True))


def _ten(run: ModelRun, history: History, hidden: set[int], k: int) -> list[int]:
    if run.version is None:
        raise ArtifactError(f"run {run.pk} has no model")
    model = model_of(run.version).model
    return [film.movie_id for film in model.recommend(history, k=k, exclude=hidden, max_reasons=0)]


def _films(movies: dict[int, Movie], ids: list[int]) -> tuple[Movie, ...]:
    return tuple(movies[key] for key in ids if key in movies)

"""Ranks the candidates of each user and computes every metric of docs/evaluation.md.

Users go in batches whose score matrix stays within `MAX_CELLS`, so nothing of users x films is ever
held. What depends on the users alone is computed once for all models, and a model scores a user
once for all splits that it is measured on. Accuracy metrics keep one value per user, which
`bootstrap` resamples.

Legend: U measured users, B users of a batch, N films, G genres, k = 10 places.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ml import metrics
from ml.data.dataset import Ratings
from ml.data.splits import Candidates, Split, cells, ratings_of
from ml.progress import Progress, Reporter, ignore_progress

K = 10
MAX_CELLS = 4_000_000
"""Scores held at once: 16 MB of float32, and a few masks and gains of the same shape."""

PER_USER = (
    "ndcg@10",
    "snips-ndcg@10",
    "gndcg@10",
    "genre_rank_ndcg@10",
    "precision@1",
    "precision@10",
    "recall@10",
    "hr@10",
    "mrr",
)
"""Metrics with one value for each user of a split with held-out ratings."""
OVERALL = ("coverage", "novelty", "gini", "users", "users_left_out")
"""Metrics of all lists together."""

Scorer = Callable[[Ratings, NDArray[np.int64]], NDArray[np.float32]]
"""`scorer(histories, users)` answers [B, N] finite scores, higher is better, for the users at these
positions of `histories`, from their ratings there; an empty history included. `evaluate` passes
the histories of one batch of users alone."""


Lists = Callable[[NDArray[np.float32], Ratings], NDArray[np.float32]]
"""`lists(scores, histories)` answers [B, N] scores with each user's list on top."""


@dataclass(frozen=True)
class Measurable:
    """What is measured of a model."""

    scorer: Scorer
    lists: Lists | None = None
    """Makes the lists of the whole unseen catalogue; None where they are those of the scores."""


@dataclass(frozen=True)
class Evaluation:
    """What one model reached on one split."""

    user_ids: NDArray[np.int64]
    """[U] of the measured users."""
    per_user: Mapping[str, NDArray[np.float64]]
    """[U] by metric, those of `PER_USER` where ratings are held out; NaN where undefined."""
    overall: Mapping[str, float]
    """A number by metric of all lists together, `OVERALL` where ratings are held out."""
    top: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, K), dtype=np.int64))
    """[U, 10] each user's list as film positions, -1 where there are fewer; kept of whole
    evaluations alone."""

    def values(self) -> dict[str, float]:
        """Every metric as one number: means over the users for whom it is defined."""
        means = {name: _mean(column) for name, column in self.per_user.items()}
        return {**means, **self.overall}


def evaluate(
    scorer: Scorer,
    split: Split,
    genres: NDArray[np.float32],
    *,
    report: Reporter = ignore_progress,
) -> Evaluation:
    """Score, rank and measure all users of the split who have a relevant held-out film.

    See `evaluate_together`.
    """
    return evaluate_together({"": Measurable(scorer)}, [split], genres, report=report)[0][""]


def evaluate_together(
    models: Mapping[str, Measurable],
    splits: Sequence[Split],
    genres: NDArray[np.float32],
    *,
    report: Reporter = ignore_progress,
) -> list[dict[str, Evaluation]]:
    """Return the evaluations by model on each of the splits, which differ in candidates alone.

    Films of equal score are ranked by a random order of the catalogue that the split's seed fixes:
    the order of ids would favour old and popular films.

    Raises
    ------
    ValueError
        Nobody has a relevant held-out film; the splits are of other users or histories; scores of
        a wrong shape or not finite.

    """
    first, *others = splits
    users, n_movies = first.users, first.train.n_movies
    if len(users) == 0:
        raise ValueError(f"{first.protocol}: no user has a relevant held-out film")
    for other in others:
        if other.histories is not first.histories or not np.array_equal(other.users, users):
            raise ValueError(f"{other.protocol} is of other users than {first.protocol}")
    contexts = [_Context.of(split, genres) for split in splits]
    parts: list[dict[str, list[_Part]]] = [{name: [] for name in models} for _ in splits]
    size = max(1, MAX_CELLS // n_movies)
    for start in range(0, len(users), size):
        batch = users[start : start + size]
        # A scorer that converts its histories must not convert everybody's for each batch.
        histories = ratings_of(first.histories, batch)
        truths = [_Truth.of(context, batch) for context in contexts]
        for done, (name, model) in enumerate(models.items()):
            scores = model.scorer(histories, np.arange(len(batch)))
            scores = _checked(scores, len(batch), n_movies)
            for truth, found in zip(truths, parts, strict=True):
                is_whole = truth.context.split.rule is Candidates.UNSEEN
                lists = model.lists if is_whole else None
                found[name].append(
                    truth.part(scores if lists is None else lists(scores, histories))
                )
            n_scored = start * len(models) + (done + 1) * len(batch)
            report(Progress(n_scored, len(users) * len(models), "users", name))
    return [
        {name: context.evaluation(found[name]) for name in models}
        for context, found in zip(contexts, parts, strict=True)
    ]


def best(
    scores: NDArray[np.float32],
    candidates: NDArray[np.bool_],
    k: int,
    order: NDArray[np.int64],
) -> NDArray[np.int64]:
    """[B, k] positions of the highest scored candidates, best first; -1 where there are fewer.

    `order` [N] decides between equal scores: lower first.
    """
    top = np.full((len(scores), k), -1, dtype=np.int64)
    allowed = np.where(candidates, scores, -np.inf)
    n_best = min(k, scores.shape[1])
    threshold = np.partition(allowed, -n_best, axis=1)[:, -n_best, None]
    row, movie = np.nonzero(candidates & (allowed >= threshold))
    ranked = np.lexsort((order[movie], -scores[row, movie], row))
    place = np.arange(len(row)) - np.searchsorted(row, row)  # in the order of rows already
    is_listed = place < k
    top[row[is_listed], place[is_listed]] = movie[ranked][is_listed]
    return top


@dataclass(frozen=True)
class _Context:
    """A split, and what its metrics read of the films."""

    split: Split
    genres: NDArray[np.float32]
    """[N, G]."""
    n_ratings: NDArray[np.int64]
    """[N] in the training part."""
    order: NDArray[np.int64]
    """[N] decides between equal scores: lower first."""

    @classmethod
    def of(cls, split: Split, genres: NDArray[np.float32]) -> _Context:
        n_movies = split.train.n_movies
        order = np.random.default_rng([split.seed, 4]).permutation(n_movies)
        n_ratings = np.bincount(split.train.movie_index, minlength=n_movies)
        return cls(split, genres, n_ratings, order)

    def evaluation(self, parts: Sequence[_Part]) -> Evaluation:
        """Return the batches of one model as one evaluation."""
        top = np.concatenate([top for top, _ in parts])
        return Evaluation(
            self.split.train.user_ids[self.split.users],
            {name: np.concatenate([values[name] for _, values in parts]) for name in PER_USER},
            _overall(top, self.split),
            top,
        )


_Part = tuple[NDArray[np.int64], dict[str, NDArray[np.float64]]]
"""The lists of one batch of users, and their metrics."""


@dataclass(frozen=True)
class _Truth:
    """What the lists for a batch of users are compared with, the same for all models."""

    context: _Context
    candidates: NDArray[np.bool_]
    """[B, N]."""
    relevant: NDArray[np.bool_]
    """[B, N]."""
    genre_gains: metrics.GenreGains

    @classmethod
    def of(cls, context: _Context, users: NDArray[np.int64]) -> _Truth:
        candidates = context.split.candidates(users)
        relevant = cells(context.split.relevant, users)
        wanted = relevant.astype(np.float32)
        gains = metrics.GenreGains.of(wanted, context.genres, candidates, K)
        return cls(context, candidates, relevant, gains)

    def part(self, scores: NDArray[np.float32]) -> _Part:
        """Rank by these scores [B, N] and measure."""
        context, relevant = self.context, self.relevant
        top = best(scores, self.candidates, K, context.order)
        hits = (top >= 0) & np.take_along_axis(relevant, np.maximum(top, 0), axis=1)
        n_relevant = relevant.sum(axis=1)
        first_rank = _first_rank(scores, self.candidates, relevant, context.order)
        return top, {
            "ndcg@10": metrics.ndcg(hits, n_relevant),
            "snips-ndcg@10": metrics.snips_ndcg(top, relevant, context.n_ratings),
            "gndcg@10": self.genre_gains.share(top),
            "genre_rank_ndcg@10": metrics.genre_rank_ndcg(
                top, relevant.astype(np.float32), context.genres
            ),
            "precision@1": metrics.precision(hits[:, :1]),
            "precision@10": metrics.precision(hits),
            "recall@10": metrics.recall(hits, n_relevant),
            "hr@10": metrics.hit_rate(hits),
            "mrr": metrics.reciprocal_rank(first_rank),
        }


def _first_rank(
    scores: NDArray[np.float32],
    candidates: NDArray[np.bool_],
    relevant: NDArray[np.bool_],
    order: NDArray[np.int64],
) -> NDArray[np.int64]:
    """[B] place, from 1, of the first relevant film among all candidates."""
    user, movie = np.nonzero(relevant)  # at least one of each user
    ranked = np.lexsort((order[movie], -scores[user, movie], user))
    best_movie = movie[ranked][np.searchsorted(user, np.arange(len(scores)))][:, None]
    best_score = np.take_along_axis(scores, best_movie, axis=1)
    ahead = (scores > best_score) | ((scores == best_score) & (order < order[best_movie]))
    first: NDArray[np.int64] = 1 + (ahead & candidates).sum(axis=1)
    return first


def _overall(top: NDArray[np.int64], split: Split) -> dict[str, float]:
    train = split.train
    counts = np.bincount(train.movie_index, minlength=train.n_movies)
    n_users = int((np.diff(train.offsets) > 0).sum())
    return {
        "coverage": metrics.coverage(top, train.n_movies),
        "novelty": metrics.novelty(top, counts, n_users),
        "gini": metrics.gini(top, train.n_movies),
        "users": float(len(top)),
        "users_left_out": float(split.n_left_out),
    }


def _checked(scores: NDArray[np.float32], n_users: int, n_movies: int) -> NDArray[np.float32]:
    if scores.shape != (n_users, n_movies):
        raise ValueError(f"scores of shape {scores.shape}, not {(n_users, n_movies)}")
    if not np.isfinite(scores).all():
        raise ValueError("scores hold NaN or infinity")
    return scores


def _mean(column: NDArray[np.float64]) -> float:
    known = column[~np.isnan(column)]
    return float(known.mean()) if len(known) else float("nan")

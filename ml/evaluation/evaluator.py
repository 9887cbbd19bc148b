"""Ranks the candidates of each user and computes every metric of docs/evaluation.md.

Users go in batches whose score matrix stays within `MAX_CELLS`, so nothing of users x films is ever
held. Accuracy metrics keep one value per user, which `bootstrap` resamples.

Legend: U measured users, B users of a batch, N films, G genres, k = 10 places.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ml import metrics
from ml.data.dataset import Ratings
from ml.data.splits import Split, cells, ratings_of
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

    Films of equal score are ranked by a random order of the catalogue that the split's seed fixes:
    the order of ids would favour old and popular films.

    Raises
    ------
    ValueError
        Nobody has a relevant held-out film; scores of a wrong shape or not finite.

    """
    users = split.users
    if len(users) == 0:
        raise ValueError(f"{split.protocol}: no user has a relevant held-out film")
    order = np.random.default_rng([split.seed, 4]).permutation(split.train.n_movies)
    size = max(1, MAX_CELLS // split.train.n_movies)
    n_ratings = np.bincount(split.train.movie_index, minlength=split.train.n_movies)
    parts, tops = [], []
    for start in range(0, len(users), size):
        batch = users[start : start + size]
        # A scorer that converts its histories must not convert everybody's for each batch.
        histories = ratings_of(split.histories, batch)
        scores = scorer(histories, np.arange(len(batch)))
        scores = _checked(scores, len(batch), split.train.n_movies)
        top, part = _measure(scores, split, batch, (genres, n_ratings), order)
        tops.append(top)
        parts.append(part)
        report(Progress(start + len(batch), len(users), "users"))
    top = np.concatenate(tops)
    return Evaluation(
        split.train.user_ids[users],
        {name: np.concatenate([part[name] for part in parts]) for name in PER_USER},
        _overall(top, split),
        top,
    )


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
    for row, (values, allowed) in enumerate(zip(scores, candidates, strict=True)):
        films = np.flatnonzero(allowed)
        if len(films) > k:
            threshold = np.partition(values[films], -k)[-k]
            films = films[values[films] >= threshold]
        films = films[np.lexsort((order[films], -values[films]))][:k]
        top[row, : len(films)] = films
    return top


def _measure(
    scores: NDArray[np.float32],
    split: Split,
    users: NDArray[np.int64],
    movies: tuple[NDArray[np.float32], NDArray[np.int64]],
    order: NDArray[np.int64],
) -> tuple[NDArray[np.int64], dict[str, NDArray[np.float64]]]:
    genres, n_ratings = movies
    candidates = split.candidates(users)
    relevant = cells(split.relevant, users)
    top = best(scores, candidates, K, order)
    hits = (top >= 0) & np.take_along_axis(relevant, np.maximum(top, 0), axis=1)
    n_relevant = relevant.sum(axis=1)
    wanted = relevant.astype(np.float32)
    return top, {
        "ndcg@10": metrics.ndcg(hits, n_relevant),
        "snips-ndcg@10": metrics.snips_ndcg(top, relevant, n_ratings),
        "gndcg@10": metrics.genre_ndcg(top, wanted, genres, candidates),
        "genre_rank_ndcg@10": metrics.genre_rank_ndcg(top, wanted, genres),
        "precision@1": metrics.precision(hits[:, :1]),
        "precision@10": metrics.precision(hits),
        "recall@10": metrics.recall(hits, n_relevant),
        "hr@10": metrics.hit_rate(hits),
        "mrr": metrics.reciprocal_rank(_first_rank(scores, candidates, relevant, order)),
    }


def _first_rank(
    scores: NDArray[np.float32],
    candidates: NDArray[np.bool_],
    relevant: NDArray[np.bool_],
    order: NDArray[np.int64],
) -> NDArray[np.int64]:
    """[B] place, from 1, of the first relevant film among all candidates."""
    best_score = np.where(relevant, scores, -np.inf).max(axis=1, keepdims=True)
    level = scores == best_score
    best_place = np.where(relevant & level, order, len(order)).min(axis=1, keepdims=True)
    ahead = (scores > best_score) | (level & (order < best_place))
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

"""Protocol `one-star`: how far one more rating moves the movies nearest to the rated one.

Legend: N movies, H people.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Ratings
from ml.evaluation.evaluator import Evaluation
from ml.evaluation.visitors import visitors
from ml.training.protocol import RankingModel

N_PEOPLE = 100
LENGTHS = (5, 30)
"""Ratings in the history before the one that is added."""
ONE_STAR, FIVE_STARS = 2, 10
N_NEAREST = 10
LIKED_HALF_STARS = 8
SHRINKAGE = 20.0


def evaluate_one_star(fitted: RankingModel, train: Ratings, seed: int) -> Evaluation:
    """Return the mean change of the z-score of the nearest ten after one more rating.

    People with more than 30 ratings are drawn. Each brings the first 5 or 30 ratings and then
    gives 1 star, or 5, to the movie rated next. The z-score is taken over the movies that are
    still unrated; the nearest ten are those most often liked by the same people (cosine, shrunk
    by 20), so they are the same for each model.
    """
    order = np.lexsort((train.movie_index, train.timestamps, train.user_index))
    able = np.flatnonzero(np.diff(train.offsets) > max(LENGTHS))
    people = np.sort(np.random.default_rng([seed, 7]).permutation(able)[:N_PEOPLE])
    columns: dict[str, list[float]] = {}
    for length in LENGTHS:
        for person in people:
            rows = order[train.offsets[person] : train.offsets[person] + length + 1]
            movies = train.movie_index[rows].tolist()
            before = dict(zip(movies[:-1], train.half_stars[rows].tolist(), strict=False))
            low, high = _changes(fitted, train, before, movies[-1])
            columns.setdefault(f"one_star_{length}", []).append(low)
            columns.setdefault(f"five_stars_{length}", []).append(high)
    return Evaluation(
        train.user_ids[people],
        {name: np.array(values) for name, values in columns.items()},
        {"users": float(len(people))},
    )


def nearest(train: Ratings, movie: int, among: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the ten of these movies [N] that are most often liked by those who liked the movie."""
    liked = train.take(train.half_stars >= LIKED_HALF_STARS)
    counts = np.bincount(liked.movie_index, minlength=train.n_movies)
    fans = np.zeros(train.n_users, dtype=np.bool_)
    fans[liked.user_index[liked.movie_index == movie]] = True
    common = np.bincount(liked.movie_index[fans[liked.user_index]], minlength=train.n_movies)
    similarity = common / (np.sqrt(counts * counts[movie]) + SHRINKAGE)
    similarity[~among] = -1
    best: NDArray[np.int64] = np.argsort(-similarity, kind="stable")[:N_NEAREST]
    return best


def _changes(
    fitted: RankingModel, train: Ratings, before: dict[int, int], movie: int
) -> tuple[float, float]:
    """Mean changes after one star and after five."""
    histories = [before, {**before, movie: ONE_STAR}, {**before, movie: FIVE_STARS}]
    scores = fitted.scores(visitors(histories, train), np.arange(3)).astype(np.float64)
    is_open = np.ones(train.n_movies, dtype=np.bool_)
    is_open[[*before, movie]] = False
    mean = scores[:, is_open].mean(axis=1, keepdims=True)
    spread = scores[:, is_open].std(axis=1, keepdims=True)
    z = (scores - mean) / np.where(spread > 0, spread, 1)
    at_nearest = z[:, nearest(train, movie, is_open)].mean(axis=1)
    return float(at_nearest[1] - at_nearest[0]), float(at_nearest[2] - at_nearest[0])

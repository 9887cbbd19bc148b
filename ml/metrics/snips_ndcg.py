"""NDCG whose hits weigh more the fewer people rated the movie."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.metrics.discount import discounts


def snips_ndcg(
    top: NDArray[np.int64], relevant: NDArray[np.bool_], n_ratings: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the self-normalised inverse-propensity NDCG at k of each user, 0 to 1.

    The gain of a hit is (n_ratings + 1) ** -0.5: the estimated propensity of a movie to be rated
    grows with its popularity, and a hit counts by the inverse of it. Popular movies therefore earn
    less than in NDCG, and a list of them alone scores low.

    Parameters
    ----------
    top
        [B, k] movie positions, best first; -1 where the list is shorter.
    relevant
        [B, N] true on the user's relevant held-out movies, at least one per user.
    n_ratings
        [N] ratings of each movie in the training data.

    Returns
    -------
    numpy.ndarray
        [B] DCG over that of the user's own best list, the rarest k relevant movies first.

    References
    ----------
    Yang, Cui, Xuan, Wang, Belongie, Estrin: Unbiased Offline Recommender Evaluation for
    Missing-Not-At-Random Implicit Feedback, RecSys 2018.
    """
    k = top.shape[1]
    weights = (n_ratings + 1.0) ** -0.5
    places = np.maximum(top, 0)
    hits = (top >= 0) & np.take_along_axis(relevant, places, axis=1)
    gain = (hits * weights[places]) @ discounts(k)
    share: NDArray[np.float64] = gain / (_rarest(relevant, weights, k) @ discounts(k))
    return share


def _rarest(
    relevant: NDArray[np.bool_], weights: NDArray[np.floating[Any]], k: int
) -> NDArray[np.float64]:
    """Return the largest weights of each user's relevant movies, [B, k], and 0 for missing ones."""
    user, movie = np.nonzero(relevant)
    order = np.lexsort((-weights[movie], user))
    place = np.arange(len(user)) - np.searchsorted(user, user)
    best = np.zeros((len(relevant), k))
    is_listed = place < k
    best[user[is_listed], place[is_listed]] = weights[movie[order]][is_listed]
    return best

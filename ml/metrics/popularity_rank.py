"""How well known the listed movies are: their places in the order of popularity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def popularity_ranks(n_ratings: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rank of each movie by its number of ratings, 1 for the most rated one.

    Movies with equal numbers are ranked by their position.

    >>> popularity_ranks(np.array([3, 9, 3, 0])).tolist()
    [2, 1, 3, 4]
    """
    ranks = np.empty(len(n_ratings), dtype=np.int64)
    ranks[np.argsort(-n_ratings, kind="stable")] = np.arange(1, len(n_ratings) + 1)
    return ranks


def top_share(
    top: NDArray[np.int64], ranks: NDArray[np.int64], n_top: int = 50
) -> NDArray[np.float64]:
    """Return the share of each list that is among the `n_top` most rated movies, 0 to 1.

    `top` [B, k] holds movie positions, -1 where the list is shorter; NaN for an empty list.
    """
    n_listed = (top >= 0).sum(axis=1)
    n_popular = ((top >= 0) & (ranks[np.maximum(top, 0)] <= n_top)).sum(axis=1)
    share: NDArray[np.float64] = n_popular / np.where(n_listed > 0, n_listed, np.nan)
    return share


def median_rank(top: NDArray[np.int64], ranks: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the median popularity rank of each list [B]; NaN for an empty list."""
    found = np.full(len(top), np.nan)
    for row, listed in enumerate(top):
        movies = listed[listed >= 0]
        if len(movies):
            found[row] = np.median(ranks[movies])
    return found

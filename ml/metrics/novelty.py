"""Novelty: how rarely rated the recommended movies are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def novelty(top: NDArray[np.int64], n_ratings: NDArray[np.int64], n_users: int) -> float:
    """Return the mean of -log2((n_ratings + 1) / (n_users + 1)) over all recommendations, in bits.

    `n_ratings` [N] counts training ratings only. Adding one keeps an unrated movie finite.
    """
    share = (n_ratings + 1) / (n_users + 1)
    return float(-np.log2(share)[top[top >= 0]].mean())

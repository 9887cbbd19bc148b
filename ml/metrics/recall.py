"""Recall: the share of the relevant movies that a list has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def recall(hits: NDArray[np.bool_], n_relevant: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return hits over all relevant movies, [B]; below 1 if more than k movies are relevant."""
    share: NDArray[np.float64] = hits.sum(axis=1) / n_relevant
    return share

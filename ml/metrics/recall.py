"""Recall."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def recall(hits: NDArray[np.bool_], n_relevant: NDArray[np.int64]) -> NDArray[np.float64]:
    """Hits over all relevant films, [B] in 0 to 1; below 1 by nature where those are above k."""
    share: NDArray[np.float64] = hits.sum(axis=1) / n_relevant
    return share

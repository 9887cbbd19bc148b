"""Precision."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def precision(hits: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Hits over k, also where fewer than k films are relevant, [B] in 0 to 1."""
    share: NDArray[np.float64] = hits.mean(axis=1)
    return share

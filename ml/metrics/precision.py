"""Precision: the relevant share of a list."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def precision(hits: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return hits over k, [B] in 0 to 1; k counts even if fewer movies are relevant."""
    share: NDArray[np.float64] = hits.mean(axis=1)
    return share

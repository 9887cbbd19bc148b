"""Hit rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def hit_rate(hits: NDArray[np.bool_]) -> NDArray[np.float64]:
    """1 where any place holds a relevant film, else 0, [B]."""
    return np.minimum(hits.sum(axis=1), 1).astype(np.float64)

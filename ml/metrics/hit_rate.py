"""Hit rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def hit_rate(hits: NDArray[np.bool_]) -> NDArray[np.float64]:
    """1 where any place holds a relevant film, else 0, [B]."""
    hit: NDArray[np.bool_] = hits.any(axis=1)
    return hit.astype(np.float64)

"""Hit rate: whether a list has any relevant movie."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def hit_rate(hits: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return 1 for each list that has a relevant movie, else 0, [B]."""
    n_hits: NDArray[np.int64] = hits.sum(axis=1)
    return np.minimum(n_hits, 1).astype(np.float64)

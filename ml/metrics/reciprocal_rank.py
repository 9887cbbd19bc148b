"""Reciprocal rank of the first relevant movie; its mean over users is the MRR."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def reciprocal_rank(first_rank: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return 1 over the rank (from 1) of the first relevant movie in the WHOLE ranking, [B]."""
    return 1.0 / first_rank

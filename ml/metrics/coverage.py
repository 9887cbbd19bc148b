"""Catalogue coverage: how much of the catalogue is ever recommended."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def coverage(top: NDArray[np.int64], n_movies: int) -> float:
    """Return the share of the catalogue that is in at least one user's list, 0 to 1."""
    return len(np.unique(top[top >= 0])) / n_movies

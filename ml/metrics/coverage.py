"""Catalogue coverage."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def coverage(top: NDArray[np.int64], n_movies: int) -> float:
    """Share of the catalogue that stands in at least one user's list, 0 to 1."""
    return len(np.unique(top[top >= 0])) / n_movies

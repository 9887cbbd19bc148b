"""Gini coefficient of exposure: how unequally recommendations are spread."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def gini(top: NDArray[np.int64], n_movies: int) -> float:
    """Return the Gini coefficient of the movies' recommendations: 0 equal, near 1 all on one."""
    counts = np.sort(np.bincount(top[top >= 0].ravel(), minlength=n_movies))
    place = np.arange(1, n_movies + 1)
    return float(((2 * place - n_movies - 1) @ counts) / (n_movies * counts.sum()))

"""Gini coefficient of exposure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def gini(top: NDArray[np.int64], n_movies: int) -> float:
    """How unequally the lists' places fall on the N films: 0 equal, towards 1 all on one film."""
    counts = np.sort(np.bincount(top[top >= 0].ravel(), minlength=n_movies))
    place = np.arange(1, n_movies + 1)
    return float(((2 * place - n_movies - 1) @ counts) / (n_movies * counts.sum()))

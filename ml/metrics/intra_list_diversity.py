"""Intra-list diversity (Ziegler et al., 2005, section 4.2, reversed: higher is more varied)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.serving.similarity import MovieSimilarity


def intra_list_diversity(top: NDArray[np.int64], likeness: MovieSimilarity) -> NDArray[np.float64]:
    """Return the mean of 1 - similarity over the pairs of each list [B]; NaN below two movies."""
    found = np.full(len(top), np.nan)
    for row, listed in enumerate(top):
        films = listed[listed >= 0]
        if len(films) > 1:
            alike = likeness.among(films).astype(np.float64)
            n_pairs = len(films) * (len(films) - 1)
            found[row] = 1 - (alike.sum() - np.trace(alike)) / n_pairs
    return found

"""Intra-list diversity (Ziegler et al., 2005, section 4.2, turned round: higher is more varied)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.serving.similarity import MovieSimilarity


def intra_list_diversity(top: NDArray[np.int64], likeness: MovieSimilarity) -> NDArray[np.float64]:
    """[B] mean of 1 - likeness over the pairs of a user's list; NaN for fewer than two films."""
    found = np.full(len(top), np.nan)
    for row, listed in enumerate(top):
        films = listed[listed >= 0]
        if len(films) > 1:
            alike = likeness.among(films).astype(np.float64)
            n_pairs = len(films) * (len(films) - 1)
            found[row] = 1 - (alike.sum() - np.trace(alike)) / n_pairs
    return found

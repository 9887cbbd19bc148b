"""How alike films are, for lists that are to be varied. NumPy only.

Legend: N films, K films of a pool or a list, D dimensions of a text, G genres.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class MovieSimilarity:
    """How alike films are, in text and in genres by equal parts."""

    text: NDArray[np.float32]
    """[N, D] of unit length, or zero where a film has none."""
    genres: NDArray[np.float32]
    """[N, G] 1 where the film has the genre, else 0."""

    def among(self, films: NDArray[np.int64]) -> NDArray[np.float32]:
        """[K, K] the mean of both cosines, at most 1."""
        genres = self.genres[films]
        genres = genres / np.maximum(np.linalg.norm(genres, axis=1, keepdims=True), 1)
        text = self.text[films]
        likeness: NDArray[np.float32] = (text @ text.T + genres @ genres.T) / 2
        return likeness

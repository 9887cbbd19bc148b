"""The diversity dial: of the best films, some that are unlike one another. NumPy only.

The site's dial and the measurement of what each of its settings costs are this one function.

Legend: N films, K films of a pool or a list, D dimensions of a text, G genres.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

POOL = 100
"""Films among which diversity is sought, the best by score."""


@dataclass(frozen=True)
class FilmLikeness:
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


def choose(
    scores: NDArray[np.float32],
    films: NDArray[np.int64],
    k: int,
    diversity: float,
    likeness: FilmLikeness,
) -> NDArray[np.int64]:
    """The list of at most `k` of these films, by `scores` [N] of the whole catalogue.

    `diversity` 0 is the order of the scores. Above it, films are picked from the best `POOL` one by
    one by (1 - diversity) * relevance - diversity * likeness, where relevance is the score scaled
    to 0..1 over the pool and likeness that to the nearest film picked (maximal marginal relevance,
    Carbonell and Goldstein, 1998). The best film comes first at every setting.

    Raises:
        ValueError: diversity outside 0 to 1.
    """
    if not 0 <= diversity <= 1:
        raise ValueError("diversity must be between 0 and 1")
    n_pool = k if diversity == 0 else max(k, POOL)
    if len(films) > n_pool:
        threshold = np.partition(scores[films], -n_pool)[-n_pool]
        films = films[scores[films] >= threshold]
    # By id where scores tie, so that equal requests get equal answers.
    pool = films[np.lexsort((films, -scores[films]))][:n_pool]
    if diversity == 0 or len(pool) < 2:
        return pool[:k]
    return pool[_marginally_relevant(scores[pool], likeness.among(pool), k, diversity)]


def _marginally_relevant(
    scores: NDArray[np.float32], likeness: NDArray[np.float32], k: int, diversity: float
) -> NDArray[np.int64]:
    """At most k places of the pool, in the order in which they are picked."""
    spread = max(float(scores.max() - scores.min()), 1e-9)
    relevance = (scores - scores.min()) / spread
    picked = [0]
    nearest = likeness[0].copy()
    while len(picked) < min(k, len(scores)):
        value = (1 - diversity) * relevance - diversity * nearest
        value[picked] = -np.inf
        best = int(value.argmax())
        picked.append(best)
        nearest = np.maximum(nearest, likeness[best])
    return np.array(picked, dtype=np.int64)

"""Films added after the training: placed by their text, genres and year alone. NumPy only.

Legend: n new films, N films of the model, D text dimensions, G genres, C = D + G.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class NewMovies:
    """Films that nobody rated yet.

    Raises
    ------
    ValueError
        Arrays of different lengths, an id that occurs twice, or a text vector that holds NaN or
        infinity.

    """

    movie_ids: NDArray[np.int64]
    """[n], in any order."""
    text_vectors: Floats
    """[n, D] of the text model that the films of the training were embedded with."""
    genres: Floats
    """[n, G] 1 where the film has the genre, in the order of the model's `genre_names`."""
    years: Floats
    """[n]; NaN where unknown."""
    texts: NDArray[np.object_]
    """[n] what their words are taken from, `ml.serving.tfidf.film_text`."""

    def __post_init__(self) -> None:
        lengths = {len(getattr(self, field.name)) for field in fields(self)}
        if len(lengths) > 1:
            raise ValueError("the arrays of new films differ in length")
        if len(np.unique(self.movie_ids)) < len(self):
            raise ValueError("a new film occurs twice")
        if not np.isfinite(self.text_vectors).all():
            raise ValueError("a new film's text vector holds NaN or infinity")

    def __len__(self) -> int:
        return len(self.movie_ids)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> NewMovies:
        """Return the films of these rows."""
        return NewMovies(*(getattr(self, field.name)[rows] for field in fields(self)))


@dataclass(frozen=True)
class ContentTowers:
    """What a branch makes of a film's content: its vectors where it has no rating to learn from."""

    inputs: Floats
    """[C, d] from `movie_content` to the vector by which the film describes who rated it."""
    vectors: Floats
    """[C, d] from `movie_content` to the vector by which it is scored."""
    bias: Floats
    """[1] of a film that nobody rated."""


def movie_content(text: Floats, centre: Floats, genres: Floats) -> Floats:
    """[n, C] the unit direction of the centred text, then the unit genres.

    `centre` [D] is the mean text of the films trained on.
    """
    return np.hstack([unit_rows(text - centre), unit_rows(genres)])


def unit_rows(rows: Floats) -> Floats:
    """Rows scaled to length 1; zero rows stay zero."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(length > 0, length, 1)).astype(np.float32)

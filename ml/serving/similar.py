"""Movies like a movie: by who rated both, by content, and by series. NumPy only.

Text and co-ratings both tell the year of a movie: descriptions name it, and people rate the movies
of their time. The mean of each year is taken from both, so that movies are not called similar for
their year.

Legend: N movies, D dimensions of a vector.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.serving.base_models import LinearModel
from ml.serving.ensemble import Ensemble
from ml.serving.new_movies import unit_rows
from ml.serving.series import NO_SERIES
from ml.serving.tfidf import TfidfTerms

Floats = NDArray[np.float32]

CO_RATING, TEXT, GENRES, TERMS = 0.8, 0.5, 0.5, 0.1
"""Weights of the four cosines."""
SAME_SERIES, RELATED = 0.4, 0.3
"""Added for a movie of the same series, and for one that the caller names, as of one director."""
HIGHEST = CO_RATING + TEXT + GENRES + TERMS + SAME_SERIES + RELATED
EVIDENCE = 10.0
"""Ratings at which a movie's co-ratings count half: a few ratings say little of it."""
YEAR_PRIOR = 5.0
"""Movies of no year's mean that are counted with each year's: shrinks the means of rare years."""


@dataclass(frozen=True)
class SimilarMovies:
    """What movies are compared by."""

    vectors: Floats
    """[N, D] of the linear base model, unit rows, without the mean of the year."""
    evidence: Floats
    """[N] 0 to 1, how far the co-ratings of a movie count."""
    text: Floats
    """[N, P] unit rows, without the mean of the year."""
    genres: Floats
    """[N, G] unit rows."""
    terms: TfidfTerms
    series: NDArray[np.int32]
    """[N] number of the series, `NO_SERIES` where a movie has none."""

    @classmethod
    def of(cls, ensemble: Ensemble) -> SimilarMovies:
        """Prepare the movies of a model, those added after its training included.

        Raises
        ------
        ValueError
            The model has no linear base model.
        """
        movies = ensemble.films
        linear = next(
            (each for each in ensemble.base_models if isinstance(each, LinearModel)), None
        )
        if linear is None:
            raise ValueError("the model has no linear base model")
        n_ratings = np.expm1(movies.popularity)
        none = np.full(len(n_ratings), NO_SERIES, dtype=np.int32)
        return cls(
            without_year(unit_rows(linear.items.vectors), movies.years),
            (n_ratings / (n_ratings + EVIDENCE)).astype(np.float32),
            without_year(movies.text, movies.years),
            movies.unit_genres,
            movies.words,
            none if movies.series is None else movies.series.series,
        )

    def scores(self, movie: int) -> Floats:
        """Return how similar each movie is to the one at this position, [N].

        Co-ratings count as far as both movies were rated often: a movie that nobody rated is
        compared by its content alone.
        """
        evidence = self.evidence * self.evidence[movie]
        terms = self.terms.shared(np.array([movie]), None).cosines(0, 1)[0]
        is_series = (self.series == self.series[movie]) & (self.series != NO_SERIES)
        scores: Floats = (
            CO_RATING * evidence * (self.vectors @ self.vectors[movie])
            + TEXT * (self.text @ self.text[movie])
            + GENRES * (self.genres @ self.genres[movie])
            + TERMS * terms
            + SAME_SERIES * is_series
        ).astype(np.float32)
        return scores

    def nearest(
        self, movie: int, k: int, related: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], Floats]:
        """Return the positions of the k most similar movies, best first, and their similarity.

        The similarity is at most 1: the share of the highest score that is possible.

        Parameters
        ----------
        movie
            Position of the movie, which is not in its own list.
        k
            Length of the list.
        related
            Positions of movies that have more in common than the model knows, as their director.
        """
        scores = self.scores(movie)
        if related is not None:
            scores[related] += np.float32(RELATED)
        scores[movie] = -np.inf
        best = np.argsort(-scores, kind="stable")[: min(k, len(scores) - 1)]
        return best, scores[best] / np.float32(HIGHEST)


def without_year(rows: Floats, years: Floats) -> Floats:
    """Return unit rows [N, D] less the mean of their year's rows, scaled to length 1 again."""
    _, year = np.unique(years, return_inverse=True)
    sums = np.zeros((year.max() + 1, rows.shape[1]), dtype=np.float32)
    np.add.at(sums, year, rows)
    means = sums / (np.bincount(year) + YEAR_PRIOR)[:, None]
    return unit_rows((rows - means[year]).astype(np.float32))

"""Popularity: every user gets the most liked movies. Every model must beat it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Ratings
from ml.progress import Reporter, ignore_progress
from ml.training.protocol import TrainingData


@dataclass(frozen=True)
class Popularity:
    """Rank movies by the number of their training ratings at or above a threshold."""

    minimum_half_stars: int = 6
    """Ratings below this are ignored; 1 counts all."""

    def fit(
        self,
        training: TrainingData,
        *,
        seed: int,  # noqa: ARG002 - nothing is random
        report: Reporter = ignore_progress,  # noqa: ARG002 - one pass
    ) -> FittedPopularity:
        """Count the ratings of each movie."""
        ratings = training.ratings
        chosen = ratings.movie_index[ratings.half_stars >= self.minimum_half_stars]
        return FittedPopularity(np.bincount(chosen, minlength=ratings.n_movies).astype(np.float32))


@dataclass(frozen=True)
class FittedPopularity:
    """Fitted popularity: one score per movie."""

    counts: NDArray[np.float32]
    """[N] counted ratings of each movie."""

    def scores(self, histories: Ratings, users: NDArray[np.int64]) -> NDArray[np.float32]:  # noqa: ARG002
        """Return the counts [B, N], the same row for every user."""
        return np.tile(self.counts, (len(users), 1))

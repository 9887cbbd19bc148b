"""Popularity: everybody gets the films that most people liked. The floor under every model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Ratings
from ml.progress import Reporter, ignore_progress
from ml.training.protocol import TrainingData


@dataclass(frozen=True)
class Popularity:
    """Counts the training ratings that are good enough."""

    minimum_half_stars: int = 6
    """A rating below this does not count; 1 counts all."""

    def fit(
        self,
        training: TrainingData,
        *,
        seed: int,  # noqa: ARG002 - nothing is random
        report: Reporter = ignore_progress,  # noqa: ARG002 - one pass
    ) -> FittedPopularity:
        """Count."""
        ratings = training.ratings
        chosen = ratings.movie_index[ratings.half_stars >= self.minimum_half_stars]
        return FittedPopularity(np.bincount(chosen, minlength=ratings.n_movies).astype(np.float32))


@dataclass(frozen=True)
class FittedPopularity:
    """One score per film."""

    counts: NDArray[np.float32]
    """[N]."""

    def scores(self, histories: Ratings, users: NDArray[np.int64]) -> NDArray[np.float32]:  # noqa: ARG002
        """[B, N], the same row for all."""
        return np.tile(self.counts, (len(users), 1))

"""EASE: a linear autoencoder in closed form (Steck, 2019), on likes alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Ratings
from ml.progress import Reporter, ignore_progress
from ml.serving.base_models import LinearModel
from ml.training.linear import EXACT_LIMIT, binary_grades, fit_linear
from ml.training.protocol import TrainingData, base_model_scores


@dataclass(frozen=True)
class Ease:
    """Configure EASE as published: binary input, no attributes.

    The solution is exact while users or movies number at most `exact_limit`. Beyond that, a
    randomised decomposition is used, of `rank` dimensions but at most `scalable_rank`.
    """

    regularisation: float = 200.0
    minimum_half_stars: int = 8
    """Ratings below this are ignored; 1 takes all."""
    rank: int = 2_000
    exact_limit: int = EXACT_LIMIT
    """0 always uses the decomposition, to measure what it loses."""
    scalable_rank: int = 384
    """Memory grows with this times users and movies: 2,000 dimensions of 330,000 users and 87,000
    movies would take more than 20 GB (calculated)."""

    def fit(
        self,
        training: TrainingData,
        *,
        seed: int,
        report: Reporter = ignore_progress,  # noqa: ARG002 - closed form
    ) -> FittedEase:
        """Solve the ridge regression in closed form."""
        ratings = training.ratings
        is_exact = min(ratings.n_users, ratings.n_movies) <= self.exact_limit
        base_model = fit_linear(
            ratings.take(ratings.half_stars >= self.minimum_half_stars),
            None,
            regularisation=self.regularisation,
            rank=self.rank if is_exact else min(self.rank, self.scalable_rank),
            exact_limit=self.exact_limit,
            grades=binary_grades(self.minimum_half_stars),
            seed=seed,
        )
        return FittedEase(base_model)


@dataclass(frozen=True)
class FittedEase:
    """Fitted EASE: a linear model of two item matrices."""

    base_model: LinearModel

    def scores(self, histories: Ratings, users: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the scores [B, N] of each history."""
        return base_model_scores(self.base_model, histories, users)

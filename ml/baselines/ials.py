"""Implicit ALS (Hu, Koren and Volinsky, 2008) on likes alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Ratings
from ml.progress import Reporter, ignore_progress
from ml.serving.base_models import AlsModel
from ml.training.ials import fit_ials
from ml.training.linear import binary_grades
from ml.training.protocol import TrainingData, base_model_scores


@dataclass(frozen=True)
class Ials:
    """Configure implicit ALS (Hu, Koren and Volinsky, 2008) on binary input."""

    factors: int = 64
    regularisation: float = 40.0
    alpha: float = 5.0
    iterations: int = 15
    minimum_half_stars: int = 8
    """Ratings below this are ignored; 1 takes all."""

    def fit(
        self, training: TrainingData, *, seed: int, report: Reporter = ignore_progress
    ) -> FittedIals:
        """Alternate ridge regressions of users and movies."""
        ratings = training.ratings
        base_model = fit_ials(
            ratings.take(ratings.half_stars >= self.minimum_half_stars),
            factors=self.factors,
            regularisation=self.regularisation,
            alpha=self.alpha,
            grades=binary_grades(self.minimum_half_stars),
            iterations=self.iterations,
            seed=seed,
            report=report,
        )
        return FittedIals(base_model, np.array([self.minimum_half_stars], dtype=np.int8))


@dataclass(frozen=True)
class FittedIals:
    """Fitted implicit ALS; one ridge regression turns a history into a user vector."""

    base_model: AlsModel
    minimum_half_stars: NDArray[np.int8]
    """[1] ratings below this are left out of the regression, not given weight zero."""

    def scores(self, histories: Ratings, users: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the scores [B, N] of each history."""
        counted = histories.take(histories.half_stars >= self.minimum_half_stars[0])
        return base_model_scores(self.base_model, counted, users)

"""EASE, the linear branch on likes alone: a baseline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Ratings
from ml.progress import Reporter, ignore_progress
from ml.serving.base_models import LinearModel
from ml.training.linear import EXACT_LIMIT, binary_grades, fit_linear
from ml.training.protocol import TrainingData, member_scores


@dataclass(frozen=True)
class Ease:
    """EASE (Steck, 2019) as published: binary input, no attributes.

    Exact while users or films are at most `exact_limit`; its scalable form, a randomised
    decomposition reduced to `rank` dimensions, beyond.
    """

    regularisation: float = 200.0
    minimum_half_stars: int = 8
    """A rating below this is as no rating; 1 takes all."""
    rank: int = 2_000
    exact_limit: int = EXACT_LIMIT
    """0 takes the scalable form always: what it loses is measured so."""

    def fit(
        self,
        training: TrainingData,
        *,
        seed: int,
        report: Reporter = ignore_progress,  # noqa: ARG002 - closed form
    ) -> FittedEase:
        """Solve."""
        ratings = training.ratings
        member = fit_linear(
            ratings.take(ratings.half_stars >= self.minimum_half_stars),
            None,
            regularisation=self.regularisation,
            rank=self.rank,
            exact_limit=self.exact_limit,
            grades=binary_grades(self.minimum_half_stars),
            seed=seed,
        )
        return FittedEase(member)


@dataclass(frozen=True)
class FittedEase:
    """Two item towers."""

    member: LinearModel

    def scores(self, histories: Ratings, users: NDArray[np.int64]) -> NDArray[np.float32]:
        """[B, N]."""
        return member_scores(self.member, histories, users)

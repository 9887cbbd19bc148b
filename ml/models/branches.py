"""Branches of the fused model standing alone: EASE, iALS and the history NCF as recommenders."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ml.dataset import Ratings
from ml.members import AlsMember, HistoryMember, LinearMember
from ml.models.history import HistorySettings, HistoryTrainer
from ml.models.ials import fit_ials
from ml.models.linear import EXACT_LIMIT, fit_linear
from ml.models.protocol import Training, member_scores
from ml.new_films import film_content
from ml.progress import Reporter, ignore_progress
from ml.sampling import sample_interactions


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
        training: Training,
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

    member: LinearMember

    def scores(self, histories: Ratings, users: NDArray[np.int64]) -> NDArray[np.float32]:
        """[B, N]."""
        return member_scores(self.member, histories, users)


@dataclass(frozen=True)
class Ials:
    """Implicit ALS (Hu, Koren and Volinsky, 2008) on binary input."""

    factors: int = 64
    regularisation: float = 40.0
    alpha: float = 5.0
    iterations: int = 15
    minimum_half_stars: int = 8
    """A rating below this is as no rating; 1 takes all."""

    def fit(
        self, training: Training, *, seed: int, report: Reporter = ignore_progress
    ) -> FittedIals:
        """Alternate."""
        ratings = training.ratings
        member = fit_ials(
            ratings.take(ratings.half_stars >= self.minimum_half_stars),
            factors=self.factors,
            regularisation=self.regularisation,
            alpha=self.alpha,
            grades=binary_grades(self.minimum_half_stars),
            iterations=self.iterations,
            seed=seed,
            report=report,
        )
        return FittedIals(member, np.array([self.minimum_half_stars], dtype=np.int8))


@dataclass(frozen=True)
class FittedIals:
    """Item vectors, into which one ridge regression folds each history."""

    member: AlsMember
    minimum_half_stars: NDArray[np.int8]
    """[1]. Films below it are left out of the regression, not given weight zero."""

    def scores(self, histories: Ratings, users: NDArray[np.int64]) -> NDArray[np.float32]:
        """[B, N]."""
        counted = histories.take(histories.half_stars >= self.minimum_half_stars[0])
        return member_scores(self.member, counted, users)


@dataclass(frozen=True)
class HistoryNcf:
    """The neural branch alone: softmax over the catalogue, films with ids and content."""

    settings: HistorySettings = field(default_factory=HistorySettings)
    strategy: str = "mixed"
    """Of `ml.sampling`, for the pairwise term."""
    n_negatives: int = 4

    def fit(
        self, training: Training, *, seed: int, report: Reporter = ignore_progress
    ) -> FittedHistoryNcf:
        """Train one copy."""
        interactions = sample_interactions(
            training.ratings, strategy=self.strategy, n_negatives=self.n_negatives, seed=seed
        )
        text = training.text
        trainer = HistoryTrainer(
            training.ratings,
            film_content(text, text.mean(axis=0), training.catalogue.genres),
            self.settings,
            seed=seed,
            interactions=interactions,
        )
        trainer.fit(report)
        return FittedHistoryNcf(trainer.export())


@dataclass(frozen=True)
class FittedHistoryNcf:
    """The encoder and the item vectors."""

    member: HistoryMember

    def scores(self, histories: Ratings, users: NDArray[np.int64]) -> NDArray[np.float32]:
        """[B, N]."""
        return member_scores(self.member, histories, users)


def binary_grades(minimum_half_stars: int) -> NDArray[np.float32]:
    """[10] 1 for a rating that reaches the minimum, else 0.

    >>> binary_grades(8).astype(int).tolist()
    [0, 0, 0, 0, 0, 0, 0, 1, 1, 1]
    """
    return (np.arange(1, 11) >= minimum_half_stars).astype(np.float32)

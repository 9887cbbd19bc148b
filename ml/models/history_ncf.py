"""The history-encoded NCF standing alone: what the neural branch is worth by itself."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ml.dataset import Ratings
from ml.members import HistoryMember
from ml.models.history import HistorySettings, HistoryTrainer
from ml.models.protocol import Training, member_scores
from ml.new_films import film_content
from ml.progress import Reporter, ignore_progress
from ml.sampling import sample_interactions


@dataclass(frozen=True)
class HistoryNcf:
    """The neural branch alone: softmax over the catalogue, films with ids and content."""

    config: HistorySettings = field(default_factory=HistorySettings)
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
            self.config,
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

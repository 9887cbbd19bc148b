"""The history-encoded NCF standing alone: what the neural branch is worth by itself."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Ratings
from ml.data.sampling import sample_interactions
from ml.progress import Reporter, ignore_progress
from ml.serving.base_models import HistoryModel
from ml.serving.new_movies import movie_content
from ml.training.history import HistoryConfig, HistoryTrainer
from ml.training.protocol import TrainingData, base_model_scores


@dataclass(frozen=True)
class HistoryNcf:
    """The neural branch alone: softmax over the catalogue, films with ids and content."""

    config: HistoryConfig = field(default_factory=HistoryConfig)
    strategy: str = "mixed"
    """Of `ml.data.sampling`, for the pairwise term."""
    n_negatives: int = 4

    def fit(
        self, training: TrainingData, *, seed: int, report: Reporter = ignore_progress
    ) -> FittedHistoryNcf:
        """Train one history model without the ensemble."""
        interactions = sample_interactions(
            training.ratings, strategy=self.strategy, n_negatives=self.n_negatives, seed=seed
        )
        text = training.text
        trainer = HistoryTrainer(
            training.ratings,
            movie_content(text, text.mean(axis=0), training.catalogue.genres),
            self.config,
            seed=seed,
            interactions=interactions,
        )
        trainer.fit(report)
        return FittedHistoryNcf(trainer.export())


@dataclass(frozen=True)
class FittedHistoryNcf:
    """The encoder and the item vectors."""

    base_model: HistoryModel

    def scores(self, histories: Ratings, users: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return [B, N] scores of all films."""
        return base_model_scores(self.base_model, histories, users)

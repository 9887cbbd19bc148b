"""Define the protocols of all models that are measured: `Recommender` and `RankingModel`.

A `Recommender` holds the settings of a model, and `fit` returns a `RankingModel`. The served model
and all baselines follow both. `ml.evaluation.family` finds them by name.

Legend: N films, D text dimensions, B users of a batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Catalogue, Ratings
from ml.progress import Reporter, ignore_progress
from ml.serving.base_models import BaseModel, Rated


@dataclass(frozen=True)
class TrainingData:
    """Ratings, catalogue and texts that a model may learn from."""

    ratings: Ratings
    catalogue: Catalogue
    text: NDArray[np.float32]
    """[N, D] unit text embeddings of the films."""


class RankingModel(Protocol):
    """A fitted model that scores every film for any history, also an empty one."""

    def scores(self, histories: Ratings, users: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the scores of all films for some users.

        A model with a row for each training user finds it by `histories.user_ids`; any other user
        is folded in.

        Parameters
        ----------
        histories
            The ratings that the model may read at serving time.
        users
            [B] positions of users in `histories`.

        Returns
        -------
        NDArray
            [B, N] finite scores; higher is better.

        """


class Recommender(Protocol):
    """The settings of a model that can be fitted."""

    def fit(
        self, training: TrainingData, *, seed: int, report: Reporter = ignore_progress
    ) -> RankingModel:
        """Fit a model to the training ratings and the films' features."""


def base_model_scores(
    base_model: BaseModel, histories: Ratings, users: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return [B, N] scores of one base model without the ensemble."""
    vectors = np.stack([base_model.user_vector(history(histories, user)) for user in users])
    scores: NDArray[np.float32] = vectors @ base_model.items.vectors.T + base_model.items.bias
    return scores.astype(np.float32)


def history(histories: Ratings, user: int | np.int64) -> Rated:
    """Return the rated films of the user at this position."""
    rows = slice(*histories.offsets[user : user + 2])
    return Rated(histories.movie_index[rows].astype(np.int64), histories.half_stars[rows])

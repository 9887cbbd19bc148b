"""BPR-MF: matrix factorisation that ranks liked movies above unrated ones (Rendle et al., 2009)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ml.baselines.pair_training import (
    Loss,
    PairSettings,
    UserRows,
    binarised,
    by_autograd,
    compact,
    train_sampled,
)
from ml.data.dataset import Ratings
from ml.progress import Reporter, ignore_progress
from ml.training.protocol import TrainingData

FOLD_IN = PairSettings(epochs=30, batch_size=4096, learning_rate=0.05, n_negatives=1)


@dataclass(frozen=True)
class BPR:
    """Score a movie by user vector . movie vector + movie bias."""

    factors: int = 64
    epochs: int = 60
    learning_rate: float = 2e-3
    regularisation: float = 0.003
    """Weight of the squared vectors of each sampled triple."""
    minimum_half_stars: int = 8
    """Ratings below this are neither positives nor negatives."""

    def fit(
        self, training: TrainingData, *, seed: int, report: Reporter = ignore_progress
    ) -> FittedBPR:
        """Train on one unrated movie for each positive and epoch."""
        torch.manual_seed(seed)
        rows = UserRows.of(training.ratings)
        users = np.searchsorted(training.ratings.user_ids, rows.user_ids).astype(np.int64)
        ratings = binarised(compact(training.ratings, users), self.minimum_half_stars)
        scale = 0.1 / self.factors**0.5
        vectors = nn.Parameter(torch.randn(len(users), self.factors) * scale)
        films = nn.Parameter(torch.randn(ratings.n_movies, self.factors) * scale)
        bias = nn.Parameter(torch.zeros(ratings.n_movies))
        parameters = [vectors, films, bias]
        train_sampled(
            by_autograd(_loss(vectors, films, bias, self.regularisation), parameters),
            parameters,
            ratings,
            PairSettings(self.epochs, 1024, self.learning_rate, n_negatives=1),
            seed=seed,
            report=report,
        )
        return FittedBPR(
            rows,
            vectors.detach().numpy(),
            films.detach().numpy(),
            bias.detach().numpy(),
            np.array([self.minimum_half_stars]),
            np.array([self.regularisation]),
        )


@dataclass(frozen=True)
class FittedBPR:
    """Fitted BPR-MF: user vectors, movie vectors and movie biases."""

    rows: UserRows
    users: NDArray[np.float32]
    """[U, D] one vector per training user."""
    films: NDArray[np.float32]
    """[N, D] one vector per movie."""
    bias: NDArray[np.float32]
    """[N] one bias per movie."""
    minimum_half_stars: NDArray[np.int64]
    regularisation: NDArray[np.float64]

    def scores(self, histories: Ratings, users: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return scores [B, N]; a user who was not in training gets a vector trained here."""
        found = self.rows.find(histories, users)
        vectors = self.users[found]
        for row in np.flatnonzero(found < 0):
            vectors[row] = self._folded_in(compact(histories, users[[row]]))
        scores: NDArray[np.float32] = vectors @ self.films.T + self.bias
        return scores

    def _folded_in(self, history: Ratings) -> NDArray[np.float32]:
        """Train a user vector [D] from zero; an empty history keeps zero and ranks by bias."""
        vectors = nn.Parameter(torch.zeros(1, self.films.shape[1]))
        films, bias = torch.from_numpy(self.films), torch.from_numpy(self.bias)
        train_sampled(
            by_autograd(_loss(vectors, films, bias, float(self.regularisation[0])), [vectors]),
            [vectors],
            binarised(history, int(self.minimum_half_stars[0])),
            FOLD_IN,
            seed=0,
            report=ignore_progress,
        )
        folded: NDArray[np.float32] = vectors.detach().numpy()[0]
        return folded


def _loss(vectors: Tensor, films: Tensor, bias: Tensor, regularisation: float) -> Loss:
    def loss(users: Tensor, index: Tensor, known: Tensor) -> Tensor:
        user, film = vectors[users], films[index]
        scores = (film * user[:, None]).sum(-1) + bias[index]
        below = functional.softplus(scores[:, 1:] - scores[:, :1]) * known[:, 1:]
        squares = (user**2).sum() + (film**2).sum() + (bias[index] ** 2).sum()
        return (below.sum() + regularisation * squares) / len(users)

    return loss

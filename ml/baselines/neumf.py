"""NeuMF (He et al., 2017): generalised matrix factorisation beside an MLP, pointwise loss.

The first layer of the MLP is split into a part of the user and a part of the film: a positive and
its negatives share the user's part in training, and the films' part is computed once for all users
when the catalogue is scored. The function is the paper's.

Legend: B positives or users of a batch, S films of each, N films, U users.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ml.baselines.pair_training import (
    Loss,
    PairSettings,
    UserRows,
    by_autograd,
    compact,
    run_epoch,
    train_sampled,
)
from ml.data.dataset import Ratings
from ml.data.genres import genre_affinities, genre_interactions, genre_vectors
from ml.data.sampling import sample_interactions
from ml.progress import Reporter, ignore_progress
from ml.training.protocol import TrainingData

FINE_TUNES = ("none", "genre", "control")
FINE_TUNE_RATE = 3e-4
FOLD_IN = PairSettings(epochs=20, batch_size=4096, learning_rate=0.02)
SCORE_CELLS = 8_000_000
"""Hidden values held at once when the catalogue is scored: 32 MB."""


@dataclass(frozen=True)
class NeuMF:
    """Settings; widths as in the paper's tables."""

    factors: int = 32
    """Width of the GMF branch."""
    layers: Sequence[int] = (64, 32, 16, 8)
    """Widths of the MLP branch; the first is the user's and the film's vector together."""
    epochs: int = 20
    batch_size: int = 512
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    """Of every weight and vector; without it the network learns the training set by heart."""
    n_negatives: int = 4
    strategy: str = "uniform"
    """`uniform` as in the paper; `mixed` and `literal` as in `ml.data.sampling`."""
    fine_tune: str = "none"
    """`genre`: a pass over step 4's genre interactions. `control`: a pass over as many ordinary
    rows instead, without which the gain of `genre` says nothing."""

    def __post_init__(self) -> None:
        if self.fine_tune not in FINE_TUNES:
            raise ValueError(f"fine_tune must be one of {', '.join(FINE_TUNES)}")

    def fit(
        self, training: TrainingData, *, seed: int, report: Reporter = ignore_progress
    ) -> FittedNeuMF:
        """Train, then fine-tune where asked."""
        torch.manual_seed(seed)
        rows = UserRows.of(training.ratings)
        users = np.searchsorted(training.ratings.user_ids, rows.user_ids).astype(np.int64)
        ratings = compact(training.ratings, users)
        module = NeuMFModule(len(users), ratings.n_movies, self.factors, self.layers)
        settings = PairSettings(
            self.epochs,
            self.batch_size,
            self.learning_rate,
            self.n_negatives,
            self.strategy,
            self.weight_decay,
        )
        parameters = list(module.parameters())
        gradient = by_autograd(pointwise_loss(module), parameters)
        train_sampled(gradient, parameters, ratings, settings, seed=seed, report=report)
        if self.fine_tune != "none":
            self._tune(module, ratings, training, seed)
        return module.export(rows)

    def _tune(
        self, module: NeuMFModule, ratings: Ratings, training: TrainingData, seed: int
    ) -> None:
        genres, text = training.catalogue.genres, training.text
        affinities = genre_affinities(ratings, genres, text, genre_vectors(text, genres))
        mined = genre_interactions(ratings, training.catalogue, affinities, seed=seed)
        optimiser = torch.optim.Adam(module.parameters(), lr=FINE_TUNE_RATE, fused=True)
        gradient = by_autograd(pointwise_loss(module), list(module.parameters()))
        if self.fine_tune == "genre":
            run_epoch(gradient, optimiser, mined, self.batch_size, seed=seed)
            return
        ordinary = sample_interactions(
            ratings, strategy=self.strategy, n_negatives=mined.negative_index.shape[1], seed=seed
        )
        kept = np.random.default_rng([seed, 7]).permutation(len(ordinary.user_index))
        rows = np.sort(kept[: len(mined.user_index)])
        run_epoch(
            gradient,
            optimiser,
            type(ordinary)(*(getattr(ordinary, field.name)[rows] for field in fields(ordinary))),
            self.batch_size,
            seed=seed,
        )


class NeuMFModule(nn.Module):
    """The network, for B users with S films each."""

    def __init__(self, n_users: int, n_movies: int, factors: int, layers: Sequence[int]) -> None:
        super().__init__()
        half, first = layers[0] // 2, layers[1]
        self.widths = [factors, half]
        self.users, self.films = _table(n_users, factors + half), _table(n_movies, factors + half)
        self.user_first = nn.Linear(half, first)
        self.film_first = nn.Linear(half, first, bias=False)
        self.hidden = nn.ModuleList(
            nn.Linear(width, after) for width, after in pairwise(layers[1:])
        )
        self.output = nn.Linear(factors + layers[-1], 1)

    def forward(self, users: Tensor, films: Tensor) -> Tensor:
        """Logits [B, S] of films [B, S] for users [B]."""
        user_gmf, user_mlp = torch.split(self.users(users), self.widths, dim=-1)
        film_gmf, film_mlp = torch.split(self.films(films), self.widths, dim=-1)
        deep = self.user_first(user_mlp)[:, None] + self.film_first(film_mlp)
        deep = functional.relu(deep)
        for layer in self.hidden:
            deep = functional.relu(layer(deep))
        shallow, last = torch.split(self.output.weight[0], [self.widths[0], deep.shape[-1]])
        wide = (film_gmf * (user_gmf * shallow)[:, None]).sum(-1)
        logits: Tensor = wide + deep @ last + self.output.bias
        return logits

    def export(self, rows: UserRows) -> FittedNeuMF:
        """Return the trained network as arrays."""
        weights = {
            name.replace(".", "_"): value.detach().numpy()
            for name, value in self.state_dict().items()
        }
        return FittedNeuMF(rows, weights)


@dataclass(frozen=True)
class FittedNeuMF:
    """The network as arrays, by the names of the module's parameters."""

    rows: UserRows
    weights: dict[str, NDArray[np.float32]]

    def scores(self, histories: Ratings, users: NDArray[np.int64]) -> NDArray[np.float32]:
        """[B, N] logits; a stranger's two vectors are trained here, on the network as it stands."""
        found = self.rows.find(histories, users)
        vectors = self.weights["users_weight"][found]
        for row in np.flatnonzero(found < 0):
            vectors[row] = self._folded_in(compact(histories, users[[row]]))
        return self._scores(vectors)

    def _scores(self, users: NDArray[np.float32]) -> NDArray[np.float32]:
        w, n_factors = self.weights, self._n_factors
        films = w["films_weight"]
        film_part = films[:, n_factors:] @ w["film_first_weight"].T
        user_part = users[:, n_factors:] @ w["user_first_weight"].T + w["user_first_bias"]
        shallow, last = np.split(w["output_weight"][0], [n_factors])
        scores = (users[:, :n_factors] * shallow) @ films[:, :n_factors].T
        step = max(1, SCORE_CELLS // film_part.size)
        for start in range(0, len(users), step):
            deep = np.maximum(user_part[start : start + step, None] + film_part, 0)
            for weight, bias in self._hidden():
                deep = np.maximum(deep @ weight.T + bias, 0)
            scores[start : start + step] += deep @ last
        shifted: NDArray[np.float32] = scores + w["output_bias"]
        return shifted

    def _hidden(self) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        n_layers = sum(name.startswith("hidden_") for name in self.weights) // 2
        return [
            (self.weights[f"hidden_{layer}_weight"], self.weights[f"hidden_{layer}_bias"])
            for layer in range(n_layers)
        ]

    @property
    def _n_factors(self) -> int:
        """Width of the GMF branch: what of a vector the MLP branch does not take."""
        films, first = self.weights["films_weight"], self.weights["film_first_weight"]
        return int(films.shape[1] - first.shape[1])

    def _folded_in(self, history: Ratings) -> NDArray[np.float32]:
        """One user's vector, from the mean user's, which an empty history keeps."""
        module = self._module()
        user = next(module.users.parameters())
        gradient = by_autograd(pointwise_loss(module), [user])
        train_sampled(gradient, [user], history, FOLD_IN, seed=0, report=ignore_progress)
        vector: NDArray[np.float32] = user.detach().numpy()[0]
        return vector

    def _module(self) -> NeuMFModule:
        """Return the network with one user, the mean of all."""
        w = self.weights
        widths = [2 * w["user_first_weight"].shape[1], len(w["user_first_weight"])]
        widths += [len(bias) for _, bias in self._hidden()]
        module = NeuMFModule(1, len(w["films_weight"]), self._n_factors, widths)
        state = {name: torch.from_numpy(w[name.replace(".", "_")]) for name in module.state_dict()}
        state["users.weight"] = state["users.weight"].mean(dim=0, keepdim=True)
        module.load_state_dict(state)
        return module


def pointwise_loss(module: NeuMFModule) -> Loss:
    """Binary cross-entropy of the positive against its negatives (the paper's equation 7)."""

    def loss(users: Tensor, films: Tensor, known: Tensor) -> Tensor:
        logits = module(users, films)
        sign = torch.ones(logits.shape[1])
        sign[0] = -1
        return (functional.softplus(logits * sign) * known).sum() / known.sum()

    return loss


def _table(n_rows: int, width: int) -> nn.Embedding:
    table = nn.Embedding(n_rows, width)
    nn.init.normal_(table.weight, std=0.01)
    return table

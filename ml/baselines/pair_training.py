"""How models with a row for each user are trained: on positives, each beside its negatives.

`bpr` and `neumf` share it, and fold a stranger in by training one new user row while everything
else stands still.

Legend: P positives, B of them in a batch, n negatives of each, S = 1 + n films, U users.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ml.data.dataset import Ratings, positions
from ml.data.sampling import sample_interactions
from ml.progress import Progress, Reporter


class PairRows(Protocol):
    """Positives with their negatives, as `Interactions` and `GenreInteractions` hold them."""

    @property
    def user_index(self) -> NDArray[np.int32]:
        """Return the [P] positions of the pairs' users."""

    @property
    def positive_index(self) -> NDArray[np.int32]:
        """Return the [P] positions of the pairs' positive films."""

    @property
    def negative_index(self) -> NDArray[np.int32]:
        """[P, n]; -1 where there is none."""


GATHERED = 256
"""Batches whose rows are gathered together."""
Loss = Callable[[Tensor, Tensor, Tensor], Tensor]
"""`loss(users [B], films [B, S], known [B, S])`: the positive stands first, `known` is 0 where a
row lacks a negative."""
Gradient = Loss
"""A loss that also leaves its gradient in the `.grad` of what is trained."""


@dataclass(frozen=True)
class PairSettings:
    """How long and how fast."""

    epochs: int
    batch_size: int = 512
    """Positives in a step; the model sees this many times (1 + n_negatives) films."""
    learning_rate: float = 2e-3
    n_negatives: int = 4
    strategy: str = "uniform"
    """Of `ml.data.sampling`."""
    weight_decay: float = 0.0
    """Of all parameters at every step, added to the gradient."""


def by_autograd(loss: Loss, parameters: Sequence[nn.Parameter]) -> Gradient:
    """Return the loss with its gradient by these parameters and by nothing else."""

    def gradient(users: Tensor, films: Tensor, known: Tensor) -> Tensor:
        value = loss(users, films, known)
        for parameter, found in zip(
            parameters, torch.autograd.grad(value, parameters), strict=True
        ):
            parameter.grad = found
        return value.detach()

    return gradient


def train_sampled(
    gradient: Gradient,
    parameters: Sequence[nn.Parameter],
    ratings: Ratings,
    settings: PairSettings,
    *,
    seed: int,
    report: Reporter,
) -> None:
    """Adam over all epochs, with negatives drawn anew for each."""
    optimiser = torch.optim.Adam(
        parameters, lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True
    )
    for epoch in range(settings.epochs):
        rows = sample_interactions(
            ratings,
            strategy=settings.strategy,
            n_negatives=settings.n_negatives,
            seed=seed * 100_003 + epoch,
        )
        mean = run_epoch(gradient, optimiser, rows, settings.batch_size, seed=seed + epoch)
        report(Progress(epoch + 1, settings.epochs, "epochs", values={"loss": mean}))


def run_epoch(
    gradient: Gradient,
    optimiser: torch.optim.Optimizer,
    rows: PairRows,
    batch_size: int,
    *,
    seed: int,
) -> float:
    """One pass over the rows in random order; the mean loss, NaN without rows."""
    total, n_steps = 0.0, 0
    for users, films, known in _batches(rows, batch_size, seed):
        total += float(gradient(users, films, known))
        optimiser.step()
        n_steps += 1
    return total / n_steps if n_steps else float("nan")


def binarised(ratings: Ratings, minimum_half_stars: int) -> Ratings:
    """Return the same pairs with five stars from the minimum rating on and half a star below it."""
    enough = ratings.half_stars >= minimum_half_stars
    return replace(ratings, half_stars=np.where(enough, 10, 1).astype(np.int8))


@dataclass(frozen=True)
class UserRows:
    """Which row of a trained table belongs to whom."""

    user_ids: NDArray[np.int64]
    """[U] sorted, those with a training rating."""

    @classmethod
    def of(cls, ratings: Ratings) -> UserRows:
        """Rows for the users who have a rating, in the order of their ids."""
        return cls(ratings.user_ids[np.diff(ratings.offsets) > 0])

    def find(self, histories: Ratings, users: NDArray[np.int64]) -> NDArray[np.int64]:
        """[B] row of each user, -1 for one who was not trained on."""
        return positions(self.user_ids, histories.user_ids[users])


def compact(ratings: Ratings, users: NDArray[np.int64]) -> Ratings:
    """Return the ratings of these users alone, renumbered in this (increasing) order."""
    new_index = np.full(ratings.n_users, -1, dtype=np.int32)
    new_index[users] = np.arange(len(users))
    kept = ratings.take(new_index[ratings.user_index] >= 0)
    return replace(kept, user_ids=ratings.user_ids[users], user_index=new_index[kept.user_index])


def _batches(rows: PairRows, batch_size: int, seed: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Shuffled batches, `GATHERED` of them gathered at once: cheaper than an index per step."""
    order = np.random.default_rng([seed, 6]).permutation(len(rows.positive_index))
    for start in range(0, len(order), GATHERED * batch_size):
        chosen = order[start : start + GATHERED * batch_size]
        films = np.concatenate(
            [rows.positive_index[chosen, None], rows.negative_index[chosen]], axis=1
        )
        yield from zip(
            torch.split(torch.from_numpy(rows.user_index[chosen]), batch_size),
            torch.split(torch.from_numpy(np.maximum(films, 0)), batch_size),
            torch.split(torch.from_numpy((films >= 0).astype(np.float32)), batch_size),
            strict=True,
        )

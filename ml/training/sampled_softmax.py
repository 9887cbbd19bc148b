"""The logits that a step of the neural branch needs: of all films, or of a sample of them.

A softmax over N films costs each step users x films. Above a limit of films its normaliser, the sum
of exp(logit) over all films, is estimated: a user's own films count as they are, the others by a
sample that all users of the batch share, each film of it divided by its chance of being drawn
(Horvitz and Thompson, 1952). On logits that is the correction by the logarithm of the expected
count that sampled softmaxes make (Bengio and Senecal, 2008; Jean et al., 2015; Yi et al., 2019).
The estimate of the sum is unbiased, and exact where every film is drawn.

Legend: B users of a batch, N films, E history entries of a batch, S films drawn, d dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

NOT_DRAWN = -1
"""Place of a film that the sample lacks."""
NOTHING = -1e9
"""Logit of a film that does not count. Minus infinity would make the gradient of a user whose own
films are all that was drawn undefined."""
PROPOSAL_POWER = 0.5
"""Films are drawn in proportion to their ratings to this power, but at most surely."""


class Logits(Protocol):
    """What the losses ask of a step."""

    @property
    def device(self) -> torch.device:
        """Return the device that holds the logits."""

    def of(self, row: Tensor, film: Tensor) -> Tensor:
        """Of these users of the batch and these films, whose shapes are broadcast."""

    def log_normaliser(self, row: Tensor, film: Tensor) -> Tensor:
        """[B] log of the sum of exp(logit) over all films. `row`, `film` [E]: each user's own."""


@dataclass(frozen=True)
class AllLogits:
    """Every logit there is."""

    values: Tensor
    """[B, N]."""

    @property
    def device(self) -> torch.device:
        """Return the device that holds the logits."""
        return self.values.device

    def of(self, row: Tensor, film: Tensor) -> Tensor:
        """Look up the logits of these users and films."""
        return self.values[row, film]

    def log_normaliser(self, row: Tensor, film: Tensor) -> Tensor:  # noqa: ARG002 - all are there
        """Return [B] exact log normalisers of all users."""
        return torch.logsumexp(self.values, dim=1)


@dataclass(frozen=True)
class FilmSample:
    """The films drawn for a step."""

    films: Tensor
    """[S], increasing."""
    log_chance: Tensor
    """[S] of the chance that each had."""
    place: Tensor
    """[N] of each film among those drawn, or `NOT_DRAWN`."""

    def to(self, device: torch.device) -> FilmSample:
        """Return the same sample on another device."""
        return FilmSample(self.films.to(device), self.log_chance.to(device), self.place.to(device))


@dataclass(frozen=True)
class MovieSampler:
    """Draws films, each by itself: of [N] chances that add up to S."""

    chance: Tensor

    @classmethod
    def of_ratings(cls, counts: NDArray[np.int64], n_drawn: int) -> MovieSampler:
        """`n_drawn` films on average, much rated ones rather; `counts` [N] are their ratings."""
        return cls(torch.from_numpy(chances(counts**PROPOSAL_POWER, n_drawn)))

    def draw(self, generator: torch.Generator) -> FilmSample:
        """Draw a sample of films."""
        is_drawn = torch.rand(len(self.chance), generator=generator) < self.chance
        films = torch.nonzero(is_drawn)[:, 0]
        place = torch.full((len(self.chance),), NOT_DRAWN)
        place[films] = torch.arange(len(films))
        return FilmSample(films, self.chance[films].log(), place)


@dataclass(frozen=True)
class SampledLogits:
    """Users' and films' vectors; a logit is computed when it is asked for."""

    users: Tensor
    """[B, d]."""
    films: Tensor
    """[N, d]."""
    bias: Tensor
    """[N]."""
    sample: FilmSample

    @property
    def device(self) -> torch.device:
        """Return the device that holds the logits."""
        return self.users.device

    def of(self, row: Tensor, film: Tensor) -> Tensor:
        """Compute the logits of these users and films."""
        # The gradient of an embedding is added row by row, that of an index number by number.
        products = functional.embedding(row, self.users) * functional.embedding(film, self.films)
        return products.sum(dim=-1) + self.bias[film]

    def log_normaliser(self, row: Tensor, film: Tensor) -> Tensor:
        """Return [B] log normalisers, estimated from the sample."""
        sample = self.sample
        drawn = self.users @ self.films[sample.films].T
        drawn = drawn + (self.bias[sample.films] - sample.log_chance)
        place = sample.place[film]
        is_own = place != NOT_DRAWN
        drawn[row[is_own], place[is_own]] = NOTHING
        own = _logsumexp_by_row(self.of(row, film), row, len(self.users))
        return torch.logaddexp(own, torch.logsumexp(drawn, dim=1))


def chances(weights: NDArray[np.floating], n_drawn: int) -> NDArray[np.float32]:
    """[N] in proportion to the weights, none above 1, that add up to `n_drawn` (or to N).

    >>> chances(np.array([6.0, 1.0, 1.0, 2.0]), 2).tolist()
    [1.0, 0.25, 0.25, 0.5]
    """
    sure = np.zeros(len(weights), dtype=np.bool_)
    chance = np.ones(len(weights))
    while n_drawn < len(weights):
        chance = np.where(sure, 1.0, weights * ((n_drawn - sure.sum()) / weights[~sure].sum()))
        if not (chance > 1).any():
            break
        sure |= chance >= 1
    return chance.astype(np.float32)


def _logsumexp_by_row(values: Tensor, row: Tensor, n_rows: int) -> Tensor:
    """[n_rows] of the values [E] of each row; minus infinity where there are none."""
    highest = values.new_full((n_rows,), -torch.inf)
    highest = highest.scatter_reduce(0, row, values.detach(), "amax")
    total = values.new_zeros(n_rows).index_add_(0, row, (values - highest[row]).exp())
    return highest + total.log()

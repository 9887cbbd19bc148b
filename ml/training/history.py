"""The neural branch: a history-encoded NCF, trained by a softmax over the whole catalogue.

A user is the films they rated (weights learned per rating), so a new user needs no retraining.
Above `EXACT_MOVIES` films the softmax is estimated from a sample of them
(`ml.training.sampled_softmax`).
Legend: B users of a batch, N films, E history entries of a batch, d dimensions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ml.data.dataset import Ratings
from ml.data.genres import GenreInteractions
from ml.data.labels import HARD_POSITIVE_HALF_STARS, relevance
from ml.data.sampling import Interactions
from ml.progress import Progress, Reporter
from ml.serving.base_models import HistoryModel, ItemSide, diagonal_basis
from ml.serving.new_movies import ContentTowers
from ml.training.config import EXACT_MOVIES, SAMPLED_MOVIES
from ml.training.distributed import chosen_device, lead, share, sum_gradients
from ml.training.sampled_softmax import AllLogits, Logits, MovieSampler, SampledLogits

INITIAL_RATING_WEIGHTS = (0.2, 0.2, 0.2, 0.3, 0.3, 0.4, 0.6, 1.0, 1.2, 1.5)
"""Of half a star to five: where the learning of them starts."""
UNKNOWN = -1
"""Place of a film that the network does not know."""
WARM_UP_SHARE = 0.1
FINE_TUNE_DECAY = 0.01
"""AdamW's own default."""
MIN_SCHEDULE_STEPS = 20
"""Below it the warm-up would be less than a step, which the schedule divides by."""
TIMELINE_SHARE = 0.7
"""Prefixes taken in the order of time; the others are random subsets of the same length."""
UNRATED_SHARE = 0.1
"""Share of the films, those with the fewest ratings, whose mean bias a new film is given."""
EMPTY_SHARE = 0.1
"""Of the prefixes, those of nobody: what an empty history is answered with."""
SAMPLED_STEPS = 500
"""Steps of an epoch, at most, where films are sampled: batches grow with the users. What each step
does with every film (its vectors from its content, Adam's pass over its row) would otherwise cost
an epoch users x films, the sample notwithstanding."""


@dataclass(frozen=True)
class HistoryConfig:
    """How one copy of the branch is built and trained."""

    dimension: int = 64
    uses_ids: bool = True
    """Whether films have vectors of their own beside those made from their content. Without them
    a film that nobody rated is placed as well as any other."""
    epochs: int = 25
    batch_size: int = 96
    learning_rate: float = 3e-3
    weight_decay: float = 1e-4
    history_dropout: float = 0.5
    """Share of the history hidden from the encoder in each step."""
    prefix_share: float = 0.0
    """Share of steps that show a prefix of the user's timeline and ask for the rest."""
    sampled_weight: float = 0.1
    soft_target: float = 0.3
    """Target of a film of 3 or 3.5 stars, where one of 4 and more counts 1."""
    liked_half_stars: int = HARD_POSITIVE_HALF_STARS
    """From where on a rating's target is 1."""
    read_half_stars: int = 1
    """Smallest rating of a history that the encoder reads; lower ones have weight 0."""
    device: str = "cpu"
    """`auto`, `cpu` or `cuda`; each process of a team resolves it for itself."""
    exact_films: int = EXACT_MOVIES
    """Most rated films for which each step's softmax is over all of them; 0 samples always."""
    sampled_films: int = SAMPLED_MOVIES
    """Films drawn for a step beyond it, on average."""


@dataclass(frozen=True)
class FineTuneConfig:
    """How the genre data set is learnt (step 5 of the method)."""

    epochs: int = 1
    learning_rate: float = 3e-4
    genre_weight: float = 0.3
    """Of the pairwise loss; the ordinary loss goes on beside it, lest the catalogue be forgotten.
    0 makes the control: as many steps without the genre rows."""


class HistoryNCF(nn.Module):
    """User: weighted films plus a residual tanh layer. Item: id vector plus projected content."""

    def __init__(
        self,
        content: Tensor,
        n_positive: Tensor,
        *,
        dimension: int,
        uses_ids: bool,
        read_half_stars: int = 1,
    ) -> None:
        super().__init__()
        n_movies, scale = len(content), 0.1 / dimension**0.5
        self.register_buffer("content", content)
        is_read = torch.arange(1, 11) >= read_half_stars
        self.register_buffer("is_read", is_read, persistent=False)
        self.uses_ids = uses_ids
        if uses_ids:
            self.input_ids = nn.Parameter(torch.randn(n_movies, dimension) * scale)
            self.output_ids = nn.Parameter(torch.randn(n_movies, dimension) * scale)
        self.input_content = nn.Linear(content.shape[1], dimension, bias=False)
        self.output_content = nn.Linear(content.shape[1], dimension, bias=False)
        self.rating_weights = nn.Parameter(torch.tensor(INITIAL_RATING_WEIGHTS))
        self.bias = nn.Parameter(0.5 * torch.log(n_positive + 1.0))
        self.hidden = nn.Linear(dimension, dimension)
        self.residual = nn.Linear(dimension, dimension)

    @property
    def read_weights(self) -> Tensor:
        """Weights of ratings of 1 to 10 half stars, 0 for those that are not read, [10]."""
        return self.rating_weights * self.is_read

    def item_towers(self) -> tuple[Tensor, Tensor]:
        """Input and output vectors of all films, [N, d] each."""
        inputs = self.input_content(self.content)
        outputs = self.output_content(self.content)
        if self.uses_ids:
            inputs, outputs = inputs + self.input_ids, outputs + self.output_ids
        return inputs, outputs

    def forward(self, batch: Batch) -> Tensor:
        """Logits of all films for each user, [B, N]."""
        inputs, outputs = self.item_towers()
        logits: Tensor = self.encode(batch, inputs) @ outputs.T + self.bias
        return logits

    def encode(self, batch: Batch, inputs: Tensor) -> Tensor:
        """Return the users' vectors, [B, d], from the films' input vectors [N, d]."""
        weights = self.read_weights[batch.half_stars.long() - 1] * batch.kept
        mixed = functional.embedding_bag(
            batch.movie_index, inputs, batch.offsets, mode="sum", per_sample_weights=weights
        )
        squares = weights.new_zeros(len(batch.offsets)).index_add_(0, batch.row, weights**2)
        mixed = mixed / (squares.clamp_min(1e-12).sqrt() + 1e-6)[:, None]
        users: Tensor = mixed + self.residual(torch.tanh(self.hidden(mixed)))
        return users


@dataclass(frozen=True)
class Batch:
    """The histories of B users as flat arrays of E entries."""

    movie_index: Tensor
    half_stars: Tensor
    row: Tensor
    """[E] position of the entry's user in the batch."""
    offsets: Tensor
    """[B] first entry of each user."""
    kept: Tensor
    """[E] 1 where the encoder sees the entry."""


class HistoryTrainer:
    """Trains one copy of the branch on ratings and, where given, on sampled interactions.

    The network knows the rated films alone. Were the others among what its softmax pushes down, it
    would learn that films described like them are not liked.
    """

    def __init__(
        self,
        ratings: Ratings,
        content: NDArray[np.float32],
        settings: HistoryConfig,
        *,
        seed: int,
        interactions: Interactions | None = None,
        projection: NDArray[np.float32] | None = None,
    ) -> None:
        """Prepare the network.

        It reads the films' `content` [N, C] through `projection` [C, c], if given.
        """
        torch.manual_seed(seed)
        self.content = content
        self.projection = np.eye(content.shape[1]) if projection is None else projection
        self.settings = settings
        self.generator = torch.Generator().manual_seed(seed)
        self.device = torch.device("cpu")
        counts = np.bincount(ratings.movie_index, minlength=ratings.n_movies)
        self.rated = np.flatnonzero(counts > 0)
        self._read(ratings)
        self.n_positive = np.bincount(
            ratings.movie_index,
            self._targets(ratings),
            minlength=ratings.n_movies,
        )[self.rated].astype(np.float32)
        self.module = HistoryNCF(
            torch.from_numpy((content[self.rated] @ self.projection).astype(np.float32)),
            torch.from_numpy(self.n_positive),
            dimension=settings.dimension,
            uses_ids=settings.uses_ids,
            read_half_stars=settings.read_half_stars,
        )
        self.pairs = None if interactions is None else self.sampled_pairs(interactions)
        self.sampler: MovieSampler | None = None
        if len(self.rated) > settings.exact_films:
            self.sampler = MovieSampler.of_ratings(counts[self.rated], settings.sampled_films)

    @property
    def batch_size(self) -> int:
        """Users of a step."""
        least = 0 if self.sampler is None else -(-len(self.trainable) // SAMPLED_STEPS)
        return max(self.settings.batch_size, least)

    def optimiser(self, learning_rate: float, weight_decay: float) -> torch.optim.AdamW:
        """AdamW over all weights, its passes over large tables fused."""
        return torch.optim.AdamW(
            self.module.parameters(),
            lr=learning_rate,
            weight_decay=weight_decay,
            fused=True if self.sampler else None,
        )

    def sampled_pairs(self, interactions: Interactions | GenreInteractions) -> SampledPairs:
        """Return the interactions' pairwise loss, on the films that the network knows."""
        return SampledPairs(interactions, len(self.lengths), self._place)

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take up the weights of an earlier training.

        Raises
        ------
        RuntimeError
            They are of another shape.

        """
        self.module.load_state_dict(state)

    def _read(self, ratings: Ratings) -> None:
        self._place = np.full(ratings.n_movies + 1, UNKNOWN, dtype=np.int64)
        self._place[self.rated] = np.arange(len(self.rated))
        self.movie_index = torch.from_numpy(self._place[ratings.movie_index])
        self.half_stars = torch.from_numpy(ratings.half_stars.astype(np.int64))
        self.target = torch.from_numpy(self._targets(ratings))
        self.offsets = torch.from_numpy(ratings.offsets)
        self.lengths = self.offsets.diff()
        order = np.lexsort((ratings.timestamps, ratings.user_index))
        rank = np.empty(len(ratings), dtype=np.int64)
        rank[order] = np.arange(len(ratings)) - ratings.offsets[ratings.user_index[order]]
        self.rank = torch.from_numpy(rank)
        liked = np.bincount(
            ratings.user_index,
            self._targets(ratings),
            minlength=ratings.n_users,
        )
        self.trainable = torch.from_numpy(np.flatnonzero(liked > 0))

    def _targets(self, ratings: Ratings) -> NDArray[np.float32]:
        """[R] what the softmax is asked for, of each rating."""
        settings = self.settings
        return relevance(ratings.half_stars, settings.soft_target, settings.liked_half_stars)

    def fit(self, report: Reporter) -> None:
        """All epochs of AdamW under a one-cycle schedule, by every process of the team."""
        if len(self.trainable):
            lead(_Fit(self), report)

    def fine_tune(self, pairs: SampledPairs, settings: FineTuneConfig, report: Reporter) -> None:
        """Train a few more epochs at a small rate, with the genre data set's pairs in the loss."""
        if len(self.trainable):
            lead(_FineTune(self, pairs, settings), report)

    def move(self, device: torch.device) -> None:
        """Compute there from now on."""
        self.device = device
        self.module.to(device)

    def descend(
        self,
        n_epochs: int,
        optimiser: torch.optim.Optimizer,
        report: Reporter,
        *,
        schedule: torch.optim.lr_scheduler.LRScheduler | None = None,
        pairs: SampledPairs | None = None,
        pairs_weight: float = 0.0,
    ) -> None:
        """Epochs of steps; `pairs` are in the loss beside the ordinary one."""
        for epoch in range(n_epochs):
            order = torch.randperm(len(self.trainable), generator=self.generator)
            batches = torch.split(self.trainable[order], self.batch_size)
            total = 0.0
            for users in batches:
                optimiser.zero_grad()
                loss = self._loss(users, pairs, pairs_weight)
                torch.autograd.backward(loss)
                total += float(sum_gradients(self.module, loss))
                optimiser.step()
                if schedule is not None:
                    schedule.step()
                report(Progress(epoch, n_epochs, "epochs"))
            values = {"loss": total / len(batches)}
            report(Progress(epoch + 1, n_epochs, "epochs", values=values))

    def _loss(self, users: Tensor, pairs: SampledPairs | None, weight: float) -> Tensor:
        """One process's part of the batch's loss; the parts of all processes add up to it."""
        batch, target = self._share(users)
        logits = self._logits(batch)
        n_mine = len(batch.offsets)
        mass = target.new_zeros(n_mine).index_add_(0, batch.row, target)
        chosen = logits.of(batch.row, batch.movie_index)
        gain = mass.new_zeros(n_mine).index_add_(0, batch.row, target * chosen)
        normaliser = logits.log_normaliser(batch.row, batch.movie_index)
        loss = (normaliser - gain / mass.clamp_min(1e-6))[mass > 0].sum() / len(users)
        if self.pairs is not None and self.settings.sampled_weight > 0:
            loss = loss + self.settings.sampled_weight * self.pairs.loss(logits, users)
        if pairs is not None:
            loss = loss + weight * pairs.loss(logits, users)
        return loss

    def _logits(self, batch: Batch) -> Logits:
        if self.sampler is None:
            return AllLogits(self.module(batch))
        inputs, outputs = self.module.item_towers()
        users = self.module.encode(batch, inputs)
        sample = self.sampler.draw(self.generator).to(self.device)
        return SampledLogits(users, outputs, self.module.bias, sample)

    def _share(self, users: Tensor) -> tuple[Batch, Tensor]:
        """One process's users of the batch, and each entry's part, [E], of the softmax's target.

        Chances are drawn for the whole batch, so that it is the same however it is shared.
        """
        entries, row, offsets = self._entries(users)
        kept, asked = self._mask(users, entries, row)
        mine = share(len(users))
        ends = torch.cat([offsets, torch.tensor([len(entries)])])
        rows = slice(int(ends[mine.start]), int(ends[mine.stop]))
        entries, device = entries[rows], self.device
        batch = Batch(
            self.movie_index[entries].to(device),
            self.half_stars[entries].to(device),
            (row[rows] - mine.start).to(device),
            (offsets[mine] - rows.start).to(device),
            kept[rows].to(device),
        )
        return batch, (self.target[entries] * asked[rows]).to(device)

    def _entries(self, users: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return ragged(self.offsets[users], self.lengths[users])

    def _mask(self, users: Tensor, entries: Tensor, row: Tensor) -> tuple[Tensor, Tensor]:
        """Which entries the encoder sees and which it is asked for, [E] each, as 0 and 1."""
        chance = torch.rand(len(entries), generator=self.generator)
        kept = (chance >= self.settings.history_dropout).float()
        asked = torch.ones(len(entries))
        if self.settings.prefix_share == 0:
            return kept, asked
        draws = torch.rand(3, len(users), generator=self.generator)
        length = self._prefix_lengths(users, draws[1])
        is_timeline = draws[2][row] < TIMELINE_SHARE
        shown = torch.where(
            is_timeline,
            self.rank[entries] < length[row],
            chance < (length / self.lengths[users])[row],
        ).float()
        is_prefix = draws[0][row] < self.settings.prefix_share
        return torch.where(is_prefix, shown, kept), torch.where(is_prefix, 1 - shown, asked)

    def _prefix_lengths(self, users: Tensor, draw: Tensor) -> Tensor:
        """Log-uniform from 1 to 80 % of the user's ratings; zero one time in ten."""
        longest = (0.8 * self.lengths[users]).clamp_min(1.0)
        length = torch.exp(draw / (1 - EMPTY_SHARE) * longest.log())
        return torch.where(draw < 1 - EMPTY_SHARE, length, torch.zeros(()))

    def export(self) -> HistoryModel:
        """Return the trained model in NumPy, its item vectors in their diagonal basis.

        Films that nobody rated are placed by their content, as those that are added later.
        """
        module = self.module
        with torch.no_grad():
            inputs, outputs = (tower.double().numpy() for tower in module.item_towers())
        weights = {name: value.detach().numpy() for name, value in module.named_parameters()}
        basis = diagonal_basis(outputs)
        layers = {
            "w1": basis.T @ weights["hidden.weight"].T,
            "b1": weights["hidden.bias"],
            "w2": weights["residual.weight"].T @ basis,
            "b2": weights["residual.bias"] @ basis,
        }
        least = self.n_positive <= np.quantile(self.n_positive, UNRATED_SHARE)
        towers = ContentTowers(
            _float32(self.projection @ weights["input_content.weight"].T @ basis),
            _float32(self.projection @ weights["output_content.weight"].T @ basis),
            _float32(weights["bias"][least].mean(keepdims=True)),
        )
        known = HistoryModel(
            ItemSide(_float32(outputs @ basis), _float32(weights["bias"])),
            _float32(inputs @ basis),
            _float32(module.read_weights.detach().numpy()),
            {name: _float32(value) for name, value in layers.items()},
            towers,
        )
        unrated = np.flatnonzero(self._place[:-1] == UNKNOWN)
        order = np.argsort(np.concatenate([self.rated, unrated]))
        return known.with_new_films(self.content[unrated]).take(order)


class SampledPairs:
    """The sampled interactions as a pairwise loss: each positive above each of its negatives."""

    def __init__(
        self,
        interactions: Interactions | GenreInteractions,
        n_users: int,
        place: NDArray[np.int64],
    ) -> None:
        """`place` [N + 1] of each film in the logits, `UNKNOWN` for the others and at -1."""
        self.positive = torch.from_numpy(place[interactions.positive_index])
        self.negative = torch.from_numpy(place[interactions.negative_index])
        self.counts = torch.from_numpy(np.bincount(interactions.user_index, minlength=n_users))
        self.starts = torch.cat([torch.zeros(1, dtype=torch.long), self.counts.cumsum(0)[:-1]])

    def loss(self, logits: Logits, users: Tensor) -> Tensor:
        """Mean of softplus(negative - positive) over the users' rows.

        `users` are the whole batch; `logits` are of this process's share of them, and so is the
        result: the shares add up to the mean.
        """
        rows, user, _ = ragged(self.starts[users], self.counts[users])
        negative = self.negative[rows]
        known = negative >= 0
        n_known = int(known.sum())
        mine = share(len(users))
        first, end = (
            int(place) for place in torch.searchsorted(user, torch.tensor([mine.start, mine.stop]))
        )
        part = slice(first, end)
        rows, negative, known = rows[part], negative[part], known[part].to(logits.device)
        user = (user[part] - mine.start).to(logits.device)
        above = logits.of(user, self.positive[rows].to(logits.device))[:, None]
        below = logits.of(user[:, None], negative.clamp_min(0).to(logits.device))
        return functional.softplus(below - above)[known].sum() / max(n_known, 1)


@dataclass(frozen=True)
class _Fit:
    """A training from the start, for the team."""

    trainer: HistoryTrainer

    def together(self, report: Reporter) -> None:
        """All epochs of AdamW under a one-cycle schedule."""
        trainer, settings = self.trainer, self.trainer.settings
        trainer.move(chosen_device(settings.device))
        optimiser = trainer.optimiser(settings.learning_rate, settings.weight_decay)
        n_steps = -(-len(trainer.trainable) // trainer.batch_size)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser,
            settings.learning_rate,
            total_steps=max(settings.epochs * n_steps, MIN_SCHEDULE_STEPS),
            pct_start=WARM_UP_SHARE,
        )
        trainer.descend(settings.epochs, optimiser, report, schedule=schedule)
        trainer.move(torch.device("cpu"))


@dataclass(frozen=True)
class _FineTune:
    """A fine-tuning, for the team."""

    trainer: HistoryTrainer
    pairs: SampledPairs
    settings: FineTuneConfig

    def together(self, report: Reporter) -> None:
        """Train a few epochs at a small, constant rate."""
        trainer, settings = self.trainer, self.settings
        trainer.move(chosen_device(trainer.settings.device))
        optimiser = trainer.optimiser(settings.learning_rate, FINE_TUNE_DECAY)
        trainer.descend(
            settings.epochs,
            optimiser,
            report,
            pairs=self.pairs,
            pairs_weight=settings.genre_weight,
        )
        trainer.move(torch.device("cpu"))


def ragged(starts: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return row numbers of concatenated ranges, the range each belongs to, and each range's start.

    Examples
    --------
    >>> [part.tolist() for part in ragged(torch.tensor([5, 0]), torch.tensor([2, 1]))]
    [[5, 6, 0], [0, 0, 1], [0, 2]]
    """
    offsets = lengths.cumsum(0) - lengths
    group = torch.repeat_interleave(torch.arange(len(starts)), lengths)
    place = torch.arange(len(group)) - offsets[group]
    return starts[group] + place, group, offsets


def _float32(values: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.ascontiguousarray(values, dtype=np.float32)

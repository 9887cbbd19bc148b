"""Train the ranking head listwise on hold-out folds (the last step of NCF+).

The base models were fitted without the held-out ratings, and the head learns which of their best
films the user went on to like. The cold-start weights are trained separately, on the first ratings
of users held out from the base models, because what the MLP would learn from them does not hold
for other users.

Legend: B lists, K candidate films of each, F inputs of the head.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ml.data.dataset import Ratings
from ml.data.genre_shares import genre_distribution, genre_gains
from ml.data.labels import HARD_POSITIVE_HALF_STARS, is_positive
from ml.progress import Progress, Reporter, steps
from ml.serving.base_models import Rated
from ml.serving.ensemble import BASE_MODELS, CLIP, INPUTS, Ensemble, RankingHead, State

SOFT_GRADE = 0.2
"""Target of a held-out film of 3 or 3.5 stars, where one of 4 and more counts 1."""
GENRE_TEMPERATURE = 0.1
"""Of the softmax that turns a film's genre match into its part of the target."""
EMPTY_SHARE = 0.1
"""Share of empty histories among the cold-start lists."""
MAX_CELLS = 4_000_000
"""Scores of base models held at once while lists are made: 16 MB."""
INITIAL_SCALE = 0.15
"""First scale of the prior; from 1 the head learns nothing beyond the prior."""


@dataclass(frozen=True)
class RankingHeadConfig:
    """How the head is built and trained."""

    genre_share: float = 0.1
    n_best: int = 150
    """Candidates of each list, those that the prior ranks first."""
    max_users: int = 5_000
    """Lists are made for at most so many users: the head has few weights."""
    hidden: tuple[int, int] = (16, 8)
    dropout: float = 0.5
    epochs: int = 30
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    negative_weight: float = 0.1
    """Of the pairwise loss that puts films the user disliked below those they liked."""
    n_heads: int = 2
    """Heads of different seeds whose scores are averaged."""
    cold_start_lists: int = 10
    """Lists made of each held-out user for the cold-start weights, from a short history."""
    cold_start_films: int = 20
    """Length of the longest such part; each shorter one is as likely by its logarithm."""
    prior_weights: tuple[float, ...] = (1.0, 0.5, 1.0, 0.5)
    liked_half_stars: int = HARD_POSITIVE_HALF_STARS
    """From where on a held-out film is one that the user liked."""
    ignored: tuple[str, ...] = ()
    """Inputs that the head is not to read."""


@dataclass(frozen=True)
class HoldOutFold:
    """What lists are made of."""

    ensemble: Ensemble
    """Of base models that never saw what was held out."""
    histories: Ratings
    held_out: Ratings


@dataclass(frozen=True)
class Lists:
    """Training lists: inputs and targets of candidate films."""

    inputs: Tensor
    """[B, K, F]."""
    grades: Tensor
    """[B, K] 1 liked, `SOFT_GRADE` liked somewhat, 0 otherwise."""
    disliked: Tensor
    """[B, K] 1 where the held-out rating is a negative one, and not one of a liked film."""
    genre_target: Tensor
    """[B, K] softmax of the genre gains, sums to 1."""


def untrained_ranking_head(weights: tuple[float, ...]) -> RankingHead:
    """Return a head that ranks by the prior alone, as before a head is trained."""
    n = len(INPUTS)
    zeros = np.zeros
    return RankingHead(
        mean=zeros(n, np.float32),
        deviation=np.ones(n, np.float32),
        prior_weights=np.array(weights, np.float32),
        prior_scale=np.ones(2, np.float32),
        linear=zeros((2, n), np.float32),
        w1=zeros((1, n, 1), np.float32),
        b1=zeros((1, 1), np.float32),
        w2=zeros((1, 1, 1), np.float32),
        b2=zeros((1, 1), np.float32),
        w3=zeros((1, 1), np.float32),
    )


def train_ranking_head(
    known: HoldOutFold,
    cold_start: HoldOutFold | None,
    settings: RankingHeadConfig,
    *,
    seed: int,
    report: Reporter,
) -> RankingHead:
    """Train on the users with a liked held-out film. Without any, the prior alone remains.

    The cold-start weights are trained on `cold_start`, users whose histories are held out whole,
    or on the same lists as the rest if it is None.
    """
    rng = np.random.default_rng([seed, 5])

    def as_held_out(history: Ratings, held_out: Ratings) -> _Parts:
        yield history, held_out

    def as_cold_start(_: Ratings, held_out: Ratings) -> _Parts:
        return _beginnings(held_out, settings, rng)

    whole = _lists(known, as_held_out, settings, rng, steps(report, "lists"))
    if whole is None:
        return untrained_ranking_head(settings.prior_weights)
    short = None
    if cold_start is not None:
        short = _lists(cold_start, as_cold_start, settings, rng, steps(report, "cold-start lists"))
    flat = whole.inputs.reshape(-1, len(INPUTS))
    mean, deviation = flat.mean(0), flat.std(0).clamp_min(1e-3)
    deviation[[INPUTS.index(name) for name in settings.ignored]] = torch.inf
    modules = []
    for number in range(settings.n_heads):
        torch.manual_seed(seed + number)
        module = HeadModule(mean, deviation, settings)
        _descend(module.experienced, whole, settings)
        _descend(module.cold_start, short or whole, settings)
        modules.append(module.eval())
        report(Progress(number + 1, settings.n_heads, "heads"))
    return _export(modules, mean, deviation, settings)


class HeadPart(nn.Module):
    """The cold-start weights: of the prior and of a linear part."""

    mean: Tensor
    deviation: Tensor
    prior_weights: Tensor

    def __init__(self, mean: Tensor, deviation: Tensor, settings: RankingHeadConfig) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)
        self.register_buffer("prior_weights", torch.tensor(settings.prior_weights))
        self.scale = nn.Parameter(torch.tensor([INITIAL_SCALE]))
        self.linear = nn.Linear(len(INPUTS), 1, bias=False)
        nn.init.zeros_(self.linear.weight)

    def forward(self, inputs: Tensor) -> Tensor:
        """[B, K] from [B, K, F]."""
        prior = inputs[..., : len(BASE_MODELS)] @ self.prior_weights
        x = ((inputs - self.mean) / self.deviation).clamp(-CLIP, CLIP)
        total: Tensor = self.scale * prior + self.read(x)
        return total

    def read(self, x: Tensor) -> Tensor:
        """[B, K] from standardised inputs."""
        plain: Tensor = self.linear(x).squeeze(-1)
        return plain


class DeepHeadPart(HeadPart):
    """What ranks for who has rated enough: an MLP beside them."""

    def __init__(self, mean: Tensor, deviation: Tensor, settings: RankingHeadConfig) -> None:
        super().__init__(mean, deviation, settings)
        first, second = settings.hidden
        self.first = nn.Linear(len(INPUTS), first)
        self.second = nn.Linear(first, second)
        self.last = nn.Linear(second, 1, bias=False)
        self.dropout = nn.Dropout(settings.dropout)
        nn.init.zeros_(self.last.weight)

    def read(self, x: Tensor) -> Tensor:
        """Return [B, K] scores of the candidates."""
        hidden = self.dropout(functional.relu(self.first(x)))
        deep: Tensor = self.last(functional.relu(self.second(hidden))).squeeze(-1)
        total: Tensor = super().read(x) + deep
        return total


class HeadModule(nn.Module):
    """`ml.serving.ensemble.Head` as it is trained: each part alone, on lists of its own."""

    def __init__(self, mean: Tensor, deviation: Tensor, settings: RankingHeadConfig) -> None:
        super().__init__()
        self.experienced = DeepHeadPart(mean, deviation, settings)
        self.cold_start = HeadPart(mean, deviation, settings)

    def forward(self, inputs: Tensor) -> Tensor:
        """[B, K] from [B, K, F]."""
        newness = inputs[..., -1]
        total: Tensor = (1 - newness) * self.experienced(inputs) + newness * self.cold_start(inputs)
        return total


def _descend(module: HeadPart, lists: Lists, settings: RankingHeadConfig) -> None:
    optimiser = torch.optim.AdamW(
        module.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    n_steps = settings.epochs * -(-len(lists.inputs) // settings.batch_size)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, n_steps)
    for _ in range(settings.epochs):
        for rows in torch.split(torch.randperm(len(lists.inputs)), settings.batch_size):
            optimiser.zero_grad()
            torch.autograd.backward(_loss(module(lists.inputs[rows]), lists, rows, settings))
            optimiser.step()
            schedule.step()


def _loss(scores: Tensor, lists: Lists, rows: Tensor, settings: RankingHeadConfig) -> Tensor:
    grades = lists.grades[rows]
    mass = grades.sum(1, keepdim=True)
    share = settings.genre_share
    target = (1 - share) * grades / mass + share * lists.genre_target[rows]
    loss = -(target * functional.log_softmax(scores, 1)).sum(1).mean()
    liked = (grades * scores).sum(1, keepdim=True) / mass
    disliked = lists.disliked[rows]
    pairwise = (disliked * functional.softplus(scores - liked)).sum()
    return loss + settings.negative_weight * pairwise / disliked.sum().clamp_min(1)


_Parts = Iterator[tuple[Ratings, Ratings]]
"""Of one user's ratings: what a list is made for, and what is asked for."""


def _lists(
    fold: HoldOutFold,
    parts_of: Callable[[Ratings, Ratings], _Parts],
    settings: RankingHeadConfig,
    rng: np.random.Generator,
    report: Reporter,
) -> Lists | None:
    """Each user has as many lists as parts. None where no candidate was liked."""
    held_out = fold.held_out
    liked = held_out.user_index[held_out.half_stars >= settings.liked_half_stars]
    users = rng.permutation(np.unique(liked))[: settings.max_users]
    rows: list[_List] = []
    parts: list[tuple[Ratings, Ratings]] = []
    n_together = max(1, MAX_CELLS // (len(BASE_MODELS) * fold.ensemble.n_movies))
    for done, user in enumerate(np.sort(users)):
        report(Progress(done, len(users), "users"))
        parts += parts_of(_of_user(fold.histories, user), _of_user(held_out, user))
        if len(parts) >= n_together or done + 1 == len(users):
            rows += _make_lists(fold.ensemble, parts, settings, rng)
            parts = []
    if not rows:
        return None
    return Lists(*(torch.from_numpy(np.stack(column)) for column in zip(*rows, strict=True)))


_List = tuple[NDArray[np.float32], ...]
"""One list's share of each array of `Lists`."""


def _beginnings(ratings: Ratings, settings: RankingHeadConfig, rng: np.random.Generator) -> _Parts:
    """Draw what one user could have rated so far: a prefix by time, a random subset, or nothing."""
    longest = min(len(ratings) - 1, settings.cold_start_films)
    for _ in range(settings.cold_start_lists):
        is_empty = longest == 0 or rng.random() < EMPTY_SHARE
        length = 0 if is_empty else int(np.exp(rng.random() * np.log(longest + 1)))
        by_time = np.argsort(ratings.timestamps, kind="stable")
        order = by_time if rng.random() < 0.5 else rng.permutation(len(ratings))
        yield ratings.take(np.sort(order[:length])), ratings.take(np.sort(order[length:]))


def _make_lists(
    ensemble: Ensemble,
    parts: Sequence[tuple[Ratings, Ratings]],
    settings: RankingHeadConfig,
    rng: np.random.Generator,
) -> list[_List]:
    """Return the lists of these parts; the base models score all of them by one matrix product."""
    states = [_state(ensemble, history, truth) for history, truth in parts]
    z_scores = ensemble.z_scores_of_each(states)
    made = [
        _make_list(ensemble, state, z_scores[:, row : row + 1], part, settings, rng)
        for row, (state, part) in enumerate(zip(states, parts, strict=True))
    ]
    return [each for each in made if each is not None]


def _state(ensemble: Ensemble, history: Ratings, truth: Ratings) -> State:
    rated = Rated(history.movie_index.astype(np.int64), history.half_stars)
    # Who has rated nothing asks when they are about to: trends are read as of then.
    asked_at = history.timestamps if len(history) else truth.timestamps.min(keepdims=True)
    return ensemble.state(rated, asked_at)


def _make_list(
    ensemble: Ensemble,
    state: State,
    z_scores: NDArray[np.float32],
    part: tuple[Ratings, Ratings],
    settings: RankingHeadConfig,
    rng: np.random.Generator,
) -> _List | None:
    """Return inputs and targets of one list; None if no candidate was liked.

    `z_scores` [4, 1, N] are the base models'.
    """
    history, truth = part
    candidates = _candidates(ensemble.prior(state, z_scores)[0], history.movie_index, settings, rng)
    half_stars = np.zeros(ensemble.n_movies, dtype=np.int8)
    half_stars[truth.movie_index] = truth.half_stars
    found = half_stars[candidates]
    grades = np.where(found >= settings.liked_half_stars, 1.0, 0.0)
    if grades.sum() == 0:
        return None
    grades[(found > 0) & is_positive(found) & (grades == 0)] = SOFT_GRADE
    disliked = (found > 0) & ~is_positive(found) & (grades == 0)
    liked = truth.movie_index[truth.half_stars >= settings.liked_half_stars]
    genre_target = _genre_target(ensemble, liked, candidates)
    return (
        ensemble.inputs(state, candidates, z_scores[:, :, candidates])[0],
        grades.astype(np.float32),
        disliked.astype(np.float32),
        genre_target,
    )


def _candidates(
    prior: NDArray[np.float32],
    rated: NDArray[np.int32],
    settings: RankingHeadConfig,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Return the prior's best unseen films.

    Every list has the same number, K.

    Where the catalogue is too small, some are drawn twice.
    """
    prior[rated] = -np.inf
    n = min(settings.n_best, len(prior) - len(rated))
    best = np.flatnonzero(prior >= np.partition(prior, -n)[-n])  # far fewer to sort than all
    best = best[np.argsort(-prior[best], kind="stable")][:n]
    again = best[rng.integers(len(best), size=settings.n_best - len(best))]
    return np.concatenate([best, again])


def _genre_target(
    ensemble: Ensemble, liked: NDArray[np.int32], candidates: NDArray[np.int64]
) -> NDArray[np.float32]:
    genres = ensemble.films.genres
    wanted = genre_distribution(np.ones((1, len(liked)), dtype=np.float32), genres[liked])
    gains = genre_gains(wanted, genres[candidates])[0] / GENRE_TEMPERATURE
    weights = np.exp(gains - gains.max())
    target: NDArray[np.float32] = (weights / weights.sum()).astype(np.float32)
    return target


def _of_user(ratings: Ratings, user: int) -> Ratings:
    return ratings.take(np.arange(ratings.offsets[user], ratings.offsets[user + 1]))


def _export(
    modules: list[HeadModule], mean: Tensor, deviation: Tensor, settings: RankingHeadConfig
) -> RankingHead:
    def stacked(name: str, *, transpose: bool = False) -> NDArray[np.float32]:
        weights = [dict(m.named_parameters())[name].detach().numpy() for m in modules]
        stack: NDArray[np.float32] = np.stack([w.T if transpose else w for w in weights])
        return stack.astype(np.float32)

    def of_both_parts(name: str) -> NDArray[np.float32]:
        parts = [stacked(f"{part}.{name}").mean(axis=0) for part in ("experienced", "cold_start")]
        return np.concatenate(parts)

    return RankingHead(
        mean=mean.numpy(),
        deviation=deviation.numpy(),
        prior_weights=np.array(settings.prior_weights, dtype=np.float32),
        prior_scale=of_both_parts("scale"),
        linear=of_both_parts("linear.weight"),
        w1=stacked("experienced.first.weight", transpose=True),
        b1=stacked("experienced.first.bias"),
        w2=stacked("experienced.second.weight", transpose=True),
        b2=stacked("experienced.second.bias"),
        w3=stacked("experienced.last.weight")[:, 0],
    )

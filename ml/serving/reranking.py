"""Make a list from the scores: genres that the user likes, few films of a series, variety.

NumPy only. The site's lists and their measurement are this one function.

A list holds at most two movies of a series, three when the user liked two of it. Of a series that
a user with few ratings has not begun, the first movie takes the place of its sequels. Where that
movie is shown elsewhere, beside the list, its sequels are left out as well. Who has rated many
movies has often seen the first one without rating it.

Scores say of each film by itself how well it fits. Somebody who likes seven dramas and three
westerns may find ten dramas at the top; a calibrated list (Steck, 2018, "Calibrated
Recommendations") holds westerns too. No score changes, so reasons stay what they are.

Legend: N films, K films of a pool or a list, G genres.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.data.genre_shares import genre_distribution, movie_genre_shares
from ml.data.labels import HARD_POSITIVE_HALF_STARS
from ml.serving.base_models import Rated
from ml.serving.features import COLD_START_MOVIES, EXPERIENCED_MOVIES
from ml.serving.series import NO_SERIES, MovieSeries
from ml.serving.similarity import MovieSimilarity

POOL = 100
"""Films that a list is chosen from, the best by score."""
PER_SERIES, PER_LIKED_SERIES = 2, 3
"""Most movies of a series among ten, and of a series of which the user liked two."""
LIST_LENGTH = 10
MOST_VARIETY, EARLY = 0.8, 0.6
"""Weight of variety against relevance at the end of the diversity dial, and the power of the dial
that makes each step change about as many films. At weight 1 a list would forget what fits."""
SMOOTHING = 0.05
"""Share of the taste mixed into the list's genres, lest a genre that is missing cost without end
(Steck's alpha)."""
SMALLEST_SHARE = 1e-6
"""Of a genre in the taste that counts: smoothed, the smallest float32 would be 0."""


@dataclass(frozen=True)
class Taste:
    """The genres that a list is to hold, and what each bit by which it fails to costs."""

    genres: NDArray[np.float32]
    """[G] shares that sum to 1, or zeros where nothing is known."""
    weight: float
    """Score given up for each nat of the list's divergence; 0 leaves the scores alone."""

    @property
    def decides(self) -> bool:
        """Whether it has a say in what a list holds."""
        return self.weight > 0 and bool(self.genres.any())


NO_TASTE = Taste(np.zeros(0, dtype=np.float32), 0.0)


def taste_of(rated: Rated, genres: NDArray[np.float32], weight: float) -> Taste:
    """Return the genres [N, G] of liked films, each film's share split evenly.

    A newcomer's few films say little of shares: the weight grows as newness ceases, from nothing at
    `COLD_START_MOVIES` rated films to the whole at `EXPERIENCED_MOVIES`.
    """
    span = EXPERIENCED_MOVIES - COLD_START_MOVIES
    experience = min(max((len(rated) - COLD_START_MOVIES) / span, 0.0), 1.0)
    liked = rated.movie_index[rated.half_stars >= HARD_POSITIVE_HALF_STARS]
    shares = genre_distribution(np.ones((1, len(liked)), np.float32), genres[liked])[0]
    return Taste(shares, weight * experience)


@dataclass(frozen=True)
class SeriesRoom:
    """How many movies of each series a list may hold."""

    series: NDArray[np.int32]
    """[N] of each movie."""
    most: int
    most_liked: int
    """Of a series in `liked`."""
    liked: frozenset[int]

    def limit(self, series: int) -> int:
        """Return how many of this series a list may hold."""
        return self.most_liked if series in self.liked else self.most

    def full(self, pool: NDArray[np.int64], picked: list[int]) -> NDArray[np.bool_]:
        """Return [K] whether the list has as many movies of the film's series as it may hold."""
        own = self.series[pool]
        numbers, counts = np.unique(own[picked], return_counts=True)
        taken = [
            number
            for number, count in zip(numbers.tolist(), counts.tolist(), strict=True)
            if number != NO_SERIES and count >= self.limit(number)
        ]
        return np.isin(own, taken)

    def first_that_fit(self, pool: NDArray[np.int64], k: int) -> NDArray[np.int64]:
        """Return the first `k` of the pool that no series has too many of."""
        counts: dict[int, int] = {}
        picked = []
        for film, series in zip(pool.tolist(), self.series[pool].tolist(), strict=True):
            counts[series] = counts.get(series, 0) + 1
            if series == NO_SERIES or counts[series] <= self.limit(series):
                picked.append(film)
            if len(picked) == k:
                break
        return np.array(picked, dtype=np.int64)


def _room(series: MovieSeries, rated: Rated, k: int) -> SeriesRoom:
    liked = series.series[rated.movie_index[rated.half_stars >= HARD_POSITIVE_HALF_STARS]]
    numbers, counts = np.unique(liked[liked != NO_SERIES], return_counts=True)
    wanted = frozenset(numbers[counts > 1].tolist())
    tens = -(-k // LIST_LENGTH)
    return SeriesRoom(series.series, PER_SERIES * tens, PER_LIKED_SERIES * tens, wanted)


@dataclass(frozen=True)
class Beside:
    """Movies that a list is not to hold, as positions, because of what the user has elsewhere."""

    shown: NDArray[np.int64]
    """Movies shown beside the list. Sequels of a first movie among them are left out too."""
    seen: NDArray[np.int64]
    """Movies that the user has seen without rating them: their series are begun."""


NOTHING_BESIDE = Beside(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


def _first_movies(
    scores: NDArray[np.float32],
    films: NDArray[np.int64],
    series: MovieSeries,
    rated: Rated,
    beside: Beside,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return scores [N] in which a first movie ranks as its best sequel, and the other films.

    Only sequels of a series that the user has not begun are taken out, and only if its first movie
    is among `films` or shown beside the list. For users of `EXPERIENCED_MOVIES` ratings or more
    nothing changes.
    """
    if len(rated) >= EXPERIENCED_MOVIES:
        return scores, films
    number, part = series.series[films], series.part[films]
    is_first = (number != NO_SERIES) & (part == 0)
    first_of = dict(zip(number[is_first].tolist(), films[is_first].tolist(), strict=True))
    shown = series.series[beside.shown[series.part[beside.shown] == 0]]
    known = np.concatenate([number[is_first], shown])
    begun = series.series[np.concatenate([rated.movie_index, beside.seen])]
    is_sequel = (part > 0) & np.isin(number, known) & ~np.isin(number, begun)
    ranks_by = scores.copy()
    for sequel, own in zip(films[is_sequel].tolist(), number[is_sequel].tolist(), strict=True):
        if own in first_of:
            first = first_of[own]
            ranks_by[first] = max(ranks_by[first], scores[sequel])
    return ranks_by, films[~is_sequel]


@dataclass(frozen=True)
class ReRanker:
    """What a model makes its lists by."""

    likeness: MovieSimilarity
    calibration: float = 0.0
    """Weight of the taste of somebody with experience; 0 leaves the scores alone."""
    series: MovieSeries | None = None
    """Of all movies; None where a list may hold any number of a series."""

    def __call__(
        self,
        scores: NDArray[np.float32],
        films: NDArray[np.int64],
        k: int,
        rated: Rated,
        diversity: float = 0.0,
        beside: Beside = NOTHING_BESIDE,
    ) -> NDArray[np.int64]:
        """Return the list of at most `k` of these films for the user who rated those.

        See `choose`. Films that a series has too many of come last, and only if the list would be
        shorter without them.
        """
        taste = self.taste_of(rated)
        if self.series is None:
            return choose(scores, films, k, self.likeness, taste=taste, diversity=diversity)
        ranks_by, kept = _first_movies(scores, films, self.series, rated, beside)
        room = _room(self.series, rated, k)
        listed = choose(
            ranks_by, kept, k, self.likeness, taste=taste, diversity=diversity, room=room
        )
        if len(listed) < min(k, len(films)):
            rest = np.setdiff1d(films, listed)
            rest = rest[np.lexsort((rest, -scores[rest]))]
            listed = np.concatenate([listed, rest[: k - len(listed)]])
        return listed

    def taste_of(self, rated: Rated) -> Taste:
        """Return the taste that a list for a user with these ratings is compared with."""
        return taste_of(rated, self.likeness.genres, self.calibration)


def choose(
    scores: NDArray[np.float32],
    films: NDArray[np.int64],
    k: int,
    likeness: MovieSimilarity,
    *,
    taste: Taste = NO_TASTE,
    diversity: float = 0.0,
    room: SeriesRoom | None = None,
) -> NDArray[np.int64]:
    """Return at most `k` of these films, best first, by `scores` [N] of the whole catalogue.

    Films are picked from the best `POOL` one by one, the best one first, each time the one with the
    most of (1 - weight) * relevance - weight * likeness, where the weight grows with the diversity
    dial to `MOST_VARIETY`. Likeness is that to the nearest film picked (maximal marginal relevance,
    Carbonell and Goldstein, 1998). Relevance is the score, less
    the taste's weight for the Kullback-Leibler divergence of the taste from the genres of the list
    with the film, in units of the spread of the pool's scores. With neither taste nor diversity the
    list is that of the scores. `room` bounds how many are of one series.

    Raises
    ------
    ValueError
        Diversity outside 0 to 1.

    """
    if not 0 <= diversity <= 1:
        raise ValueError("diversity must be between 0 and 1")
    is_plain = diversity == 0 and not taste.decides
    n_pool = k if is_plain and room is None else max(k, POOL)
    if len(films) > n_pool:
        threshold = np.partition(scores[films], -n_pool)[-n_pool]
        films = films[scores[films] >= threshold]
    # By id where scores tie, so that equal requests get equal answers.
    pool = films[np.lexsort((films, -scores[films]))][:n_pool]
    if is_plain or len(pool) <= k:
        return pool[:k] if room is None else room.first_that_fit(pool, k)
    picked = _picked(scores[pool], pool, k, likeness, taste, diversity, room)
    return pool[np.sort(picked)]


def _picked(
    scores: NDArray[np.float32],
    pool: NDArray[np.int64],
    k: int,
    likeness: MovieSimilarity,
    taste: Taste,
    diversity: float,
    room: SeriesRoom | None,
) -> NDArray[np.int64]:
    """Return at most `k` places in the pool, which is in the order of the scores."""
    spread = max(float(scores[0] - scores[-1]), 1e-9)
    weight = MOST_VARIETY * diversity**EARLY
    alike = likeness.among(pool) if diversity else np.zeros((len(pool), len(pool)))
    shares = movie_genre_shares(likeness.genres[pool])
    picked, nearest = [0], alike[0]
    while len(picked) < k:
        relevance = scores - taste.weight * _divergences(taste, shares, picked)
        value = (1 - weight) * relevance / spread - weight * nearest
        value[picked] = -np.inf
        if room is not None:
            value[room.full(pool, picked)] = -np.inf
        best = int(value.argmax())
        if value[best] == -np.inf:
            break
        picked.append(best)
        nearest = np.maximum(nearest, alike[best])
    return np.array(picked, dtype=np.int64)


def _divergences(
    taste: Taste, shares: NDArray[np.float32], picked: list[int]
) -> NDArray[np.float32] | float:
    """[K] nats from the taste to the genres of those picked with each film of the pool."""
    if taste.weight == 0:
        return 0.0
    wanted = taste.genres > SMALLEST_SHARE
    taste_shares = taste.genres[wanted]
    listed = (shares[picked].sum(axis=0) + shares)[:, wanted] / (len(picked) + 1)
    mixed = (1 - SMOOTHING) * listed + SMOOTHING * taste_shares
    divergences: NDArray[np.float32] = np.log(taste_shares / mixed) @ taste_shares
    return divergences

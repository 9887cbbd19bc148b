"""The list made of the scores: of the genres that somebody likes, and as varied as they ask.

NumPy only. The site's lists and their measurement are this one function.

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
from ml.serving.similarity import MovieSimilarity

POOL = 100
"""Films that a list is chosen from, the best by score."""
SMOOTHING = 0.05
"""Share of the taste mixed into the list's genres, lest a genre that is missing cost without end
(Steck's alpha)."""


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
    """The genres [N, G] of the films that somebody liked, each film's share split evenly.

    A newcomer's few films say little of shares: the weight grows as newness ceases, from nothing at
    `COLD_START_MOVIES` rated films to the whole at `EXPERIENCED_MOVIES`.
    """
    span = EXPERIENCED_MOVIES - COLD_START_MOVIES
    experience = min(max((len(rated) - COLD_START_MOVIES) / span, 0.0), 1.0)
    liked = rated.movie_index[rated.half_stars >= HARD_POSITIVE_HALF_STARS]
    shares = genre_distribution(np.ones((1, len(liked)), np.float32), genres[liked])[0]
    return Taste(shares, weight * experience)


@dataclass(frozen=True)
class ReRanker:
    """What a model makes its lists by."""

    likeness: MovieSimilarity
    calibration: float = 0.0
    """Weight of the taste of somebody with experience; 0 leaves the scores alone."""

    def __call__(
        self,
        scores: NDArray[np.float32],
        films: NDArray[np.int64],
        k: int,
        rated: Rated,
        diversity: float = 0.0,
    ) -> NDArray[np.int64]:
        """The list of at most `k` of these films for who rated those; see `choose`."""
        taste = self.taste_of(rated)
        return choose(scores, films, k, self.likeness, taste=taste, diversity=diversity)

    def taste_of(self, rated: Rated) -> Taste:
        """What the list of who rated those films is held against."""
        return taste_of(rated, self.likeness.genres, self.calibration)


def choose(
    scores: NDArray[np.float32],
    films: NDArray[np.int64],
    k: int,
    likeness: MovieSimilarity,
    *,
    taste: Taste = NO_TASTE,
    diversity: float = 0.0,
) -> NDArray[np.int64]:
    """The list of at most `k` of these films, best first, by `scores` [N] of the whole catalogue.

    Films are picked from the best `POOL` one by one, the best one first, each time the one with the
    most of (1 - diversity) * relevance - diversity * likeness. Likeness is that to the nearest film
    picked (maximal marginal relevance, Carbonell and Goldstein, 1998). Relevance is the score, less
    the taste's weight for the Kullback-Leibler divergence of the taste from the genres of the list
    with the film, in units of the spread of the pool's scores. With neither taste nor diversity the
    list is that of the scores.

    Raises:
        ValueError: diversity outside 0 to 1.
    """
    if not 0 <= diversity <= 1:
        raise ValueError("diversity must be between 0 and 1")
    is_plain = diversity == 0 and not taste.decides
    n_pool = k if is_plain else max(k, POOL)
    if len(films) > n_pool:
        threshold = np.partition(scores[films], -n_pool)[-n_pool]
        films = films[scores[films] >= threshold]
    # By id where scores tie, so that equal requests get equal answers.
    pool = films[np.lexsort((films, -scores[films]))][:n_pool]
    if is_plain or len(pool) <= k:
        return pool[:k]
    picked = _picked(scores[pool], pool, k, likeness, taste, diversity)
    return pool[np.sort(picked)]


def _picked(
    scores: NDArray[np.float32],
    pool: NDArray[np.int64],
    k: int,
    likeness: MovieSimilarity,
    taste: Taste,
    diversity: float,
) -> NDArray[np.int64]:
    """[k] places in the pool, which stands in the order of the scores."""
    spread = max(float(scores[0] - scores[-1]), 1e-9)
    alike = likeness.among(pool) if diversity else np.zeros((len(pool), len(pool)))
    shares = movie_genre_shares(likeness.genres[pool])
    picked, nearest = [0], alike[0]
    while len(picked) < k:
        relevance = scores - taste.weight * _divergences(taste, shares, picked)
        value = (1 - diversity) * relevance / spread - diversity * nearest
        value[picked] = -np.inf
        best = int(value.argmax())
        picked.append(best)
        nearest = np.maximum(nearest, alike[best])
    return np.array(picked, dtype=np.int64)


def _divergences(
    taste: Taste, shares: NDArray[np.float32], picked: list[int]
) -> NDArray[np.float32] | float:
    """[K] nats from the taste to the genres of those picked with each film of the pool."""
    if taste.weight == 0:
        return 0.0
    wanted = taste.genres > 0
    taste_shares = taste.genres[wanted]
    listed = (shares[picked].sum(axis=0) + shares)[:, wanted] / (len(picked) + 1)
    mixed = (1 - SMOOTHING) * listed + SMOOTHING * taste_shares
    divergences: NDArray[np.float32] = np.log(taste_shares / mixed) @ taste_shares
    return divergences

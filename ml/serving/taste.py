"""Explicit score terms: the user's genres, decades and countries, dislikes, and popularity.

The ranking head learns from logs, in which short histories are followed by popular movies, so it
hardly listens to a few ratings. These terms are added to its score:

- **lift**: Bernoulli naive-Bayes log-likelihood ratio of a movie's genres, decade and countries
  under the user's liked movies against everybody's ratings. The user's rates have a Dirichlet prior
  at everybody's rates. Each attribute counts by its evidence, the log-likelihood ratio of the liked
  movies themselves: five westerns are strong evidence, five dramas are none, since half of all
  movies are dramas. The evidence that counts half grows with the history. So an attribute counts if
  it is a theme, with much evidence per movie: first ratings of mixed genres lift nothing;
- **match**: cosine between a movie's genres and the user's genre shares. It takes over from the
  lift as the history grows;
- **popularity taste**: the user's liked movies are more or less popular than the average rating's
  movie, and so are the movies that fit;
- **kinship**: cosine between a movie and the liked movies in the linear model's item space. Unlike
  the model's own score it does not grow with popularity. It fades as the history grows;
- **dislike**: the same cosine to the disliked movies;
- **aversion**: the lift of the disliked movies, taken off, for the attributes that they
  have more often than everybody's;
- **popularity**: a multiple of the standardised log popularity, the same for all users: the novelty
  dial.

Each term is a function of the history and of the movie alone, so the score without one rating is
computed exactly. NumPy only. Legend: B user states, H rated movies, K candidates, N movies,
G genres, C countries, A attributes (genres, decades and countries), D dimensions of the linear
model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.data.genre_shares import movie_genre_shares
from ml.serving.base_models import ItemSide, Rated
from ml.serving.features import N_DECADES, Floats, MovieFeatures
from ml.serving.new_movies import unit_rows

DEFAULT_NOVELTY = 0.1
"""Setting of the novelty dial where nothing else is asked for."""
LIKED_STARS, NEUTRAL_STARS, DISLIKED_STARS = 4.0, 3.0, 2.0
"""A rating counts as a whole like from 4 stars on and as a whole dislike up to 2; between them and
3 stars it counts in part."""
OWN_SCALE_RATINGS = 5.0
"""Ratings at everybody's mean that a user's own mean starts from."""
MAX_RAISE = 1.5
"""Stars that a harsh user's ratings are raised by, at most: half a star stays a dislike."""
MANY_LIKES = 20.0
"""Liked movies for which kinship has half of its weight, and the popularity taste a quarter."""
POPULARITY_PRIOR = 3.0
"""Liked movies of average popularity that the popularity taste starts from."""
DISLIKE_SCALE, LIKES_PER_DISLIKE = 0.5, 4.0
"""The dislike term has half of its weight at this many disliked movies, and one more for every so
many liked ones: a user who likes a hundred movies does not mean much by one dislike."""
MAX_Z = 3.0
RATE_RANGE = (1e-3, 0.98)


@dataclass(frozen=True)
class TasteWeights:
    """The weight of each term; 0 leaves it out."""

    lift: float = 0.0
    decade: float = 0.0
    """Of the decade's part of the lift, beside that of the genres."""
    match: float = 0.0
    popularity_taste: float = 0.0
    dislike: float = 0.0
    kinship: float = 0.0
    penalty: float = 0.0
    """Score given up for each standard deviation of log popularity at novelty 1."""
    aversion: float = 0.0
    """Of the disliked movies' lift: the share that is taken off."""
    country: float = 0.0
    """Of the countries' part of the lift."""


@dataclass(frozen=True)
class TasteShape:
    """How lift and match grow with the evidence. A model keeps those that it was measured with."""

    lift_prior: float = 2.0
    """Strength of the Dirichlet prior of the lift, in liked movies."""
    evidence_start: float = 0.8
    """Nats of evidence for which an attribute counts half, before the first liked movie."""
    evidence_per_like: float = 1.5
    """Nats that each liked movie adds to `evidence_start`."""
    sharpness: float = 3.0
    """Power of the evidence: how suddenly a theme begins to count."""
    match_prior: float = 8.0
    """Liked movies at everybody's genre shares that the user's shares start from."""
    match_likes: float = 10.0
    """Liked movies for which match has half of its weight."""
    match_base: float = 0.0
    """Share of the cosine to everybody's genre shares that is taken off the match."""

    def lift_share(self, evidence: Floats, mass: Floats) -> Floats:
        """Return [B, A] the share of its lift that each attribute gets, 0 to 1."""
        half = self.evidence_start + self.evidence_per_like * mass
        ratio = (np.maximum(evidence, 0) / half) ** self.sharpness
        share: Floats = ratio / (1 + ratio)
        return share


BEFORE_SHAPES = TasteShape(3.0, 2.0, 0.4, 2.0, 3.0, 20.0, 1.0)
"""Of a model made before shapes were kept. Its match is exact; its lift is nearly what it was."""


@dataclass(frozen=True)
class TasteTerms:
    """The weights, and everybody's rates measured on the training ratings."""

    weights: TasteWeights
    rates: Floats
    """[A] share of the ratings that are of movies with the attribute."""
    shares: Floats
    """[G] share of each genre in the ratings, each movie's mass split over its genres."""
    popularity: Floats
    """[3] mean and standard deviation of the movies' log popularity, and its mean over ratings."""
    mean_stars: Floats
    """[1] of all ratings."""
    shape: TasteShape = field(default_factory=TasteShape)

    @classmethod
    def none(cls) -> TasteTerms:
        """Return terms that add nothing: those of a model made before there were any."""
        empty = np.zeros(0, dtype=np.float32)
        popularity = np.array([0, 1, 0], dtype=np.float32)
        return cls(TasteWeights(), empty, empty, popularity, np.full(1, 3.5, dtype=np.float32))

    @property
    def count(self) -> bool:
        """Whether any term has a weight."""
        return any(astuple(self.weights))

    def penalty(self, popularity: Floats, novelty: float) -> Floats:
        """Return what log popularities [K] add to the score at this setting of the dial."""
        added: Floats = (-self.weights.penalty * novelty) * self.standardised(popularity)
        return added

    def standardised(self, popularity: Floats) -> Floats:
        """Return log popularities [K] in standard deviations from the movies' mean.

        A movie without a rating counts as average: nothing says that it is a hidden gem.
        """
        mean, deviation, _ = self.popularity
        z: Floats = np.clip((popularity - mean) / deviation, -MAX_Z, MAX_Z)
        return np.where(popularity > 0, z, np.float32(0))

    def to_tensors(self) -> dict[str, NDArray[Any]]:
        """Return everything as named arrays."""
        return {
            "taste.weights": np.array(astuple(self.weights), dtype=np.float64),
            "taste.shape": np.array(astuple(self.shape), dtype=np.float64),
            "taste.rates": self.rates,
            "taste.shares": self.shares,
            "taste.popularity": self.popularity,
            "taste.mean_stars": self.mean_stars,
        }

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]]) -> TasteTerms:
        """Read what `to_tensors` returned; a model without such arrays has no terms."""
        if "taste.weights" not in tensors:
            return cls.none()
        weights = TasteWeights(*tensors["taste.weights"].tolist())
        shape = BEFORE_SHAPES
        if "taste.shape" in tensors:
            shape = TasteShape(*tensors["taste.shape"].tolist())
        return cls(
            weights,
            rates=tensors["taste.rates"],
            shares=tensors["taste.shares"],
            popularity=tensors["taste.popularity"],
            mean_stars=tensors["taste.mean_stars"],
            shape=shape,
        )


@dataclass(frozen=True)
class TasteStates:
    """B users as the terms read them."""

    lift: Floats
    """[B, A] score for having each attribute, by lift and aversion."""
    lift_base: Floats
    """[B] score of a movie without any attribute."""
    match: Floats
    """[B, G] score for each unit of a movie's unit genres."""
    popularity: Floats
    """[B] score for each standard deviation of log popularity."""
    directions: Floats
    """[2, B, D] unit directions of the liked and of the disliked movies; zero for none."""
    cosines: Floats
    """[2, B] score for a cosine of 1 to each direction; negative for the disliked movies."""

    @classmethod
    def joined(cls, states: Sequence[TasteStates]) -> TasteStates:
        """Return the users of all these states, in their order."""

        def together(name: str, axis: int = 0) -> Floats:
            return np.concatenate([getattr(state, name) for state in states], axis=axis)

        return cls(
            together("lift"),
            together("lift_base"),
            together("match"),
            together("popularity"),
            together("directions", axis=1),
            together("cosines", axis=1),
        )


def taste_states(
    terms: TasteTerms,
    films: MovieFeatures,
    items: ItemSide,
    rated: Rated,
    *,
    without_each: bool,
) -> TasteStates | None:
    """Return the state of one history, B = 1, or of the history without each movie, B = H.

    Parameters
    ----------
    terms
        The model's weights and rates.
    films, items
        What is known of the movies, and the linear model's item side.
    rated
        The rated movies.
    without_each
        Whether row b leaves out the b-th rated movie.

    Returns
    -------
    TasteStates or None
        None where no term has a weight.
    """
    if not terms.count:
        return None
    likes, dislikes = _evidence(rated, float(terms.mean_stars[0]), without_each=without_each)
    mass = likes.total()[:, None]
    newness = MANY_LIKES / (MANY_LIKES + mass)
    attributes = films.attributes[rated.movie_index]
    lift, base = _lift(terms, attributes, likes)
    if terms.weights.aversion:
        against, base_against = _lift(terms, attributes, dislikes, raised_only=True)
        lift -= terms.weights.aversion * against
        base -= terms.weights.aversion * base_against
    movies = terms.standardised(films.popularity[rated.movie_index])
    average = terms.standardised(terms.popularity[2:])
    excess = likes.weigh((movies - average)[:, None])[:, 0] / (mass[:, 0] + POPULARITY_PRIOR)
    vectors = unit_rows(items.vectors[rated.movie_index])
    directions = np.stack([unit_rows(one.weigh(vectors)) for one in (likes, dislikes)])
    kinship = terms.weights.kinship * newness[:, 0]
    dislike = -terms.weights.dislike * _dislike_strength(mass[:, 0], dislikes.total())
    return TasteStates(
        lift.astype(np.float32),
        base.astype(np.float32),
        _match(terms, films, rated, likes, mass).astype(np.float32),
        (terms.weights.popularity_taste * newness[:, 0] ** 2 * excess).astype(np.float32),
        directions,
        np.stack([kinship, dislike]).astype(np.float32),
    )


def taste_scores(
    terms: TasteTerms,
    states: TasteStates | None,
    films: MovieFeatures,
    items: ItemSide,
    movie_index: NDArray[np.int64] | None = None,
) -> Floats:
    """Return [B, K] the sum of all terms for the given movies ([K]), or for all."""
    if states is None:
        return np.zeros((1, 1), dtype=np.float32)
    index = slice(None) if movie_index is None else movie_index
    attributes = films.attribute_columns if movie_index is None else films.attributes[index].T
    genres = films.genre_columns if movie_index is None else films.unit_genres[index].T
    popularity = films.popularity[index]
    scores: Floats = states.lift @ attributes + states.match @ genres
    scores += states.lift_base[:, None]
    scores += states.popularity[:, None] * terms.standardised(popularity)
    scores += terms.penalty(popularity, DEFAULT_NOVELTY)
    columns = items.columns if movie_index is None else items.vectors[index].T
    for direction, weight in zip(states.directions, states.cosines, strict=True):
        if direction.any() and weight.any():
            cosines = (direction @ columns) / items.lengths[index]
            scores += weight[:, None] * np.maximum(cosines, 0)
    return scores


def country_parts(
    states: TasteStates | None, films: MovieFeatures, movie_index: NDArray[np.int64]
) -> Floats:
    """Return [C, K] the part of each country in the taste terms of one user."""
    countries = films.countries[movie_index].T
    if states is None:
        return np.zeros_like(countries)
    first = films.genres.shape[1] + N_DECADES
    parts: Floats = states.lift[0, first:, None] * countries
    return parts


def genre_parts(
    states: TasteStates | None, films: MovieFeatures, movie_index: NDArray[np.int64]
) -> Floats:
    """Return [G, K] the part of each genre in the taste terms of one user."""
    genres = films.genres[movie_index].T
    if states is None:
        return np.zeros_like(genres)
    unit = films.unit_genres[movie_index].T
    parts: Floats = states.lift[0, : len(genres), None] * genres + states.match[0, :, None] * unit
    return parts


def is_disliked(terms: TasteTerms, rated: Rated) -> NDArray[np.bool_]:
    """Return [H] whether each rated movie is disliked, by the user's own scale."""
    disliked: NDArray[np.bool_] = own_scale(rated.half_stars, terms.mean_stars[0]) < NEUTRAL_STARS
    return disliked


def own_scale(half_stars: NDArray[np.int8], mean_stars: float) -> Floats:
    """Return the ratings in stars, those of a harsh user raised to everybody's scale.

    A user's mean is shrunk to everybody's. Ratings of users whose mean lies below are raised by the
    difference; ratings of generous users stay what they are, since somebody who rates favourites
    alone likes them all.

    >>> own_scale(np.array([6, 4, 3, 2, 2], dtype=np.int8), 3.5).round(2)
    array([3.9, 2.9, 2.4, 1.9, 1.9], dtype=float32)
    """
    stars = half_stars.astype(np.float32) / 2
    raised: Floats = stars + _raise(stars.sum(), len(stars), mean_stars)
    return raised


def _raise(total: Any, count: int, mean_stars: float) -> Any:
    """Return how far a user's mean, shrunk to everybody's, lies below everybody's."""
    own_mean = (OWN_SCALE_RATINGS * mean_stars + total) / (OWN_SCALE_RATINGS + count)
    return np.clip(mean_stars - own_mean, 0, MAX_RAISE)


@dataclass(frozen=True)
class _Weights:
    """[B, H] weights of the rated movies, kept in O(H) where each row leaves out one movie.

    How far a harsh user's ratings are raised depends on the stars that are left out, of which there
    are ten values: at most ten rows differ by more than the movie that each leaves out.
    """

    rows: Floats
    """[1, H], or [S, H] for S different stars."""
    row_of: NDArray[np.int64] | None = None
    """[H] the row that is without each movie, apart from this movie; None: all movies count."""

    def weigh(self, values: Floats) -> Floats:
        """Return [B, D] the weighted sums of [H, D] values."""
        if self.row_of is None:
            found: Floats = self.rows @ values
            return found
        exact = values.astype(np.float64)  # a difference of two float32 sums loses digits
        without: NDArray[np.float64] = (self.rows @ exact)[self.row_of]
        without -= self._own(self.row_of)[:, None] * exact
        return without.astype(np.float32)

    def total(self) -> Floats:
        """Return [B] the sums of the weights."""
        if self.row_of is None:
            found: Floats = self.rows.sum(axis=1)
            return found
        whole: NDArray[np.float64] = self.rows.sum(axis=1, dtype=np.float64)[self.row_of]
        return (whole - self._own(self.row_of)).astype(np.float32)

    def _own(self, row_of: NDArray[np.int64]) -> Floats:
        """Return [H] the weight of the movie that each row leaves out."""
        own: Floats = self.rows[row_of, np.arange(len(row_of))]
        return own


def _evidence(rated: Rated, mean_stars: float, *, without_each: bool) -> tuple[_Weights, _Weights]:
    """Return how much each movie is liked and disliked, 0 to 1."""
    stars = rated.half_stars.astype(np.float32) / 2
    row_of = None
    left_out = np.zeros(1, dtype=np.float32)
    if without_each:
        left_out, row_of = np.unique(stars, return_inverse=True)
    count = len(rated) - int(without_each)
    raised = stars + _raise(stars.sum() - left_out, count, mean_stars)[:, None]
    likes = np.clip((raised - NEUTRAL_STARS) / (LIKED_STARS - NEUTRAL_STARS), 0, 1)
    dislikes = np.clip((NEUTRAL_STARS - raised) / (NEUTRAL_STARS - DISLIKED_STARS), 0, 1)
    return _Weights(likes, row_of), _Weights(dislikes, row_of)


def _lift(
    terms: TasteTerms, own: Floats, movies: _Weights, *, raised_only: bool = False
) -> tuple[Floats, Floats]:
    """Return [B, A] the weighted log-odds ratio of each attribute, and [B] that of none.

    `raised_only` leaves out the attributes that the movies have less often than everybody's: who
    dislikes horror movies does not love what is none.
    """
    known, mass = np.clip(terms.rates, *RATE_RANGE), movies.total()[:, None]
    counts, prior = movies.weigh(own), terms.shape.lift_prior
    rates = np.clip((counts + prior * known) / (mass + prior), *RATE_RANGE)
    has, has_not = np.log(rates / known), np.log((1 - rates) / (1 - known))
    evidence = counts * has + (mass - counts) * has_not
    n_genres = len(terms.shares)
    weights = np.full(len(known), terms.weights.country, dtype=np.float64)
    weights[:n_genres] = terms.weights.lift
    weights[n_genres : n_genres + N_DECADES] = terms.weights.decade
    weights = weights * terms.shape.lift_share(evidence, mass)
    if raised_only:
        weights = weights * (rates > known)
    return weights * (has - has_not), (weights * has_not).sum(axis=1)


def _match(
    terms: TasteTerms, films: MovieFeatures, rated: Rated, likes: _Weights, mass: Floats
) -> Floats:
    """Return [B, G] the weighted unit genre shares of the user."""
    own, shape = movie_genre_shares(films.genres[rated.movie_index]), terms.shape
    shares = (likes.weigh(own) + shape.match_prior * terms.shares) / (mass + shape.match_prior)
    unit = unit_rows(shares) - shape.match_base * unit_rows(terms.shares[None])
    matched: Floats = terms.weights.match * mass / (mass + shape.match_likes) * unit
    return matched


def _dislike_strength(likes: Floats, dislikes: Floats) -> Floats:
    """Return [B] how much the disliked movies count, 0 to 1."""
    strength = dislikes / (dislikes + DISLIKE_SCALE + likes / LIKES_PER_DISLIKE)
    return strength.astype(np.float32, copy=False)

"""Compute the ranking head's features: popularity, quality, text, genre and time.

NumPy only. Everything said of a user is a function of sums over the rated films, so the state of
a history without one of its films is the sums less that film's part: exact, for all H films at
once. Legend: B user states, H rated films, K candidate films, N films, G genres, P text axes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ml.data.labels import HARD_POSITIVE_HALF_STARS, SOFT_POSITIVE_HALF_STARS
from ml.serving.new_movies import NewMovies, movie_content, unit_rows
from ml.serving.series import MovieSeries
from ml.serving.tfidf import SharedTerms, TfidfTerms

Floats = NDArray[np.float32]

FEATURES = (
    "popularity",
    "quality",
    "trend",
    "recent_trend",
    "liked_text",
    "disliked_text",
    "nearest_text",
    "liked_words",
    "nearest_words",
    "genre_match",
    "genre_deviation",
    "year_distance",
    "age",
    "unreleased",
)
MIN_YEAR_SPREAD = 3.0
"""Years; the spread assumed of a taste that has shown less."""
MAX_YEAR_DISTANCE = 6.0
FIRST_DECADE, N_DECADES = 1920, 10
"""Decades are attributes; earlier and later years count in the first and the last one."""
NONE = -1
COLD_START_MOVIES, EXPERIENCED_MOVIES = 10, 30
"""Numbers of rated films up to which newness is 1, and from which on it is 0."""
SECONDS_PER_YEAR = 365.25 * 86400
MAX_COSINES = 2**20
"""Products of texts that are made at once: what fits a processor's cache."""


@dataclass(frozen=True)
class MovieFeatures:
    """What is known of each film from the training data."""

    popularity: Floats
    """[N] log(1 + ratings)."""
    quality: Floats
    """[N] mean stars above the overall mean, shrunk towards it."""
    trend: Floats
    """[T, N] log(1 + ratings so far) at the end of each of T periods, older ones fading."""
    recent_trend: Floats
    """[T, N] the same, fading faster."""
    trend_start: float
    """Seconds since 1970 at which the first period begins."""
    trend_seconds: float
    """Length of a period."""
    last_seen: float
    """Time of the latest training rating: when a history without times is taken to be asked."""
    text: Floats
    """[N, P] principal axes of the centred unit text embeddings, scaled to unit rows."""
    genres: Floats
    """[N, G] 0/1."""
    years: Floats
    """[N]; the median year where unknown."""
    countries: Floats
    """[N, C] 1 where the film is of the country; everybody's shares where nothing is known."""
    text_centre: Floats
    """[D] mean text embedding of the films trained on."""
    text_axes: Floats
    """[D, P] the principal axes."""
    words: TfidfTerms
    """Of their titles and descriptions."""
    series: MovieSeries | None = None
    """None where no movie belongs to a series that is known."""

    def content(self, new: NewMovies) -> Floats:
        """[n, D + G] of `ml.serving.new_movies.movie_content`.

        Raises
        ------
        ValueError
            Text vectors of another length, or genres of another number.

        """
        for found, expected, what in (
            (new.text_vectors.shape[1], len(self.text_centre), "text vectors have dimensions"),
            (new.genres.shape[1], self.genres.shape[1], "genres are"),
        ):
            if found != expected:
                raise ValueError(f"the new films' {what} {found}, the model's {expected}")
        return movie_content(new.text_vectors, self.text_centre, new.genres)

    def with_new_films(self, new: NewMovies) -> MovieFeatures:
        """With films more, behind the others, that nobody rated and nobody could rate before."""
        n = len(new)
        nothing = np.zeros(n, dtype=np.float32)
        nobody = np.zeros((len(self.trend), n), dtype=np.float32)
        text = unit_rows(self.content(new)[:, : len(self.text_centre)] @ self.text_axes)
        years = np.where(np.isfinite(new.years), new.years, np.median(self.years))
        return replace(
            self,
            popularity=np.concatenate([self.popularity, nothing]),
            quality=np.concatenate([self.quality, nothing]),
            trend=np.hstack([self.trend, nobody]),
            recent_trend=np.hstack([self.recent_trend, nobody]),
            text=np.concatenate([self.text, text]),
            genres=np.concatenate([self.genres, new.genres]).astype(np.float32),
            years=np.concatenate([self.years, years]).astype(np.float32),
            countries=np.concatenate([self.countries, np.tile(self._usual_countries, (n, 1))]),
            words=self.words.with_texts(new.texts),
            series=None if self.series is None else self.series.with_new_movies(n),
        )

    def take(self, movie_index: NDArray[np.int64]) -> MovieFeatures:
        """Return the features of the films at these positions, in this order."""
        return replace(
            self,
            popularity=self.popularity[movie_index],
            quality=self.quality[movie_index],
            trend=self.trend[:, movie_index],
            recent_trend=self.recent_trend[:, movie_index],
            text=self.text[movie_index],
            genres=self.genres[movie_index],
            years=self.years[movie_index],
            countries=self.countries[movie_index],
            words=self.words.take(movie_index),
            series=None if self.series is None else self.series.take(movie_index),
        )

    @cached_property
    def unit_genres(self) -> Floats:
        """[N, G] the genres as rows of length 1, or 0."""
        length = np.linalg.norm(self.genres, axis=1, keepdims=True)
        unit: Floats = (self.genres / np.maximum(length, 1)).astype(np.float32)
        return unit

    @cached_property
    def attributes(self) -> Floats:
        """[N, A] 1 where the movie has the attribute: genres, then decades, then countries."""
        decade = np.clip((self.years - FIRST_DECADE) // 10, 0, N_DECADES - 1).astype(np.int64)
        decades = np.eye(N_DECADES, dtype=np.float32)[decade]
        return np.hstack([self.genres, decades, self.countries])

    @cached_property
    def attribute_columns(self) -> Floats:
        """[A, N] `attributes` one by one."""
        return np.ascontiguousarray(self.attributes.T)

    @cached_property
    def _usual_countries(self) -> Floats:
        """[C] each country's share of the ratings."""
        return usual_rates(self.countries, np.expm1(self.popularity))

    @cached_property
    def text_columns(self) -> Floats:
        """[P, N] the text axis by axis: faster to multiply where few rows meet all films."""
        return np.ascontiguousarray(self.text.T)

    @cached_property
    def genre_columns(self) -> Floats:
        """[G, N] `unit_genres` genre by genre."""
        return np.ascontiguousarray(self.unit_genres.T)


def usual_rates(attributes: Floats, n_ratings: Floats) -> Floats:
    """Return [A] the share of the ratings that are of movies with each attribute [N, A]."""
    rates: Floats = (n_ratings @ attributes / max(n_ratings.sum(), 1)).astype(np.float32)
    return rates


@dataclass(frozen=True)
class UserStates:
    """B users as the sums that the features need."""

    liked_text: Floats
    """[B, P] direction of the liked films' text, unit or zero."""
    disliked_text: Floats
    """[B, P]."""
    liked: NDArray[np.int64]
    """[L] liked films."""
    left_out: NDArray[np.int64]
    """[B] place in `liked` of the film that the state is without; -1 where it is without none."""
    genre_share: Floats
    """[B, G] unit genre distribution of the liked films, or zero."""
    genre_deviation: Floats
    """[B, G] stars above the user's own mean in each genre, over the root of its count."""
    year_mean: Floats
    """[B]; NaN where no film is liked."""
    year_spread: Floats
    """[B]."""
    asked_at: NDArray[np.float64]
    """[B] seconds since 1970."""
    newness: Floats
    """[B] 1 up to `COLD_START_MOVIES` rated films, evenly down to 0 at `EXPERIENCED_MOVIES`."""


def user_states(
    films: MovieFeatures,
    movie_index: NDArray[np.int64],
    half_stars: NDArray[np.int8],
    timestamps: NDArray[np.int64] | None,
    *,
    without_each: bool,
) -> UserStates:
    """Return the state of one history (B = 1), or of it without each of its films (B = H)."""
    stars = half_stars.astype(np.float64) / 2
    liked = half_stars >= HARD_POSITIVE_HALF_STARS
    disliked = half_stars < SOFT_POSITIVE_HALF_STARS
    genres = films.genres[movie_index].astype(np.float64)
    unit = films.unit_genres[movie_index].astype(np.float64)
    split = genres / np.maximum(genres.sum(axis=1, keepdims=True), 1)
    text = films.text[movie_index].astype(np.float64)
    years = films.years[movie_index].astype(np.float64)
    parts = {
        "liked_text": text * liked[:, None],
        "disliked_text": text * disliked[:, None],
        "share": split * liked[:, None],
        "stars_in_genre": stars[:, None] * unit,
        "count_in_genre": unit,
        "years": np.stack([liked, liked * years, liked * years**2], axis=1),
        "stars": np.stack([np.ones(len(stars)), stars], axis=1),
    }
    sums = {
        name: part.sum(axis=0) - part if without_each else part.sum(axis=0)[None]
        for name, part in parts.items()
    }
    left_out = np.where(liked, np.cumsum(liked) - 1, NONE) if without_each else np.array([NONE])
    asked_at = _asked_at(films, timestamps, len(stars), without_each=without_each)
    return _states_from(sums, movie_index[liked], left_out, asked_at)


def features(
    films: MovieFeatures, states: UserStates, movie_index: NDArray[np.int64] | None = None
) -> Floats:
    """[B, K, len(FEATURES)] of the given films ([K]), or of all."""
    n_movies = len(films.popularity) if movie_index is None else len(movie_index)
    target = np.empty((len(FEATURES), len(states.newness), n_movies), dtype=np.float32)
    write_features(target, films, states, movie_index)
    return target.transpose(1, 2, 0)


def write_features(
    target: Floats,
    films: MovieFeatures,
    states: UserStates,
    movie_index: NDArray[np.int64] | None = None,
) -> None:
    """Fill `target` [len(FEATURES), B, K] in place: a page's scores are made in milliseconds."""
    index = slice(None) if movie_index is None else movie_index
    years = films.years[index]
    text = films.text_columns if movie_index is None else films.text[movie_index].T
    genres = films.genre_columns if movie_index is None else films.unit_genres[movie_index].T
    asked_year = (1970 + states.asked_at / SECONDS_PER_YEAR).astype(np.float32)[:, None]
    distance = np.abs(years - states.year_mean[:, None]) / states.year_spread[:, None]
    period = _period(films, states.asked_at)
    target[0] = films.popularity[index]
    target[1] = films.quality[index]
    when = period if movie_index is None else (period[:, None], movie_index)
    target[2] = films.trend[when]
    target[3] = films.recent_trend[when]
    _write_text(target[4:7], states, films.text[states.liked], text)
    _write_words(target[7:9], films.words, states, movie_index)
    target[9] = states.genre_share @ genres
    target[10] = states.genre_deviation @ genres
    target[11] = np.minimum(np.nan_to_num(distance, nan=1.0), MAX_YEAR_DISTANCE)
    target[12] = np.log1p(np.maximum(asked_year - years, 0))
    target[13] = years > asked_year + 0.5


def _write_text(target: Floats, states: UserStates, liked: Floats, text: Floats) -> None:
    """Fill `target` [3, B, K] with what the text says of the films whose columns are `text` [P, K].

    `liked` [L, P] are the liked films' rows. All products at once: the films are read but once.
    """
    n = len(states.newness)
    rows = np.concatenate([states.liked_text, states.disliked_text, liked])
    step = max(1, MAX_COSINES // max(1, len(rows)))
    for start in range(0, text.shape[1], step):
        part = slice(start, start + step)
        cosines = rows @ text[:, part]
        target[0, :, part], target[1, :, part] = cosines[:n], cosines[n : 2 * n]
        target[2, :, part] = _nearest(cosines[2 * n :], states.left_out)


def _write_words(
    target: Floats,
    words: TfidfTerms,
    states: UserStates,
    movie_index: NDArray[np.int64] | None,
) -> None:
    """Fill `target` [2, B, K] with the cosine of each film's words to those of the liked films.

    First to their sum, then to those of the nearest one.
    """
    asked: NDArray[np.int64] | None = None
    column: NDArray[np.intp] | slice = slice(None)
    if movie_index is not None:
        asked, column = np.unique(movie_index, return_inverse=True)
    shared = words.shared(states.liked, asked)
    to_sum = words.to_sum(states.liked)
    has_all = states.left_out == NONE
    if has_all.all():
        total, nearest = _of_all(shared, len(states.liked))
        squares = to_sum.sum(keepdims=True)
    else:
        cosines = shared.cosines(0, len(states.liked))
        total = cosines.sum(axis=0) - np.where(has_all[:, None], 0, cosines[states.left_out])
        nearest = _nearest(cosines.astype(np.float32), states.left_out)
        own = 2 * to_sum - words.squares[states.liked]
        squares = to_sum.sum() - np.where(has_all, 0, own[states.left_out])
    # What is left of a sum of which every part was taken away counts as zero.
    length = np.where(squares > 1e-6, np.sqrt(np.maximum(squares, 0)), np.inf)
    target[0] = (total / length[:, None])[:, column]
    target[1] = nearest[:, column]


def _of_all(shared: SharedTerms, n_liked: int) -> tuple[NDArray[np.float64], Floats]:
    """[1, K] the sum of each film's cosines to the liked ones, and the largest, part by part."""
    total = np.zeros((1, shared.n_films))
    nearest = np.zeros((1, shared.n_films), dtype=np.float32)
    step = max(1, MAX_COSINES // max(1, shared.n_films))
    for start in range(0, n_liked, step):
        cosines = shared.cosines(start, min(start + step, n_liked))
        total += cosines.sum(axis=0)
        nearest = np.maximum(nearest, cosines.max(axis=0).astype(np.float32))
    return total, nearest


def _nearest(cosines: Floats, left_out: NDArray[np.int64]) -> Floats:
    """[B, K] cosine of a film to the nearest of the liked ones, of [L, K]; 0 where there is none.

    Without the nearest the second one counts, so no state needs a search of its own.
    """
    if len(cosines) == 0:
        return np.zeros((1, cosines.shape[1]), dtype=np.float32)
    nearest: Floats = cosines.max(axis=0)
    if (left_out == NONE).all():
        return nearest[None]
    second = np.partition(cosines, -2, axis=0)[-2] if len(cosines) > 1 else np.float32(0)
    return np.where(left_out[:, None] == cosines.argmax(axis=0), second, nearest)


def _states_from(
    sums: dict[str, NDArray[np.float64]],
    liked: NDArray[np.int64],
    left_out: NDArray[np.int64],
    asked_at: NDArray[np.float64],
) -> UserStates:
    count, stars = sums["stars"].T
    mean_stars = stars / np.maximum(count, 1)
    in_genre = np.maximum(sums["count_in_genre"], 0)
    deviation = (sums["stars_in_genre"] - mean_stars[:, None] * in_genre) / np.sqrt(
        np.maximum(in_genre, 1)
    )
    n_liked, year_sum, year_squares = sums["years"].T
    n_years = np.where(n_liked > 0, n_liked, np.nan)
    year_mean = year_sum / n_years
    variance = np.maximum(year_squares / n_years - year_mean**2, MIN_YEAR_SPREAD**2)
    span = EXPERIENCED_MOVIES - COLD_START_MOVIES
    return UserStates(
        _unit(sums["liked_text"]),
        _unit(sums["disliked_text"]),
        liked,
        left_out,
        _unit(sums["share"]),
        deviation.astype(np.float32),
        year_mean.astype(np.float32),
        np.sqrt(np.nan_to_num(variance, nan=1.0)).astype(np.float32),
        asked_at,
        np.clip((EXPERIENCED_MOVIES - np.round(count)) / span, 0, 1).astype(np.float32),
    )


def _asked_at(
    films: MovieFeatures, timestamps: NDArray[np.int64] | None, n_rated: int, *, without_each: bool
) -> NDArray[np.float64]:
    """Return the latest rating's time, but at most that of the training data.

    Exact where the latest rating is the one left out.
    """
    n_states = n_rated if without_each else 1
    if timestamps is None or len(timestamps) < (2 if without_each else 1):
        return np.full(n_states, films.last_seen)
    latest = np.full(n_states, float(timestamps.max()))
    if without_each:
        last, second = np.argsort(timestamps)[[-1, -2]]
        latest[last] = timestamps[second]
    capped: NDArray[np.float64] = np.minimum(latest, films.last_seen)
    return capped


def _period(films: MovieFeatures, asked_at: NDArray[np.float64]) -> NDArray[np.int64]:
    period = (asked_at - films.trend_start) // films.trend_seconds
    return np.clip(period, 0, len(films.trend) - 1).astype(np.int64)


def _unit(rows: NDArray[np.float64]) -> Floats:
    """Rows of length 1. What is left of a sum of which every part was taken away counts as zero."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(length > 1e-9, length, np.inf)).astype(np.float32)

"""Measures the ranking head's film context from training data."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Catalogue, Ratings
from ml.data.genre_shares import genre_distribution
from ml.serving.features import MovieFeatures, usual_rates
from ml.serving.new_movies import unit_rows
from ml.serving.series import MovieSeries
from ml.serving.taste import TasteShape, TasteTerms, TasteWeights
from ml.serving.tfidf import TfidfTerms, movie_text

TREND_SECONDS = 60 * 86400.0
TREND_MEMORY, RECENT_MEMORY = 12.0, 2.0
"""Periods after which a rating counts 1/e towards the trend, and towards the recent one."""
QUALITY_PRIOR = 5.0
"""Ratings at the overall mean that every film is given."""
TEXT_AXES = 64
MIN_SPREAD = 0.5
"""Standard deviation of log popularity that is assumed at least."""
MIN_COUNTRY_MOVIES, MAX_COUNTRIES = 20, 24
"""A country with fewer movies is no attribute, and no more countries are: each costs memory."""


def movie_features(
    catalogue: Catalogue, text: NDArray[np.float32], words: TfidfTerms, ratings: Ratings
) -> MovieFeatures:
    """Popularity, quality and trends of the training ratings, and the films' content."""
    n_ratings = np.bincount(ratings.movie_index, minlength=len(catalogue)).astype(np.float64)
    stars = np.bincount(ratings.movie_index, ratings.half_stars / 2, minlength=len(catalogue))
    mean = stars.sum() / n_ratings.sum()
    years = catalogue.years.astype(np.float64)
    median_year = np.nanmedian(years) if np.isfinite(years).any() else 2000.0
    start = float(ratings.timestamps.min())
    centre, axes, reduced = reduced_text(text)
    countries = _countries(catalogue, n_ratings.astype(np.float32))
    return MovieFeatures(
        popularity=np.log1p(n_ratings).astype(np.float32),
        quality=((stars + QUALITY_PRIOR * mean) / (n_ratings + QUALITY_PRIOR) - mean).astype(
            np.float32
        ),
        trend=_trend(ratings, start, TREND_MEMORY),
        recent_trend=_trend(ratings, start, RECENT_MEMORY),
        trend_start=start,
        trend_seconds=TREND_SECONDS,
        last_seen=float(ratings.timestamps.max()),
        text=reduced,
        genres=catalogue.genres,
        years=np.where(np.isfinite(years), years, median_year).astype(np.float32),
        countries=countries,
        text_centre=centre,
        text_axes=axes,
        words=words,
        series=MovieSeries.of(catalogue.titles, catalogue.years, n_ratings),
    )


def taste_terms(
    films: MovieFeatures, ratings: Ratings, weights: TasteWeights, shape: TasteShape
) -> TasteTerms:
    """Return everybody's rates of the attributes, popularity and stars in these ratings."""
    counts = np.bincount(ratings.movie_index, minlength=len(films.popularity)).astype(np.float32)
    total = counts.sum()
    known = films.popularity[counts > 0]
    spread = max(float(known.std()), MIN_SPREAD)
    popularity = [known.mean(), spread, films.popularity @ counts / total]
    return TasteTerms(
        weights,
        usual_rates(films.attributes, counts),
        genre_distribution(counts[None], films.genres)[0],
        np.array(popularity, dtype=np.float32),
        np.array([ratings.half_stars.mean() / 2], dtype=np.float32),
        shape,
    )


def country_names(catalogue: Catalogue) -> tuple[str, ...]:
    """Return the countries of the most movies, those that are attributes, in order of name."""
    of_movies = catalogue.credits.get("countries", ())
    n_movies = Counter(name for names in of_movies for name in set(names))
    known = [name for name, n in n_movies.items() if n >= MIN_COUNTRY_MOVIES]
    return tuple(sorted(sorted(known, key=lambda name: (-n_movies[name], name))[:MAX_COUNTRIES]))


def _countries(catalogue: Catalogue, n_ratings: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return [N, C] the movies' countries; a movie of which none is known has the usual ones."""
    names = country_names(catalogue)
    column_of = {name: column for column, name in enumerate(names)}
    countries = np.zeros((len(catalogue), len(names)), dtype=np.float32)
    is_known = np.zeros(len(catalogue), dtype=np.bool_)
    for movie, listed in enumerate(catalogue.credits.get("countries", ())):
        is_known[movie] = bool(listed)
        countries[movie, [column_of[name] for name in listed if name in column_of]] = 1
    countries[~is_known] = usual_rates(countries[is_known], n_ratings[is_known])
    return countries


def movie_terms(catalogue: Catalogue) -> TfidfTerms:
    """Of the titles and descriptions."""
    return TfidfTerms.of(movie_texts(catalogue))


def movie_texts(catalogue: Catalogue) -> list[str]:
    """[N] what the films' words are taken from."""
    return [
        movie_text(title, description)
        for title, description in zip(catalogue.titles, catalogue.descriptions, strict=True)
    ]


def reduced_text(
    text: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Of unit texts [N, D] their centre [D], axes [D, `TEXT_AXES`], and on these [N, `TEXT_AXES`].

    By the last films are compared with one another.
    """
    centre = text.mean(axis=0)
    axes = text_axes(text, TEXT_AXES)
    return centre, axes, unit_rows(unit_rows(text - centre) @ axes)


def text_axes(text: NDArray[np.float32], n_axes: int) -> NDArray[np.float32]:
    """[D, n_axes] the first principal axes of the centred unit embeddings."""
    centred = unit_rows(text - text.mean(axis=0)).astype(np.float64)
    axes = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :n_axes]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    return np.ascontiguousarray(axes, dtype=np.float32)


def _trend(ratings: Ratings, start: float, memory: float) -> NDArray[np.float32]:
    """Return [T, N] log(1 + ratings before each period, each fading with the periods since).

    A row holds nothing of its own period, so that nobody asked within it is told of later ratings.
    """
    period = ((ratings.timestamps - start) // TREND_SECONDS).astype(np.int64)
    fade = np.exp(-1 / memory)
    recent = np.zeros(ratings.n_movies)
    trend = np.empty((int(period.max()) + 1, ratings.n_movies), dtype=np.float32)
    order = np.argsort(period, kind="stable")
    bounds = np.searchsorted(period[order], np.arange(len(trend) + 1))
    for step in range(len(trend)):
        trend[step] = np.log1p(recent)
        seen = ratings.movie_index[order[bounds[step] : bounds[step + 1]]]
        recent = recent * fade + np.bincount(seen, minlength=ratings.n_movies)
    return trend

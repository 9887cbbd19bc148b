"""Measure whether lists follow ratings that have one theme in common.

A theme is a set of movies: of a genre, of a decade or of a country. A made-up visitor rates the
theme's n best-known movies and is recommended ten others from the whole unseen catalogue. Under
the protocol `theme-n` they are given 4.5 stars, and the ten should be of the theme; under
`disliked-n` half a star, and none of the ten should be.

Legend: T themes, N movies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml import metrics
from ml.data.dataset import Catalogue, Ratings
from ml.evaluation.evaluator import Evaluation
from ml.evaluation.listed import top_lists
from ml.evaluation.visitors import visitors
from ml.training.protocol import RankingModel

MINIMUM_MOVIES = 50
"""Of a genre, decade or country with fewer there is no theme."""
MAXIMUM_SHARE = 0.5
"""Nor is there one of a country with more of the movies whose country is known."""
LIKED_HALF_STARS, DISLIKED_HALF_STARS = 9, 1
TWELVE_GENRES = frozenset(
    (
        "Animation",
        "Children",
        "Children's",  # as MovieLens 100K spells it
        "Documentary",
        "Fantasy",
        "Film-Noir",
        "Horror",
        "Musical",
        "Mystery",
        "Romance",
        "Sci-Fi",
        "War",
        "Western",
    )
)
"""Genres that a list of popular movies does not hold anyway."""
THEME_PRECISION = "theme_precision@10"
TWELVE_PRECISION = "theme_precision_12@10"
TOP_SHARE, MEDIAN_RANK = "top50_share", "median_rank"


@dataclass(frozen=True)
class Theme:
    """Movies that have something in common."""

    kind: str
    """`genre`, `decade` or `country`."""
    name: str
    movies: NDArray[np.int64]
    """Positions, the best-known movie first."""


def themes_of(catalogue: Catalogue, train: Ratings) -> list[Theme]:
    """Return the themes of a catalogue, in the order of kinds and names.

    Movies are ordered by their number of training ratings, equal ones by position.
    """
    n_ratings = np.bincount(train.movie_index, minlength=len(catalogue))
    order = np.argsort(-n_ratings, kind="stable")
    return [
        Theme(kind, name, order[is_member[order]])
        for kind, name, is_member in _groups(catalogue)
        if is_member.sum() >= MINIMUM_MOVIES
    ]


def evaluate_themes(
    fitted: RankingModel,
    catalogue: Catalogue,
    train: Ratings,
    n_picks: int,
    seed: int,
    half_stars: int = LIKED_HALF_STARS,
) -> Evaluation:
    """Return what the lists hold for the visitors of all themes, who rate with `half_stars`.

    Metrics by theme: precision by the theme's kind, and for genres the share of the 50 most rated
    movies and the median popularity rank. NaN where a metric is of another kind of theme.
    """
    themes = themes_of(catalogue, train)
    people = visitors(
        [dict.fromkeys(_picks(theme, n_picks), half_stars) for theme in themes], train
    )
    top = top_lists(fitted, people, seed)
    members, seen = (np.zeros((len(themes), len(catalogue)), dtype=np.bool_) for _ in range(2))
    for row, theme in enumerate(themes):
        members[row, theme.movies] = True
        seen[row, _picks(theme, n_picks)] = True
    per_theme = _by_kind(themes, metrics.theme_precision(top, members, seen))
    ranks = metrics.popularity_ranks(np.bincount(train.movie_index, minlength=len(catalogue)))
    is_genre = _is(themes, "genre")
    per_theme[TOP_SHARE] = np.where(is_genre, metrics.top_share(top, ranks), np.nan)
    per_theme[MEDIAN_RANK] = np.where(is_genre, metrics.median_rank(top, ranks), np.nan)
    return Evaluation(np.arange(len(themes)), per_theme, {"themes": float(is_genre.sum())}, top)


def _groups(catalogue: Catalogue) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    for column, name in enumerate(catalogue.genre_names):
        yield "genre", name, catalogue.genres[:, column] > 0
    decades = catalogue.years // 10 * 10
    for decade in np.unique(decades[np.isfinite(decades)]):
        yield "decade", f"{decade:.0f}s", decades == decade
    countries = catalogue.credits.get("countries", ())
    most = MAXIMUM_SHARE * sum(map(bool, countries))
    for country in sorted({name for names in countries for name in names}):
        is_member = np.array([country in names for names in countries], dtype=np.bool_)
        if is_member.sum() <= most:
            yield "country", country, is_member


def _picks(theme: Theme, n_picks: int) -> list[int]:
    picks: list[int] = theme.movies[:n_picks].tolist()
    return picks


def _by_kind(
    themes: Sequence[Theme], precision: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Split one precision per theme into a metric for each kind of theme."""
    is_one_of_twelve = np.array([theme.name in TWELVE_GENRES for theme in themes])
    chosen = {
        THEME_PRECISION: _is(themes, "genre"),
        TWELVE_PRECISION: is_one_of_twelve,
        **{
            f"{kind}_precision@10": _is(themes, kind)
            for kind in dict.fromkeys(theme.kind for theme in themes)
            if kind != "genre"
        },
    }
    return {name: np.where(rows, precision, np.nan) for name, rows in chosen.items() if rows.any()}


def _is(themes: Sequence[Theme], kind: str) -> NDArray[np.bool_]:
    return np.array([theme.kind == kind for theme in themes], dtype=np.bool_)

"""Directors and writers as attribute rows of the linear model."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Catalogue, Ratings
from ml.serving.new_movies import unit_rows

KINDS = ("directors", "writers")
MINIMUM_MOVIES = 2
"""A name of one movie makes no movies resemble each other."""
MAX_NAMES = 300
"""Names of each kind, those whose movies have most ratings. Bounds the time of the fit."""


def people_rows(catalogue: Catalogue, ratings: Ratings) -> NDArray[np.float32]:
    """Return which of the most rated directors and writers made each movie.

    Parameters
    ----------
    catalogue
        N movies, with names or without.
    ratings
        Training ratings, by which the names are ordered.

    Returns
    -------
    numpy.ndarray
        [N, P] the rows of each kind scaled to length 1; P is 0 where no name is known.
    """
    n_ratings = np.bincount(ratings.movie_index, minlength=len(catalogue))
    parts = [
        _kind_rows(catalogue.credits[kind], n_ratings)
        for kind in KINDS
        if kind in catalogue.credits
    ]
    return np.hstack([np.zeros((len(catalogue), 0), dtype=np.float32), *parts])


def _kind_rows(
    listed: tuple[tuple[str, ...], ...], n_ratings: NDArray[np.int64]
) -> NDArray[np.float32]:
    n_movies: Counter[str] = Counter()
    weight: Counter[str] = Counter()
    for names, n in zip(listed, n_ratings.tolist(), strict=True):
        n_movies.update(names)
        weight.update(dict.fromkeys(names, n))
    repeated = [name for name, n in n_movies.items() if n >= MINIMUM_MOVIES]
    chosen = sorted(repeated, key=lambda name: (-weight[name], name))[:MAX_NAMES]
    column = {name: position for position, name in enumerate(chosen)}
    rows = np.zeros((len(listed), len(chosen)), dtype=np.float32)
    for movie, names in enumerate(listed):
        rows[movie, [column[name] for name in names if name in column]] = 1
    return unit_rows(rows)

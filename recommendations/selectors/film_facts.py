"""Years and genres of the served model's films as arrays, so that a filter is a mask.

Each process reads the catalogue when it meets a model, and again after ``MAX_AGE_SECONDS``: a film
whose genres an editor changes is filtered by the new ones no later than that.
"""

import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import positions
from ml.serving.model import ServedModel
from movies.models import Genre, Movie

MAX_AGE_SECONDS = 60.0


@dataclass(frozen=True)
class FilmFacts:
    """What the catalogue says of the model's films. N films, in the order of its ``movie_ids``."""

    years: NDArray[np.float32]
    """[N], NaN where unknown."""
    genres: dict[str, NDArray[np.bool_]]
    """Name -> [N] whether the film has the genre."""
    n_ratings: NDArray[np.int64]
    """[N] how many people rated the film."""
    is_there: NDArray[np.bool_]
    """[N] false for films that left the catalogue since the training."""

    def of_genres(self, names: Collection[str]) -> NDArray[np.bool_]:
        """[N] whether the film has at least one of these genres."""
        has_one = np.zeros(len(self.years), dtype=np.bool_)
        for name in names:
            if name in self.genres:
                has_one |= self.genres[name]
        return has_one

    def between(self, first: int | None, last: int | None) -> NDArray[np.bool_]:
        """[N] whether the film is of these years, both included; an unknown year is of none."""
        return (self.years >= (-np.inf if first is None else first)) & (
            self.years <= (np.inf if last is None else last)
        )


_lock = threading.Lock()
_kept: WeakKeyDictionary[ServedModel, tuple[float, FilmFacts]] = WeakKeyDictionary()
"""Of each model that this process serves: when they were read, and the facts."""


def film_facts(model: ServedModel) -> FilmFacts:
    """Return the facts of this model's films.

    No query while they are fresh, else two.
    """
    with _lock:
        now = time.monotonic()
        read_at, facts = _kept.get(model, (0.0, None))
        if facts is None or now - read_at > MAX_AGE_SECONDS:
            facts = _read(model.movie_ids)
            _kept[model] = (now, facts)
        return facts


def _read(movie_ids: NDArray[np.int64]) -> FilmFacts:
    n_movies = len(movie_ids)
    years = np.full(n_movies, np.nan, dtype=np.float32)
    n_ratings = np.zeros(n_movies, dtype=np.int64)
    is_there = np.zeros(n_movies, dtype=np.bool_)
    rows = list(Movie.objects.order_by().values_list("id", "year", "n_ratings"))
    place = positions(movie_ids, np.array([row[0] for row in rows], dtype=np.int64))
    for index, (_id, year, count) in zip(place, rows, strict=True):
        if index >= 0:
            is_there[index] = True
            n_ratings[index] = count
            years[index] = np.nan if year is None else year
    return FilmFacts(years, _genres(movie_ids), n_ratings, is_there)


def _genres(movie_ids: NDArray[np.int64]) -> dict[str, NDArray[np.bool_]]:
    pairs = Genre.objects.order_by("name").values_list("name", "movies__id")
    members: dict[str, list[int]] = {}
    for name, movie_id in pairs:
        members.setdefault(name, []).append(movie_id or 0)
    return {
        name: np.isin(movie_ids, np.array(ids, dtype=np.int64)) for name, ids in members.items()
    }

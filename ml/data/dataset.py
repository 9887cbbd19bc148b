"""Films, people and ratings as arrays; positions are `*_index`, the caller's ids `*_ids`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

NO_GENRE = frozenset({"(no genres listed)", "unknown", ""})
"""What the editions of MovieLens write where a film has no genre. None of them is a genre."""
END_OF_TIME = 2**33
"""Seconds since 1970, in 2242. Later ones are milliseconds or rubbish; what is measured period by
period would grow with them until no memory is left."""


class DataError(ValueError):
    """The data cannot be used; the message says what is wrong and where, in one line."""


class BadRatingError(DataError):
    """One rating cannot be used."""

    def __init__(self, row: int, reason: str) -> None:
        """`row` of the rating as it was given, from 0; `reason` goes on from "the rating"."""
        super().__init__(f"rating {row + 1} {reason}")
        self.row = row
        self.reason = reason


CREDITS = ("directors", "writers", "cast", "countries")
"""Kinds of names that a catalogue may list for its movies."""


@dataclass(frozen=True)
class Catalogue:
    """N films and G genres, sorted by id and by name."""

    movie_ids: NDArray[np.int64]
    titles: tuple[str, ...]
    """Without the year."""
    years: NDArray[np.float32]
    """NaN where unknown."""
    genre_names: tuple[str, ...]
    genres: NDArray[np.float32]
    """[N, G], 1 where the film has the genre, else 0."""
    descriptions: tuple[str, ...]
    """Plot texts, "" where there is none."""
    credits: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    """[N] names per movie by kind, one of `CREDITS`; a kind that nothing is known of is missing."""

    @classmethod
    def build(
        cls,
        movie_ids: Sequence[int] | NDArray[np.int64],
        titles: Sequence[str],
        years: Sequence[float] | NDArray[np.float32],
        genres: Sequence[Sequence[str]],
        descriptions: Sequence[str] | None = None,
        credits: Mapping[str, Sequence[Sequence[str]]] | None = None,  # noqa: A002 - the film term
    ) -> Catalogue:
        """Sort the films by id and spread their genres over a matrix.

        Raises
        ------
        DataError
            No film, a negative or repeated id.

        """
        ids = np.asarray(movie_ids, dtype=np.int64)
        if len(ids) == 0:
            raise DataError("there are no films")
        if ids.min() < 0:
            raise DataError(f"film id {ids.min()} is negative")
        order = np.argsort(ids, kind="stable")
        repeated = ids[order][1:][np.diff(ids[order]) == 0]
        if len(repeated):
            raise DataError(f"film id {repeated[0]} occurs twice")
        names = tuple(sorted({name for listed in genres for name in listed} - NO_GENRE))
        texts = [""] * len(ids) if descriptions is None else descriptions
        return cls(
            ids[order],
            tuple(titles[position] for position in order),
            np.asarray(years, dtype=np.float32)[order],
            names,
            _genre_matrix([genres[position] for position in order], names),
            tuple(texts[position] for position in order),
            {
                kind: tuple(tuple(listed[position]) for position in order)
                for kind, listed in (credits or {}).items()
                if any(listed)
            },
        )

    def __len__(self) -> int:
        return len(self.movie_ids)

    def index_of(self, movie_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Positions of these ids in the catalogue; -1 where an id is unknown."""
        return positions(self.movie_ids, movie_ids)

    def take(self, movie_index: NDArray[np.int64]) -> Catalogue:
        """Return the films at these increasing positions, with the same genres."""
        return replace(
            self,
            movie_ids=self.movie_ids[movie_index],
            titles=tuple(self.titles[position] for position in movie_index),
            years=self.years[movie_index],
            genres=self.genres[movie_index],
            descriptions=tuple(self.descriptions[position] for position in movie_index),
            credits={
                kind: tuple(listed[position] for position in movie_index)
                for kind, listed in self.credits.items()
            },
        )


@dataclass(frozen=True)
class Ratings:
    """R ratings of U people on N films, sorted by user, then film; one per pair."""

    user_ids: NDArray[np.int64]
    """[U], sorted. A user without a rating may be here, as after a split."""
    n_movies: int
    user_index: NDArray[np.int32]
    movie_index: NDArray[np.int32]
    half_stars: NDArray[np.int8]
    """1 to 10."""
    timestamps: NDArray[np.int64]
    """Seconds since 1970."""

    def __len__(self) -> int:
        return len(self.user_index)

    @property
    def n_users(self) -> int:
        """U, those without a rating included."""
        return len(self.user_ids)

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """[U + 1]: user u's ratings are rows offsets[u] to offsets[u + 1]."""
        counts = np.bincount(self.user_index, minlength=self.n_users)
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Ratings:
        """Return the chosen rows, of the same users and films.

        Row numbers must increase.
        """
        return replace(
            self,
            user_index=self.user_index[rows],
            movie_index=self.movie_index[rows],
            half_stars=self.half_stars[rows],
            timestamps=self.timestamps[rows],
        )


@dataclass(frozen=True)
class Dataset:
    """A catalogue and the ratings on it."""

    catalogue: Catalogue
    ratings: Ratings

    @classmethod
    def build(
        cls,
        catalogue: Catalogue,
        user_ids: NDArray[np.int64],
        movie_ids: NDArray[np.int64],
        half_stars: NDArray[np.int64] | NDArray[np.int8],
        timestamps: NDArray[np.int64],
    ) -> Dataset:
        """Index and order the ratings. Of several ratings by one user on one film the latest stays.

        Raises
        ------
        DataError
            No rating.
        BadRatingError
            A negative user id, stars or a time out of range, an unknown film.

        """
        if len(user_ids) == 0:
            raise DataError("there are no ratings")
        movie_index = catalogue.index_of(movie_ids)
        refuse(user_ids < 0, lambda row: f"is of user {user_ids[row]}, a negative id")
        refuse(
            (half_stars < 1) | (half_stars > 10),
            lambda row: f"is {half_stars[row] / 2:g}, not 0.5 to 5",
        )
        refuse(movie_index < 0, lambda row: f"is of film {movie_ids[row]}, which is not listed")
        refuse(
            (timestamps < 0) | (timestamps >= END_OF_TIME),
            lambda row: f"is of {timestamps[row]}, which is no time in seconds since 1970",
        )
        people, user_index = _numbered(user_ids)
        kept = _latest_of_each_pair(user_index, movie_index, timestamps)
        ratings = Ratings(
            people.astype(np.int64),
            len(catalogue),
            user_index[kept].astype(np.int32),
            movie_index[kept].astype(np.int32),
            half_stars[kept].astype(np.int8),
            timestamps[kept].astype(np.int64),
        )
        return cls(catalogue, ratings)

    def rated_movies_only(self) -> Dataset:
        """Return the same ratings on the catalogue without the films that nobody rated."""
        seen = np.bincount(self.ratings.movie_index, minlength=len(self.catalogue)) > 0
        new_index = np.cumsum(seen) - 1
        ratings = replace(
            self.ratings,
            n_movies=int(seen.sum()),
            movie_index=new_index[self.ratings.movie_index].astype(np.int32),
        )
        return Dataset(self.catalogue.take(np.flatnonzero(seen)), ratings)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of everything that training can see."""
        digest = hashlib.sha256()
        films, ratings = self.catalogue, self.ratings
        arrays: tuple[NDArray[Any], ...] = (
            films.movie_ids,
            films.years,
            films.genres,
            ratings.user_ids,
            ratings.user_index,
            ratings.movie_index,
            ratings.half_stars,
            ratings.timestamps,
        )
        for array in arrays:
            digest.update(np.ascontiguousarray(array).tobytes())
        for texts in (films.titles, films.genre_names, films.descriptions):
            digest.update("\x1f".join(texts).encode())
        for kind, listed in sorted(films.credits.items()):
            digest.update(kind.encode())
            digest.update("\x1e".join("\x1f".join(names) for names in listed).encode())
        return digest.hexdigest()


def positions(sorted_ids: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each wanted id stands in the sorted ids; -1 where it does not.

    >>> positions(np.array([2, 5, 9]), np.array([9, 3, 2])).tolist()
    [2, -1, 0]
    """
    if len(sorted_ids) == 0:
        return np.full(len(wanted), -1, dtype=np.int64)
    found = np.minimum(np.searchsorted(sorted_ids, wanted), len(sorted_ids) - 1)
    return np.where(sorted_ids[found] == wanted, found, -1).astype(np.int64)


def refuse(wrong: NDArray[np.bool_], why: Callable[[int], str]) -> None:
    """Name the first wrong rating, if there is any, with the reason."""
    if wrong.any():
        row = int(wrong.argmax())
        raise BadRatingError(row, why(row))


def _genre_matrix(genres: Sequence[Sequence[str]], names: tuple[str, ...]) -> NDArray[np.float32]:
    column = {name: position for position, name in enumerate(names)}
    matrix = np.zeros((len(genres), len(names)), dtype=np.float32)
    for row, listed in enumerate(genres):
        for name in listed:
            if name in column:
                matrix[row, column[name]] = 1.0
    return matrix


def _numbered(ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct ids, sorted, and the place of each given id among them."""
    step = np.diff(ids)
    if (step >= 0).all():  # as MovieLens comes: no need to sort tens of millions
        return ids[np.append(True, step > 0)], np.cumsum(np.append(0, step > 0))
    return np.unique(ids, return_inverse=True)


def _latest_of_each_pair(
    user_index: NDArray[np.int64],
    movie_index: NDArray[np.int64],
    timestamps: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Rows to keep, in the order of users and films."""
    to_next = np.diff(user_index)
    if ((to_next > 0) | ((to_next == 0) & (np.diff(movie_index) > 0))).all():
        return np.arange(len(user_index))
    order = np.lexsort((timestamps, movie_index, user_index))
    user, movie = user_index[order], movie_index[order]
    is_last = np.ones(len(order), dtype=bool)
    is_last[:-1] = (np.diff(user) != 0) | (np.diff(movie) != 0)
    return order[is_last]

"""Films as a list of other programs shows them, kept by each process while they do not change.

A film is asked for far more often than it changes, and reading ten with their genres costs a
request as much as ranking nine thousand.
"""

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from movies.catalogue_state import catalogue_state
from movies.models import Movie
from movies.selectors.movies import movies_by_id

MAX_AGE_SECONDS: Final = 60.0
"""After which films are read anew that SQL may have changed behind Django's back."""
MAX_KEPT: Final = 10_000


@dataclass(frozen=True)
class MovieBrief:
    """What `MovieBriefSerializer` shows of a film. Nothing in it changes when somebody rates."""

    id: int
    title: str
    year: int | None
    genres: tuple[str, ...]
    poster_url: str
    """Without a host."""
    movielens_id: int | None
    imdb_id: str
    tmdb_id: int | None


@dataclass(frozen=True)
class _Kept:
    state: str
    """Of the catalogue, when the first of these films was read."""
    began_at: float
    films: dict[int, MovieBrief] = field(default_factory=dict)


_kept = _Kept("", 0.0)


def movies_brief(movie_ids: Collection[int], state: str | None = None) -> dict[int, MovieBrief]:
    """Return films by their id, without unknown ids.

    Parameters
    ----------
    movie_ids
        Ids of the films.
    state
        The catalogue's state, if the caller has read it already; else it is read here.

    Cost: no query for films that this process knows, two for the others; without ``state`` a round
    trip to the cache.

    """
    global _kept  # noqa: PLW0603 (one per process is the point)
    state, now, kept = state or catalogue_state(), time.monotonic(), _kept
    is_old = kept.state != state or now - kept.began_at > MAX_AGE_SECONDS
    if is_old or len(kept.films) > MAX_KEPT:
        kept = _kept = _Kept(state, now)
    if missing := [movie_id for movie_id in movie_ids if movie_id not in kept.films]:
        found = movies_by_id(missing)
        kept.films.update((movie_id, brief_of(movie)) for movie_id, movie in found.items())
    return {movie_id: kept.films[movie_id] for movie_id in movie_ids if movie_id in kept.films}


def brief_of(movie: Movie) -> MovieBrief:
    """Return the brief form of a film whose genres have been read."""
    genres = tuple(genre.name for genre in movie.genres.all())
    ids = (movie.movielens_id, movie.imdb_id, movie.tmdb_id)
    return MovieBrief(movie.pk, movie.title, movie.year, genres, movie.poster_url, *ids)

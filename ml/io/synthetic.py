"""Ratings of MovieLens' shape and of any size, with tastes planted in them.

Films fall into taste groups, each with genres of its own; people love one or two groups, rate
mostly within them and rate those higher. Popularity of films and activity of people have long
tails, as in MovieLens. People are drawn in shards of fixed size, each from a generator of its own,
so that memory is bounded by a shard, and a shard is the same whatever else is read.

`python -m ml.io.synthetic` writes the inputs of a workspace, which the pipeline's stages read.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ml.data.dataset import Catalogue, Dataset
from ml.io.workspace import MOVIES_FILE, RATINGS_FILE

GENRES = tuple(
    "Action Adventure Animation Children Comedy Crime Documentary Drama Fantasy Film-Noir Horror "  # noqa: SIM905
    "Musical Mystery Romance Sci-Fi Thriller War Western".split()
)
FIRST_SECOND, SECONDS_OF_RATING = 789_652_009, 800_000_000
"""MovieLens begins in 1995; ratings start within the 25 years that follow."""
RATING_SCHEMA = pa.schema(
    [
        ("userid", pa.int64()),
        ("movieid", pa.int64()),
        ("half_stars", pa.int8()),
        ("timestamp", pa.int64()),
    ]
)


@dataclass(frozen=True)
class World:
    """What is generated.

    Raises
    ------
    ValueError
        A size that is not positive, or more ratings asked than people can give.

    """

    n_users: int = 1_000
    n_movies: int = 2_000
    n_ratings: int = 100_000
    """Aimed at; up to a tenth fewer come out, where people run out of films that they love."""
    n_groups: int = 20
    seed: int = 0
    users_per_shard: int = 5_000
    popularity_exponent: float = 1.1
    """Of the films' power law: rank r is rated in proportion to (r + 10) ** -exponent."""
    activity_deviation: float = 1.1
    """Of the logarithm of how many films a person rates."""
    loyalty: float = 0.75
    """Share of a person's ratings that falls on groups they love."""

    def __post_init__(self) -> None:
        for name in ("n_users", "n_movies", "n_ratings", "n_groups", "users_per_shard"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")
        if self.n_ratings > self.n_users * self.n_movies // 4:
            raise ValueError("n_ratings must not fill more than a quarter of users x films")

    @property
    def n_shards(self) -> int:
        """Return the number of shards of people."""
        return -(-self.n_users // self.users_per_shard)

    @cached_property
    def film_group(self) -> NDArray[np.int64]:
        """[N] the taste group of each film."""
        return self._rng(0).integers(self.n_groups, size=self.n_movies)

    @cached_property
    def user_groups(self) -> NDArray[np.int64]:
        """[U, 2] the groups each person loves, the same twice for a narrow taste."""
        return self._rng(1).integers(self.n_groups, size=(self.n_users, 2))

    @cached_property
    def popularity(self) -> NDArray[np.float64]:
        """[N] relative; the order of ids says nothing of it."""
        rank = self._rng(2).permutation(self.n_movies)
        return np.asarray((rank + 10.0) ** -self.popularity_exponent, dtype=np.float64)

    def catalogue(self) -> Catalogue:
        """Films with one to three genres: one or two of their group, sometimes one of their own."""
        rng = self._rng(3)
        of_group = np.stack([rng.permutation(len(GENRES))[:2] for _ in range(self.n_groups)])
        own = rng.integers(len(GENRES), size=self.n_movies)
        has_own, has_second = rng.random((2, self.n_movies)) < [[0.3], [0.6]]
        genres = [
            sorted(
                {
                    GENRES[of_group[group][0]],
                    *([GENRES[of_group[group][1]]] if second else []),
                    *([GENRES[own[film]]] if also else []),
                }
            )
            for film, (group, second, also) in enumerate(
                zip(self.film_group, has_second, has_own, strict=True)
            )
        ]
        ids = np.arange(1, self.n_movies + 1)
        years = rng.integers(1930, 2020, self.n_movies).astype(np.float32)
        return Catalogue.build(ids, [f"Film {film}" for film in ids], years, genres)

    def shards(self) -> Iterator[pa.Table]:
        """Ratings of `users_per_shard` people at a time, as columns of `RATING_SCHEMA`."""
        for shard in range(self.n_shards):
            yield self._shard(shard)

    def dataset(self) -> Dataset:
        """All of it in memory."""
        table = pa.concat_tables(self.shards())
        column = {name: table.column(name).to_numpy() for name in RATING_SCHEMA.names}
        return Dataset.build(self.catalogue(), *column.values())

    def write(self, directory: Path) -> int:
        """Write `ratings.parquet`, shard by shard, and `movies.parquet`: a workspace's inputs.

        Returns the number of ratings.
        """
        directory.mkdir(parents=True, exist_ok=True)
        films = self.catalogue()
        names = np.array(films.genre_names)
        listed = [names[np.flatnonzero(row)].tolist() for row in films.genres]
        movies = {
            "movieid": films.movie_ids,
            "title": list(films.titles),
            "year": films.years,
            "genres": pa.array(listed, pa.list_(pa.string())),
            "description": list(films.descriptions),
        }
        pq.write_table(pa.table(movies), directory / MOVIES_FILE)
        n_ratings = 0
        with pq.ParquetWriter(directory / RATINGS_FILE, RATING_SCHEMA) as writer:
            for table in self.shards():
                writer.write_table(table)
                n_ratings += len(table)
        return n_ratings

    def _rng(self, *stream: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, *stream])

    @cached_property
    def _chances(self) -> tuple[list[NDArray[np.int64]], list[NDArray[np.float64]]]:
        """For each group, then for the whole catalogue: films and their cumulative chances."""
        parts = [np.flatnonzero(self.film_group == group) for group in range(self.n_groups)]
        films = [part if len(part) else np.arange(self.n_movies) for part in parts]
        films.append(np.arange(self.n_movies))
        chances = [np.cumsum(self.popularity[part]) for part in films]
        return films, [chance / chance[-1] for chance in chances]

    @cached_property
    def _quality(self) -> NDArray[np.float64]:
        return self._rng(4).normal(0, 0.4, self.n_movies)

    def _shard(self, shard: int) -> pa.Table:
        rng = self._rng(5, shard)
        start = shard * self.users_per_shard
        people = np.arange(start, min(start + self.users_per_shard, self.n_users))
        mean = self.n_ratings / self.n_users
        spread = self.activity_deviation
        counts = mean * np.exp(rng.normal(-(spread**2) / 2, spread, len(people)))
        counts = np.clip(counts, min(20, mean), self.n_movies / 8).round().astype(np.int64)
        counts = np.maximum((counts * mean / counts.mean()).round().astype(np.int64), 1)
        user, film = self._distinct_films(people, counts, rng)
        return pa.table(
            {
                "userid": user + 1,
                "movieid": film + 1,
                "half_stars": self._half_stars(user, film, rng),
                "timestamp": self._timestamps(people, user, rng),
            },
            schema=RATING_SCHEMA,
        )

    def _distinct_films(
        self, people: NDArray[np.int64], counts: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Draw with repetition, drop what repeats, and draw the missing again, three times."""
        keys = np.zeros(0, dtype=np.int64)
        missing = counts
        for _ in range(4):
            user = np.repeat(people, missing)
            keys = np.unique(np.concatenate([keys, user * self.n_movies + self._draw(user, rng)]))
            had = np.bincount(keys // self.n_movies - people[0], minlength=len(people))
            missing = np.maximum(counts - had, 0)
        return keys // self.n_movies, keys % self.n_movies

    def _draw(self, user: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        films, chances = self._chances
        side = rng.integers(2, size=len(user))
        group = self.user_groups[user, side]
        group[rng.random(len(user)) >= self.loyalty] = self.n_groups
        drawn = np.empty(len(user), dtype=np.int64)
        for place, (members, chance) in enumerate(zip(films, chances, strict=True)):
            rows = np.flatnonzero(group == place)
            drawn[rows] = members[np.searchsorted(chance, rng.random(len(rows)))]
        return drawn

    def _half_stars(
        self, user: NDArray[np.int64], film: NDArray[np.int64], rng: np.random.Generator
    ) -> NDArray[np.int8]:
        loved = (self.user_groups[user] == self.film_group[film][:, None]).any(axis=1)
        stars = 3.0 + self._quality[film] + np.where(loved, 0.9, -0.4)
        stars = stars + rng.normal(0, 0.7, len(film))
        return np.clip((2 * stars).round(), 1, 10).astype(np.int8)

    def _timestamps(
        self, people: NDArray[np.int64], user: NDArray[np.int64], rng: np.random.Generator
    ) -> NDArray[np.int64]:
        """People rate within a month of their arrival."""
        arrival = FIRST_SECOND + rng.integers(SECONDS_OF_RATING, size=len(people))
        times: NDArray[np.int64] = arrival[user - people[0]]
        return times + rng.integers(30 * 86_400, size=len(user))


def main() -> None:
    """Write a data set."""
    parser = argparse.ArgumentParser(prog="python -m ml.io.synthetic", description=main.__doc__)
    parser.add_argument("--out", type=Path, required=True)
    for name in ("n_users", "n_movies", "n_ratings", "n_groups", "seed"):
        default = getattr(World, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=default)
    options = vars(parser.parse_args())
    out = options.pop("out")
    World(**options).write(out)


if __name__ == "__main__":
    main()

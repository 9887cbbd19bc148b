"""Files of a pipeline's workspace: what goes in, what each stage leaves, written atomically.

Parquet and safetensors files hold no times and no paths, so equal content is equal bytes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ml.data.dataset import CREDITS, Catalogue, DataError, Dataset, positions
from ml.data.genres import GenreAffinities, GenreInteractions
from ml.data.sampling import UNRATED, Interactions
from ml.io.files import write_atomically

RATINGS_FILE = "ratings.parquet"
MOVIES_FILE = "movies.parquet"
INTERACTIONS_FILE = "interactions.parquet"
GENRE_INTERACTIONS_FILE = "genre_interactions.parquet"
AFFINITIES_FILE = "user_genre_similarity.parquet"
GENRE_SIMILARITY_FILE = "genre_similarity.csv"
NO_FILM = -1


def write_inputs(workspace: Path, dataset: Dataset) -> None:
    """Put a data set where the stages read it."""
    films, ratings = dataset.catalogue, dataset.ratings
    names = np.array(films.genre_names, dtype=object)
    write_table(
        workspace / MOVIES_FILE,
        {
            "movieid": films.movie_ids,
            "title": pa.array(films.titles, pa.string()),
            "year": films.years,
            "genres": pa.array(
                [names[np.flatnonzero(row)].tolist() for row in films.genres],
                pa.list_(pa.string()),
            ),
            "description": pa.array(films.descriptions, pa.string()),
            **{
                kind: pa.array([list(names) for names in listed], pa.list_(pa.string()))
                for kind, listed in films.credits.items()
            },
        },
    )
    write_table(
        workspace / RATINGS_FILE,
        {
            "userid": ratings.user_ids[ratings.user_index],
            "movieid": films.movie_ids[ratings.movie_index],
            "half_stars": ratings.half_stars,
            "timestamp": ratings.timestamps,
        },
    )


def read_inputs(workspace: Path, *, users: tuple[int, int] | None = None) -> Dataset:
    """Read them back; of the ratings, those of the ids from the first to before the second.

    Raises
    ------
    DataError
        A file is missing or damaged, or its content cannot be used.

    """
    movies = read_table(workspace / MOVIES_FILE)
    span = None if users is None else [("userid", ">=", users[0]), ("userid", "<", users[1])]
    ratings = read_table(workspace / RATINGS_FILE, span)
    catalogue = Catalogue.build(
        column(movies, "movieid"),
        movies.column("title").to_pylist(),
        column(movies, "year"),
        movies.column("genres").to_pylist(),
        movies.column("description").to_pylist(),
        {kind: movies.column(kind).to_pylist() for kind in CREDITS if kind in movies.column_names},
    )
    return Dataset.build(
        catalogue,
        column(ratings, "userid"),
        column(ratings, "movieid"),
        column(ratings, "half_stars"),
        column(ratings, "timestamp"),
    )


def write_interactions(workspace: Path, dataset: Dataset, interactions: Interactions) -> None:
    """`index, userid, movieid, interaction, rating`: each positive, then its negatives.

    The rating (stars) of a film that the user never rated is null.
    """
    films = np.column_stack([interactions.positive_index, interactions.negative_index])
    stars = np.column_stack([interactions.positive_half_stars, interactions.negative_half_stars])
    present = films != NO_FILM
    n_each = present.sum(axis=1)
    ratings = stars[present]
    is_positive = np.zeros(films.shape, dtype=np.int8)
    is_positive[:, 0] = 1
    users = dataset.ratings.user_ids[interactions.user_index]
    write_table(
        workspace / INTERACTIONS_FILE,
        {
            "index": np.arange(len(ratings), dtype=np.int64),
            "userid": np.repeat(users, n_each),
            "movieid": dataset.catalogue.movie_ids[films[present]],
            "interaction": is_positive[present],
            "rating": pa.array(ratings / np.float32(2), mask=ratings == UNRATED),
        },
    )


def read_interactions(workspace: Path, dataset: Dataset, n_negatives: int) -> Interactions:
    """Return the sampled interactions, as the training reads them.

    Raises
    ------
    DataError
        The file is missing, damaged, or does not fit the inputs.

    """
    table = read_table(workspace / INTERACTIONS_FILE)
    user = _known(dataset.ratings.user_ids, column(table, "userid"))
    film = _known(dataset.catalogue.movie_ids, column(table, "movieid"))
    stars = table.column("rating").fill_null(0).to_numpy().astype(np.float32)
    half_stars = (stars * 2).astype(np.int8)
    starts = np.flatnonzero(column(table, "interaction") == 1)
    place = np.arange(len(film)) - np.repeat(starts, np.diff(np.append(starts, len(film))))
    positive = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(film))))
    films = np.full((len(starts), n_negatives + 1), NO_FILM, dtype=np.int32)
    ratings = np.full(films.shape, UNRATED, dtype=np.int8)
    films[positive, place] = film
    ratings[positive, place] = half_stars
    return Interactions(
        user[starts].astype(np.int32), films[:, 0], ratings[:, 0], films[:, 1:], ratings[:, 1:]
    )


def write_genre_interactions(workspace: Path, dataset: Dataset, mined: GenreInteractions) -> None:
    """`userid, movieid, interaction, genre, movie title`: each positive, then its negatives."""
    films = np.column_stack([mined.positive_index, mined.negative_index])
    genres = np.column_stack([mined.positive_genre, mined.negative_genre])
    present = films != NO_FILM
    is_positive = np.zeros(films.shape, dtype=np.int8)
    is_positive[:, 0] = 1
    titles = np.array(dataset.catalogue.titles, dtype=object)
    names = np.array(dataset.catalogue.genre_names, dtype=object)
    users = dataset.ratings.user_ids[mined.user_index]
    write_table(
        workspace / GENRE_INTERACTIONS_FILE,
        {
            "userid": np.repeat(users, present.sum(axis=1)),
            "movieid": dataset.catalogue.movie_ids[films[present]],
            "interaction": is_positive[present],
            "genre": pa.array(names[genres[present]], pa.string()),
            "movie title": pa.array(titles[films[present]], pa.string()),
        },
    )


def write_vectors(path: Path, name: str, ids: Any, vectors: NDArray[np.float32]) -> None:
    """Write an id column and a fixed-size `embedding` column, without rows of unknown vectors."""
    known = np.flatnonzero(~np.isnan(vectors).any(axis=1))
    flat = pa.array(np.ascontiguousarray(vectors[known]).ravel())
    write_table(
        path,
        {
            name: [ids[row] for row in known] if isinstance(ids, tuple) else ids[known],
            "embedding": pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1]),
        },
    )


def read_vectors(path: Path) -> NDArray[np.float32]:
    """[rows, D] the vectors of such a file. Raises `DataError`."""
    embedding = read_table(path).column("embedding").combine_chunks()
    width = embedding.type.list_size
    vectors: NDArray[np.float32] = embedding.flatten().to_numpy().reshape(-1, width)
    return vectors


def write_affinities(path: Path, dataset: Dataset, affinities: GenreAffinities) -> None:
    """`userid, genre, similarity, median, label, interacted, liked`: a row per user and genre."""
    n_users, n_genres = affinities.similarity.shape
    names = np.array(dataset.catalogue.genre_names, dtype=object)
    write_table(
        path,
        {
            "userid": np.repeat(dataset.ratings.user_ids, n_genres),
            "genre": pa.array(np.tile(names, n_users), pa.string()),
            "similarity": affinities.similarity.ravel(),
            "median": np.repeat(affinities.median, n_genres),
            "label": affinities.label.ravel(),
            "interacted": affinities.interacted.ravel(),
            "liked": affinities.liked.ravel(),
        },
    )


def write_genre_similarity(
    workspace: Path, names: tuple[str, ...], similarity: NDArray[np.float32]
) -> None:
    """Write the G x G matrix with the genres' names above and at the left."""
    table = pa.table(
        {"genre": pa.array(names, pa.string())}
        | {name: similarity[:, place] for place, name in enumerate(names)}
    )
    buffer = io.BytesIO()
    pacsv.write_csv(table, buffer)
    write_atomically(workspace / GENRE_SIMILARITY_FILE, buffer.getvalue())


def write_table(path: Path, columns: Mapping[str, Any]) -> None:
    """Write a Parquet file atomically."""
    buffer = io.BytesIO()
    pq.write_table(pa.table(dict(columns)), buffer)
    write_atomically(path, buffer.getvalue())


def read_table(path: Path, rows: list[tuple[str, str, int]] | None = None) -> pa.Table:
    """Read a Parquet file, or of it the rows that meet the conditions (`pyarrow`'s filters).

    Raises
    ------
    DataError
        It is missing or damaged.

    """
    try:
        return pq.read_table(path, filters=rows)
    except (OSError, pa.ArrowInvalid) as error:
        reason = " ".join(str(error).split())
        raise DataError(f"{path.name} cannot be read: {reason}") from error


def column(table: pa.Table, name: str) -> NDArray[Any]:
    """Return a column without nulls as an array.

    Raises `DataError` where it is missing.
    """
    if name not in table.column_names:
        raise DataError(f"there is no column {name}")
    values: NDArray[Any] = table.column(name).to_numpy()
    return values


def _known(ids: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    places = positions(ids, wanted)
    if (places < 0).any():
        raise DataError("the sampled interactions are of other inputs: run the stage sample again")
    return places

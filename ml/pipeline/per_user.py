"""What the pipeline makes of each user alone, so that any range of users can be made anywhere.

A user's vector and genre affinities depend on their own ratings and on all films, never on other
users: ranges made by many workers are, joined, the same bytes as all users made at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ml.data.dataset import Dataset
from ml.data.genres import genre_affinities, genre_vectors, user_vectors
from ml.io import workspace as files

LAST_ID = np.iinfo(np.int64).max
USER_EMBEDDINGS_FILE = "user_embeddings.parquet"


@dataclass(frozen=True)
class UserRange:
    """A range of consecutive user ids."""

    first_id: int
    end_id: int
    """The id after the last one."""
    n_users: int
    """Users with ratings among them."""


def user_ranges(workspace: Path, users_per_range: int) -> list[UserRange]:
    """Ranges of so many users each, the last one smaller, that cover every id there can be.

    Raises
    ------
    ValueError
        No users per range.

    """
    if users_per_range < 1:
        raise ValueError("a range has at least one user")
    ids = np.empty(0, dtype=np.int64)
    for batch in pq.ParquetFile(workspace / files.RATINGS_FILE).iter_batches(columns=["userid"]):
        ids = np.union1d(ids, batch.column(0).to_numpy())
    starts = ids[::users_per_range]
    bounds = [0, *(int(start) for start in starts[1:]), LAST_ID]
    sizes = np.diff([*range(0, len(ids), users_per_range), len(ids)])
    return [
        UserRange(first, end, int(n_users))
        for first, end, n_users in zip(bounds[:-1], bounds[1:], sizes, strict=True)
    ]


def write_users(stage: str, workspace: Path, path: Path, users: UserRange | None = None) -> None:
    """Write what the stage makes of these users, or of all, to a file of the published form.

    Raises
    ------
    DataError
        The stage's inputs are missing or damaged.

    """
    span = None if users is None else (users.first_id, users.end_id)
    _WRITERS[stage](workspace, files.read_inputs(workspace, users=span), path)


def join(paths: Sequence[Path], path: Path) -> None:
    """Put the parts, in the order of their users, together as the published file."""
    table = pa.concat_tables([files.read_table(part) for part in paths]).combine_chunks()
    columns = {name: table.column(name) for name in table.column_names}
    if "embedding" in columns:  # read back, the list's entries have another name than when written
        vectors = columns["embedding"].combine_chunks()
        width = vectors.type.list_size
        columns["embedding"] = pa.FixedSizeListArray.from_arrays(vectors.flatten(), width)
    files.write_table(path, columns)


def _write_vectors(workspace: Path, dataset: Dataset, path: Path) -> None:
    text = files.read_vectors(workspace / "movie_embeddings.parquet")
    vectors = user_vectors(text, dataset.ratings)
    files.write_vectors(path, "userid", dataset.ratings.user_ids, vectors)


def _write_affinities(workspace: Path, dataset: Dataset, path: Path) -> None:
    text = files.read_vectors(workspace / "movie_embeddings.parquet")
    genres = dataset.catalogue.genres
    affinities = genre_affinities(dataset.ratings, genres, text, genre_vectors(text, genres))
    files.write_affinities(path, dataset, affinities)


_WRITERS: Mapping[str, Callable[[Path, Dataset, Path], None]] = {
    "embed": _write_vectors,
    "mine": _write_affinities,
    "update": _write_affinities,
}

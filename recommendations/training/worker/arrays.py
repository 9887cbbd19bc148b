"""The one place where rows become the pipeline's input files; memory does not grow with the data.

``ratings.parquet``: userid, movieid int64, half_stars int8 (1 to 10), timestamp int64 (seconds).
``movies.parquet``: movieid int64, title, year float32 (NaN unknown), genres (list of names),
description ("" where there is none), source_hash (of all of these, for the vectors' rows), and
directors, writers, cast, countries, languages (lists of names, empty where unknown) and
runtime_minutes float32 (NaN unknown).
Ids are the database's.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, transaction
from django.db.models import OuterRef, Q

from common.copy import BlockReader, copy_out
from ml.progress import Progress, Reporter
from movies.models import Credit, Movie, Rating, Role
from recommendations.services.new_films import SOURCE_HASH

RATINGS_FILE = "ratings.parquet"
MOVIES_FILE = "movies.parquet"
MOVIES_PER_BLOCK = 2000
CSV_BLOCK_BYTES = 4 << 20

RATINGS_SCHEMA = pa.schema(
    {
        "userid": pa.int64(),
        "movieid": pa.int64(),
        "half_stars": pa.int8(),
        "timestamp": pa.int64(),
    }
)
MOVIES_SCHEMA = pa.schema(
    {
        "movieid": pa.int64(),
        "title": pa.string(),
        "year": pa.float32(),
        "genres": pa.list_(pa.string()),
        "description": pa.string(),
        "source_hash": pa.string(),
        "directors": pa.list_(pa.string()),
        "writers": pa.list_(pa.string()),
        "cast": pa.list_(pa.string()),
        "countries": pa.list_(pa.string()),
        "languages": pa.list_(pa.string()),
        "runtime_minutes": pa.float32(),
    }
)
COPY_RATINGS = """
    COPY (
        SELECT user_id, movie_id, half_stars, floor(extract(epoch FROM rated_at))::bigint
        FROM movies_rating ORDER BY user_id, movie_id
    ) TO STDOUT WITH (FORMAT csv)
"""


class NoRatingsError(Exception):
    """There is nothing to learn from."""


def has_inputs(workspace: Path) -> bool:
    """Whether both input files are whole; each appears by a rename when it is."""
    return (workspace / RATINGS_FILE).exists() and (workspace / MOVIES_FILE).exists()


def write_inputs(workspace: Path, report: Reporter) -> None:
    """Write both files from one snapshot of the database, in the order of ids.

    Raises
    ------
    NoRatingsError
        Nobody has rated anything yet.

    """
    workspace.mkdir(parents=True, exist_ok=True)
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            # One snapshot: no rating of a film that was added after the films were read.
            connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        n_ratings = Rating.objects.count()
        if n_ratings == 0:
            raise NoRatingsError("There are no ratings to learn from: import some first.")
        _write(workspace / MOVIES_FILE, MOVIES_SCHEMA, _movie_batches())
        _write(workspace / RATINGS_FILE, RATINGS_SCHEMA, _rating_batches(n_ratings, report))


def _write(path: Path, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> None:
    temporary = path.with_suffix(".tmp")
    with pa.parquet.ParquetWriter(temporary, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    temporary.replace(path)


def _movie_batches() -> Iterator[pa.RecordBatch]:
    movies = (
        Movie.objects.order_by("id")
        .annotate(
            genre_names=ArrayAgg(
                "genres__name",
                filter=Q(genres__isnull=False),
                order_by="genres__name",
                default=[],
            ),
            source_hash=SOURCE_HASH,
            directors=_people(Role.DIRECTOR),
            writers=_people(Role.WRITER),
            cast=_people(Role.CAST),
        )
        .values_list(
            *("id", "title", "year", "genre_names", "description", "source_hash"),
            *("directors", "writers", "cast", "countries", "languages", "runtime_minutes"),
        )
        .iterator(chunk_size=MOVIES_PER_BLOCK)
    )
    block: list[tuple[Any, ...]] = []
    for movie in movies:
        block.append(tuple(map(_nan_if_none, movie)))
        if len(block) == MOVIES_PER_BLOCK:
            yield _movie_batch(block)
            block = []
    yield _movie_batch(block)


def _people(role: Role) -> ArraySubquery:
    """Return the names of a film's people of one role, in their order."""
    credits_of_role = Credit.objects.filter(movie=OuterRef("pk"), role=role)
    return ArraySubquery(credits_of_role.order_by("position").values("person__name"))


def _nan_if_none(value: object) -> object:
    """Return NaN for the two numbers that may be unknown (year, runtime)."""
    return float("nan") if value is None else value


def _movie_batch(block: list[tuple[Any, ...]]) -> pa.RecordBatch:
    columns = list(zip(*block, strict=True)) or [()] * len(MOVIES_SCHEMA)
    arrays = [
        pa.array(column, field.type) for column, field in zip(columns, MOVIES_SCHEMA, strict=True)
    ]
    return pa.record_batch(arrays, schema=MOVIES_SCHEMA)


def _rating_batches(n_ratings: int, report: Reporter) -> Iterator[pa.RecordBatch]:
    done = 0
    with (
        connection.cursor() as cursor,
        closing(BlockReader(copy_out(cursor, COPY_RATINGS))) as stream,
        pa.csv.open_csv(
            stream,
            read_options=pa.csv.ReadOptions(
                column_names=RATINGS_SCHEMA.names, block_size=CSV_BLOCK_BYTES, use_threads=False
            ),
            convert_options=pa.csv.ConvertOptions(column_types=RATINGS_SCHEMA),
        ) as batches,
    ):
        for batch in batches:
            yield batch
            done += batch.num_rows
            report(Progress(done, n_ratings, "ratings", "reading ratings"))

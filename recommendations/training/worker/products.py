"""Where a stage's files become rows and stored files. Set-based, streamed, whole or not at all."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import sql
from django.db.models import F
from numpy.typing import NDArray

from common.copy import copy_in
from ml.evaluation.per_user import FILE as PER_USER_FILE
from ml.io.workspace import write_vectors
from ml.serving.artifact import MANIFEST_FILE, TENSORS_FILE, load_manifest
from ml.serving.model import ServedModel
from ml.training.stages import PROTOCOLS_FILE
from movies.models import Genre
from recommendations.models import EmbeddingModel, GenreAffinity, GenreSimilarity, ModelVersion
from recommendations.serving.candidates import item_model_name
from recommendations.training.models import ModelRun
from recommendations.training.worker.jsonable import jsonable
from recommendations.vectors import to_copy_rows

ROWS_PER_BLOCK = 8192
GONE = -1
"""The id of a genre that was deleted while the stage worked: nobody has it."""
ALL_IDS = (0, 2**63 - 1)
N_ITEM_MODELS_KEPT = 3
HNSW_MAX_DIMENSIONS = 2000
"""pgvector indexes no longer vectors; they are compared one by one."""

AFFINITY_COLUMNS = ["userid", "genre", "similarity", "median", "label", "interacted"]

CREATE_INCOMING = """
    CREATE TEMP TABLE incoming (id bigint, vector vector({n_dimensions}), content_hash bytea)
    ON COMMIT DROP
"""
DELETE_GONE = """
    DELETE FROM {table} WHERE embedding_model_id = {model}
    AND {owner} >= {first} AND {owner} < {end}
    AND NOT EXISTS (SELECT FROM incoming WHERE incoming.id = {table}.{owner})
"""
# The join drops owners that were deleted while the stage worked.
UPSERT_CHANGED = """
    INSERT INTO {table} AS stored (embedding_model_id, {owner}, vector, content_hash)
    SELECT {model}, incoming.id, incoming.vector, incoming.content_hash
    FROM incoming JOIN {owners} owners ON owners.id = incoming.id
    ON CONFLICT (embedding_model_id, {owner}) DO UPDATE
    SET vector = excluded.vector, content_hash = excluded.content_hash
    WHERE stored.content_hash <> excluded.content_hash
"""
CREATE_INDEX = """
    CREATE INDEX IF NOT EXISTS {name} ON {table}
    USING hnsw ((vector::vector({n_dimensions})) {operators})
    WHERE embedding_model_id = {model}
"""


@dataclass(frozen=True)
class _VectorTable:
    """A table of vectors and the table of those whose vectors they are."""

    name: str
    owner: str
    owners: str


MOVIE_VECTORS = _VectorTable("recommendations_movieembedding", "movie_id", "movies_movie")
USER_VECTORS = _VectorTable("recommendations_userembedding", "user_id", "accounts_user")
GENRE_VECTORS = _VectorTable("recommendations_genreembedding", "genre_id", "movies_genre")


def store_embeddings(
    run: ModelRun, workspace: Path, name: str, *, with_users: bool = True
) -> EmbeddingModel:
    """Put film, user and genre vectors beside those of other embedding models, and index the films.

    A vector that has not changed is not written; one that is no longer there is removed. Those of
    films that were embedded since the run began stay. Without users, theirs are left as they are.
    """
    films = workspace / "movie_embeddings.parquet"
    with transaction.atomic():
        model, is_new = EmbeddingModel.objects.get_or_create(
            name=name, n_dimensions=_n_dimensions(films)
        )
        if not is_new:  # an earlier run's model serves the films that this one embeds first
            EmbeddingModel.objects.filter(pk=model.pk).update(revision=F("revision") + 1)
        _store_vectors(MOVIE_VECTORS, model, films)
        _store_source_hashes(model, workspace / "movies.parquet")
        if with_users:
            store_user_vectors(model, workspace / "user_embeddings.parquet")
        _store_vectors(GENRE_VECTORS, model, workspace / "genre_embeddings.parquet", _genre_ids())
        _index_films(model)
        ModelRun.objects.filter(pk=run.pk).update(embedding_model=model)
    return model


def store_user_vectors(model: EmbeddingModel, path: Path, span: tuple[int, int] = ALL_IDS) -> None:
    """Replace the vectors of the users whose ids are in the span (the second id is outside)."""
    with transaction.atomic():
        _store_vectors(USER_VECTORS, model, path, span=span)


def store_genre_similarity(model: EmbeddingModel, path: Path) -> None:
    """Replace the embedding model's G x G matrix."""
    table = pa.csv.read_csv(path)
    genre_ids = _genre_ids()
    ids = [genre_ids.get(name, GONE) for name in table.column(0).to_pylist()]
    cells = [
        GenreSimilarity(embedding_model=model, genre_id=row, other_id=column, similarity=value)
        for column, values in zip(ids, table.columns[1:], strict=True)
        for row, value in zip(ids, values.to_pylist(), strict=True)
        if GONE not in {row, column} and value is not None and not np.isnan(value)
    ]
    with transaction.atomic():
        GenreSimilarity.objects.filter(embedding_model=model).delete()
        GenreSimilarity.objects.bulk_create(cells)


def store_affinities(embedding_model_id: int, path: Path, span: tuple[int, int] = ALL_IDS) -> None:
    """Replace the genre affinities, medians and labels of the users whose ids are in the span."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE incoming (user_id bigint, genre text, similarity float8,"
            " median float8, label smallint, interacted boolean) ON COMMIT DROP"
        )
        batches = pa.parquet.ParquetFile(path).iter_batches(
            ROWS_PER_BLOCK, columns=AFFINITY_COLUMNS
        )
        copy_in(cursor, "COPY incoming FROM STDIN WITH (FORMAT csv)", map(_known_as_csv, batches))
        GenreAffinity.objects.filter(
            embedding_model=embedding_model_id, user_id__gte=span[0], user_id__lt=span[1]
        ).delete()
        cursor.execute(
            """
            INSERT INTO recommendations_genreaffinity
                (embedding_model_id, user_id, genre_id, similarity, median, label, interacted)
            SELECT %s, user_id, genre.id, similarity, median, label, interacted
            FROM incoming
            JOIN movies_genre genre ON genre.name = incoming.genre
            JOIN accounts_user person ON person.id = user_id
            """,
            [embedding_model_id],
        )
        cursor.execute("DROP TABLE incoming")


def store_model(run: ModelRun, workspace: Path) -> None:
    """Store the model's files and its version row, and the metrics in the run's row."""
    folder = workspace / "model"
    manifest = load_manifest(folder)
    artifact = f"models/{run.pk}"
    for path in (folder / TENSORS_FILE, folder / MANIFEST_FILE, workspace / PER_USER_FILE):
        key = f"{artifact}/{path.name}"
        default_storage.delete(key)  # left by a worker that died here; else saving would rename
        with path.open("rb") as source:
            default_storage.save(key, File(source))
    metrics = _read_json(workspace / "metrics.json")
    run.refresh_from_db(fields=["embedding_model", "ratings_read_at"])
    version, _is_new = ModelVersion.objects.update_or_create(
        pk=run.pk,
        defaults={
            "artifact": artifact,
            "artifact_hash": manifest.tensors_hash,
            "metrics": metrics.get("served", {}),
            "embedding_model_id": run.embedding_model_id,
            "ratings_read_at": run.ratings_read_at,
        },
    )
    ModelRun.objects.filter(pk=run.pk).update(
        version=version,
        metrics=metrics,
        metrics_by_protocol=_read_json(workspace / PROTOCOLS_FILE),
        data_hash=manifest.data_hash,
        code_version=manifest.code_version,
        n_users=manifest.n_users,
        n_movies=manifest.n_movies,
        n_ratings=manifest.n_ratings,
    )


def _read_json(path: Path) -> Any:
    return jsonable(json.loads(path.read_text()))


def _store_source_hashes(model: EmbeddingModel, path: Path) -> None:
    """Keep what the films' vectors were made from, so that a later change can be told."""
    if not path.exists() or "source_hash" not in pa.parquet.read_schema(path).names:
        return  # a workspace of an earlier version
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE hashes (id bigint, source_hash text) ON COMMIT DROP")
        batches = pa.parquet.ParquetFile(path).iter_batches(
            ROWS_PER_BLOCK, columns=["movieid", "source_hash"]
        )
        copy_in(cursor, "COPY hashes FROM STDIN WITH (FORMAT csv)", map(_as_csv, batches))
        cursor.execute(
            """
            UPDATE recommendations_movieembedding stored SET source_hash = hashes.source_hash
            FROM hashes
            WHERE stored.embedding_model_id = %s AND stored.movie_id = hashes.id
            AND stored.source_hash <> hashes.source_hash
            """,
            [model.pk],
        )
        cursor.execute("DROP TABLE hashes")


def index_name(model: EmbeddingModel) -> str:
    """Name of the embedding model's HNSW index."""
    return f"recommendations_movieembedding_hnsw_{model.pk}"


def _n_dimensions(path: Path) -> int:
    schema = pa.parquet.read_schema(path)
    return int(schema.field("embedding").type.list_size)


def _blocks(
    path: Path, ids: dict[str, int] | None
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Yield the file's ids (names become ids by ``ids``) and vectors, in blocks."""
    for batch in pa.parquet.ParquetFile(path).iter_batches(ROWS_PER_BLOCK):
        keys = batch.column(0).to_pylist()
        if ids is not None:
            keys = [ids.get(key, GONE) for key in keys]
        numbers = np.array(keys, dtype=np.int64)
        column = batch.column(batch.schema.get_field_index("embedding"))
        vectors = column.flatten().to_numpy(zero_copy_only=False).reshape(len(keys), -1)
        yield numbers, vectors.astype(np.float32, copy=False)


def _store_vectors(
    table: _VectorTable,
    model: EmbeddingModel,
    path: Path,
    ids: dict[str, int] | None = None,
    span: tuple[int, int] = ALL_IDS,
) -> None:
    names = {
        "table": sql.Identifier(table.name),
        "owner": sql.Identifier(table.owner),
        "owners": sql.Identifier(table.owners),
        "model": sql.Literal(model.pk),
        "n_dimensions": sql.Literal(model.n_dimensions),
        "first": sql.Literal(span[0]),
        "end": sql.Literal(span[1]),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(CREATE_INCOMING).format(**names))
        rows = to_copy_rows(_blocks(path, ids))
        copy_in(cursor, "COPY incoming FROM STDIN WITH (FORMAT binary)", rows)
        # A film's vector goes with the film; what the file lacks was added since the run began.
        deletions = () if table is MOVIE_VECTORS else (DELETE_GONE,)
        for statement in (*deletions, UPSERT_CHANGED, "DROP TABLE incoming"):
            cursor.execute(sql.SQL(statement).format(**names))


def store_item_vectors(run: ModelRun, folder: Path) -> None:
    """Index the model's item vectors, by which candidates are found in a large catalogue.

    Those of the latest runs are kept; an older run that is activated again scores all films.
    """
    served = ServedModel.load(folder)
    vectors = served.item_vectors
    if vectors.shape[1] > HNSW_MAX_DIMENSIONS:
        return
    path = folder.parent / "item_vectors.parquet"
    write_vectors(path, "movieid", served.movie_ids, vectors)
    kind = EmbeddingModel.Kind.ITEMS
    # Dropping an index locks out all readers until the transaction ends, and building one takes
    # minutes: they are never done in the same transaction.
    for earlier in EmbeddingModel.objects.filter(kind=kind, name=item_model_name(run.pk)):
        item_vectors_delete(earlier)
    with transaction.atomic():
        model = EmbeddingModel.objects.create(
            name=item_model_name(run.pk), kind=kind, n_dimensions=vectors.shape[1]
        )
        _store_vectors(MOVIE_VECTORS, model, path)
        _index_films(model, operators="vector_ip_ops")
    old = EmbeddingModel.objects.filter(kind=kind).order_by("-id")[N_ITEM_MODELS_KEPT:]
    for gone in list(old):
        item_vectors_delete(gone)


@transaction.atomic
def item_vectors_delete(model: EmbeddingModel) -> None:
    """Delete a run's item vectors and their index: its lists are made from all films again."""
    name = sql.Identifier(index_name(model))
    model.delete()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # Last, because it locks out all readers until the transaction ends.
        cursor.execute(sql.SQL("DROP INDEX IF EXISTS {name}").format(name=name))


def _index_films(model: EmbeddingModel, operators: str = "vector_cosine_ops") -> None:
    if model.n_dimensions > HNSW_MAX_DIMENSIONS:
        return
    with connection.cursor() as cursor:
        # PostgreSQL makes no index while the new rows' foreign keys wait to be checked.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            sql.SQL(CREATE_INDEX).format(
                name=sql.Identifier(index_name(model)),
                table=sql.Identifier(MOVIE_VECTORS.name),
                n_dimensions=sql.Literal(model.n_dimensions),
                model=sql.Literal(model.pk),
                operators=sql.Identifier(operators),
            )
        )


def _known_as_csv(batch: pa.RecordBatch) -> bytes:
    """Rows as CSV, without those of users whose similarity is unknown."""
    return _as_csv(batch.filter(pa.compute.is_finite(batch.column("similarity"))))


def _as_csv(batch: pa.RecordBatch) -> bytes:
    target = io.BytesIO()
    pa.csv.write_csv(batch, target, pa.csv.WriteOptions(include_header=False))
    return target.getvalue()


def _genre_ids() -> dict[str, int]:
    return dict(Genre.objects.values_list("name", "id"))

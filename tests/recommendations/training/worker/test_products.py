import json
import threading
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.files.storage import default_storage
from django.db import connection

from ml.progress import ignore_progress
from ml.serving.artifact import load_artifact, save_artifact
from ml.training.config import PipelineConfig
from movies.models import Movie
from recommendations.models import (
    EmbeddingModel,
    GenreAffinity,
    GenreEmbedding,
    GenreSimilarity,
    MovieEmbedding,
    UserEmbedding,
)
from recommendations.training.models import ModelRun
from recommendations.training.worker import products
from recommendations.training.worker.arrays import write_inputs
from tests import cast
from tests.recommendations.fakes import METRICS, FakeStages, write_vectors
from tests.recommendations.services.test_new_films import FIRST_ID, N_EACH, trained_model

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> ModelRun:
    return ModelRun.objects.create()


def write_products(
    folder: Path,
    *,
    movies: Mapping[int, list[float]],
    users: Mapping[int, list[float]] | None = None,
    genres: Mapping[str, list[float]] | None = None,
) -> None:
    for name, key, vectors in (
        ("movie", "movieid", movies),
        ("user", "userid", users or {}),
        ("genre", "genre", genres or {}),
    ):
        path = folder / f"{name}_embeddings.parquet"
        n_dimensions = len(next(iter(movies.values())))
        rows = np.array(list(vectors.values()), np.float32).reshape(-1, n_dimensions)
        write_vectors(path, key, list(vectors), rows)


def test_film_user_and_genre_vectors_are_stored_by_embedding_model(run: ModelRun, tmp_path: Path):
    heat, ada, crime = cast.movie("Heat"), cast.member("ada"), cast.genre("Crime")
    write_products(
        tmp_path, movies={heat.pk: [1, 2]}, users={ada.pk: [3, 4]}, genres={"Crime": [5, 6]}
    )
    model = products.store_embeddings(run, tmp_path, "tiny")
    assert (model.name, model.n_dimensions) == ("tiny", 2)
    assert MovieEmbedding.objects.get(embedding_model=model, movie=heat).vector == [1, 2]
    assert UserEmbedding.objects.get(embedding_model=model, user=ada).vector == [3, 4]
    assert GenreEmbedding.objects.get(embedding_model=model, genre=crime).vector == [5, 6]
    run.refresh_from_db()
    assert run.embedding_model == model


def test_an_unchanged_vector_is_not_written_again(run: ModelRun, tmp_path: Path):
    heat, alien = cast.movie("Heat"), cast.movie("Alien")
    write_products(tmp_path, movies={heat.pk: [1, 2], alien.pk: [1, 1]})
    products.store_embeddings(run, tmp_path, "tiny")
    before = row_versions()
    write_products(tmp_path, movies={heat.pk: [1, 2], alien.pk: [2, 2]})
    products.store_embeddings(run, tmp_path, "tiny")
    after = row_versions()
    assert after[heat.pk] == before[heat.pk]
    assert after[alien.pk] != before[alien.pk]


def row_versions() -> dict[int, str]:
    """Where each row physically lies: an update moves it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT movie_id, ctid::text FROM recommendations_movieembedding")
        return dict(cursor.fetchall())


def test_a_film_that_the_run_does_not_know_keeps_its_vector(run: ModelRun, tmp_path: Path):
    heat, alien = cast.movie("Heat"), cast.movie("Alien")
    write_products(tmp_path, movies={heat.pk: [1, 2], alien.pk: [1, 1]})
    products.store_embeddings(run, tmp_path, "tiny")
    write_products(tmp_path, movies={heat.pk: [1, 2]})
    products.store_embeddings(run, tmp_path, "tiny")
    assert set(MovieEmbedding.objects.values_list("movie_id", flat=True)) == {heat.pk, alien.pk}


def test_a_film_deleted_while_the_stage_worked_is_passed_over(run: ModelRun, tmp_path: Path):
    heat, alien = cast.movie("Heat"), cast.movie("Alien")
    write_products(tmp_path, movies={heat.pk: [1, 2], alien.pk: [1, 1]})
    alien.delete()
    products.store_embeddings(run, tmp_path, "tiny")
    assert list(MovieEmbedding.objects.values_list("movie_id", flat=True)) == [heat.pk]


def test_models_of_other_lengths_stand_side_by_side_each_with_its_index(
    run: ModelRun, tmp_path: Path
):
    heat = cast.movie("Heat")
    write_products(tmp_path, movies={heat.pk: [1, 2]})
    two = products.store_embeddings(run, tmp_path, "two")
    write_products(
        tmp_path,
        movies={heat.pk: [1, 2, 3]},
        users={cast.member().pk: [1, 2, 3]},
        genres={"gone": [1, 2, 3]},
    )
    three = products.store_embeddings(run, tmp_path, "three")
    products.store_embeddings(run, tmp_path, "three")
    assert MovieEmbedding.objects.filter(movie=heat).count() == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE indexdef LIKE '%hnsw%'")
        indexes = dict(cursor.fetchall())
    assert set(indexes) == {products.index_name(two), products.index_name(three)}
    assert "vector(3)" in indexes[products.index_name(three)]
    assert f"embedding_model_id = {three.pk}" in indexes[products.index_name(three)]


def test_vectors_too_long_for_an_index_are_stored_without_one(run: ModelRun, tmp_path: Path):
    n_dimensions = products.HNSW_MAX_DIMENSIONS + 1
    vector = [0.5] * n_dimensions
    write_products(
        tmp_path,
        movies={cast.movie().pk: vector},
        users={cast.member().pk: vector},
        genres={cast.genre("Drama").name: vector},
    )
    model = products.store_embeddings(run, tmp_path, "long")
    assert MovieEmbedding.objects.filter(embedding_model=model).count() == 1


def test_the_genre_matrix_is_stored_without_unknown_cells_and_replaced_by_the_next(tmp_path: Path):
    crime, drama = cast.genre("Crime"), cast.genre("Drama")
    model = EmbeddingModel.objects.create(name="tiny", n_dimensions=2)
    path = tmp_path / "genre_similarity.csv"
    path.write_text("genre,Crime,Drama\nCrime,1.0,0.25\nDrama,0.25,nan\n")
    for _ in range(2):
        products.store_genre_similarity(model, path)
    cells = GenreSimilarity.objects.values_list("genre", "other", "similarity")
    assert set(cells) == {
        (crime.pk, crime.pk, 1.0),
        (crime.pk, drama.pk, 0.25),
        (drama.pk, crime.pk, 0.25),
    }


def test_affinities_are_replaced_as_a_whole_and_unknown_ones_left_out(tmp_path: Path):
    ada, bob, crime = cast.member("ada"), cast.member("bob"), cast.genre("Crime")
    model = EmbeddingModel.objects.create(name="tiny", n_dimensions=2)
    path = tmp_path / "user_genre_similarity.parquet"
    columns = {"genre": ["Crime", "Crime"], "label": [1, 0], "interacted": [True, False]}
    for similarity in (0.25, 0.5):
        values = [similarity, float("nan")]
        table = {"userid": [ada.pk, bob.pk], **columns, "similarity": values, "median": values}
        pq.write_table(pa.table(table), path)
        products.store_affinities(model.pk, path)
    row = GenreAffinity.objects.get()
    assert (row.user, row.genre, row.label, row.interacted) == (ada, crime, 1, True)
    assert (row.similarity, row.median) == (0.5, 0.5)


def test_the_model_goes_to_the_storage_and_its_manifest_into_the_run(run: ModelRun, tmp_path: Path):
    heat = cast.movie("Heat", 1995, "Horror")
    cast.rated(cast.member(), (heat, 4))
    write_inputs(tmp_path, ignore_progress)
    FakeStages()._evaluate(tmp_path, PipelineConfig(seed=3))
    for _ in range(2):  # a worker may die after storing and before saying so
        products.store_model(run, tmp_path)
    run.refresh_from_db()
    assert run.artifact == f"models/{run.pk}"
    assert sorted(default_storage.listdir(run.artifact)[1]) == [
        "manifest.json",
        "model.safetensors",
        "per_user.safetensors",
    ]
    tensors, manifest = load_artifact(Path(default_storage.path(run.artifact)))
    assert run.artifact_hash == manifest.tensors_hash
    assert (run.n_users, run.n_movies, run.data_hash) == (1, 1, "d" * 64)
    assert run.metrics == json.loads(json.dumps(METRICS))
    assert tensors["movie_ids"].tolist() == [heat.pk]


@pytest.mark.django_db(transaction=True)
def test_films_are_searched_while_the_items_of_a_repeated_stage_are_indexed(tmp_path: Path):
    for number in range(2 * N_EACH):
        Movie.objects.create(pk=FIRST_ID + number, title=f"Film {number}")
    run = ModelRun.objects.create(status=ModelRun.Status.SUCCEEDED)
    model = trained_model()
    tensors = {"movie_ids": model.movie_ids, **model.ensemble.to_tensors()}
    save_artifact(tmp_path / "model", tensors, model.manifest)
    products.store_item_vectors(run, tmp_path / "model")
    seen = []

    def read_meanwhile() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
            cursor.execute("SELECT count(*) FROM recommendations_movieembedding")
            seen.append(cursor.fetchone()[0])
        connection.close()

    def watch(execute, statement, parameters, many, context):
        result = execute(statement, parameters, many, context)
        if "CREATE INDEX" in str(statement):
            visitor = threading.Thread(target=read_meanwhile)
            visitor.start()
            visitor.join()
        return result

    with connection.execute_wrapper(watch):
        products.store_item_vectors(run, tmp_path / "model")
    assert len(seen) == 1

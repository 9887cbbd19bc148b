"""Candidates from pgvector's index on a run's item vectors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import sql
from pytest_django.fixtures import Settings

from ml.serving.artifact import save_artifact
from ml.serving.model import History
from movies.models import Movie
from recommendations.models import EmbeddingModel, MovieEmbedding
from recommendations.serving import candidates as selector
from recommendations.serving.candidates import candidates, item_model_name
from recommendations.serving.registry import ActiveModel
from recommendations.training.models import ModelRun
from recommendations.training.worker import products
from tests.recommendations.services.test_new_films import FIRST_ID, N_EACH, trained_model

FAN = History(FIRST_ID + np.arange(3), np.full(3, 10, dtype=np.int8))
"""Likes comedies."""


@pytest.fixture(autouse=True)
def _new_process(settings: Settings) -> Iterator[None]:
    settings.CANDIDATES_ABOVE = 0
    selector.forget()
    yield
    selector.forget()


@pytest.fixture
def active(db: None) -> ActiveModel:
    for number in range(2 * N_EACH):
        Movie.objects.create(pk=FIRST_ID + number, title=f"Film {number}")
    run = ModelRun.objects.create(status=ModelRun.Status.SUCCEEDED)
    return ActiveModel(run.pk, None, trained_model())


def store(active: ActiveModel, folder: Path) -> None:
    model = active.model
    tensors = {"movie_ids": model.movie_ids, **model.ensemble.to_tensors()}
    save_artifact(folder / "model", tensors, model.manifest)
    products.store_item_vectors(ModelRun.objects.get(pk=active.version_id), folder / "model")


def test_a_run_without_item_vectors_has_no_candidates(active):
    assert candidates(active, FAN) is None


def test_a_small_catalogue_is_scored_whole_without_asking(
    active, tmp_path, settings, django_assert_num_queries
):
    store(active, tmp_path)
    settings.CANDIDATES_ABOVE = len(active.model.movie_ids)
    with django_assert_num_queries(0):
        assert candidates(active, FAN) is None


def test_candidates_are_those_that_the_branches_rank_highest(active, tmp_path, monkeypatch):
    monkeypatch.setattr(selector, "N_CANDIDATES", 6)
    monkeypatch.setattr(selector, "N_MOST_RATED", 0)
    store(active, tmp_path)
    prior = active.model.item_vectors @ active.model.query_vector(FAN)
    best = active.model.movie_ids[np.argsort(-prior)[:6]]
    found = candidates(active, FAN)
    assert found is not None
    assert set(found.tolist()) == set(best.tolist())


def test_the_search_reads_the_index_even_of_a_few_films(active, tmp_path):
    store(active, tmp_path)
    plans = []

    def explain(execute, statement, parameters, many, context):
        if "<#>" in str(statement):
            execute(sql.SQL("EXPLAIN ") + statement, parameters, many, context)
            plans.append(str(context["cursor"].fetchall()))
        return execute(statement, parameters, many, context)

    with connection.execute_wrapper(explain):
        candidates(active, FAN)
    assert len(plans) == 1
    assert "_hnsw_" in plans[0]


def test_the_list_is_that_of_the_whole_catalogue(active, tmp_path):
    store(active, tmp_path)
    among = candidates(active, FAN)
    whole = active.model.recommend(FAN, k=5)
    found = active.model.recommend(FAN, k=5, among=among)
    assert [entry.movie_id for entry in found] == [entry.movie_id for entry in whole]
    # Matrix products of another shape round differently, and a score may be near zero.
    expected = [entry.score for entry in whole]
    assert [entry.score for entry in found] == pytest.approx(expected, abs=1e-5)
    assert found[0].reasons


def test_what_is_no_candidate_does_not_come(active):
    among = active.model.movie_ids[-4:]
    found = active.model.recommend(FAN, k=10, among=among)
    assert {entry.movie_id for entry in found} == set(among.tolist())


def test_films_added_since_the_training_are_always_among_them(active, tmp_path, monkeypatch):
    monkeypatch.setattr(selector, "N_CANDIDATES", 2)
    store(active, tmp_path)
    added = np.array([FIRST_ID + 100])
    extended = ActiveModel(active.version_id, None, active.model, added_ids=added)
    found = candidates(extended, FAN)
    assert found is not None
    assert added[0] in found


def test_the_most_rated_films_are_always_among_them(active, tmp_path, monkeypatch):
    monkeypatch.setattr(selector, "N_CANDIDATES", 2)
    monkeypatch.setattr(selector, "N_MOST_RATED", 3)
    store(active, tmp_path)
    popularity = active.model.ensemble.films.popularity
    found = candidates(active, FAN)
    assert found is not None
    assert len(found) <= 2 + 3
    least = np.sort(popularity)[-3]
    assert set(active.model.movie_ids[popularity > least].tolist()) <= set(found.tolist())


def test_the_index_is_used(active, tmp_path):
    store(active, tmp_path)
    model = EmbeddingModel.objects.get(name=item_model_name(active.version_id))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        query = selector.NEAREST.format(model=model.pk, n_dimensions=model.n_dimensions, limit=5)
        zero = "[" + ",".join("1" for _ in range(model.n_dimensions)) + "]"
        cursor.execute(f"EXPLAIN {query}", [zero])
        plan = "\n".join(row[0] for row in cursor)
    assert products.index_name(model) in plan


def test_vectors_of_the_latest_runs_are_kept(active, tmp_path):
    for number in range(products.N_ITEM_MODELS_KEPT + 2):
        run = ModelRun.objects.create(status=ModelRun.Status.SUCCEEDED)
        store(ActiveModel(run.pk, None, active.model), tmp_path / str(number))
    models = EmbeddingModel.objects.filter(kind=EmbeddingModel.Kind.ITEMS)
    assert models.count() == products.N_ITEM_MODELS_KEPT
    assert set(MovieEmbedding.objects.values_list("embedding_model", flat=True)) == set(
        models.values_list("pk", flat=True)
    )

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.db import connection

from ml.serving.ensemble import Ensemble
from movies.models import Credit, Person, Role
from recommendations.models import EmbeddingModel, MovieEmbedding
from recommendations.selectors import similar
from recommendations.selectors.similar import MAX_LIMIT, nearest_query, similar_movies
from recommendations.templatetags import recommendations as tags
from recommendations.training.models import ModelRun
from recommendations.training.services.activation import run_activate
from recommendations.training.worker import products
from tests import cast
from tests.recommendations.fakes import FakeStages, write_vectors
from tests.recommendations.toy import ToyWorld

pytestmark = pytest.mark.django_db


def embed(
    run: ModelRun, folder: Path, vectors: dict[int, Any], name: str = "tiny"
) -> EmbeddingModel:
    rows = np.array(list(vectors.values()), np.float32)
    for name_of_file in ("movies", "movie_embeddings"):
        write_vectors(folder / f"{name_of_file}.parquet", "movieid", list(vectors), rows)
    for kind, key in (("user", "userid"), ("genre", "genre")):
        write_vectors(folder / f"{kind}_embeddings.parquet", key, [], rows[:0])
    return products.store_embeddings(run, folder, name)


def test_the_nearest_films_come_first_with_their_cosine(tmp_path: Path):
    heat, near, far, opposite = (cast.movie(title) for title in ("Heat", "Near", "Far", "Opposite"))
    embed(
        ModelRun.objects.create(),
        tmp_path,
        {heat.pk: [2, 0], opposite.pk: [-1, 0], near.pk: [1, 0.1], far.pk: [1, 1]},
    )
    found = similar_movies(heat)
    assert [entry.movie for entry in found] == [near, far, opposite]
    assert [round(entry.similarity, 4) for entry in found] == [0.995, 0.7071, -1.0]
    assert similar_movies(heat, limit=1) == found[:1]


def test_a_film_without_an_embedding_has_no_similar_films(tmp_path: Path):
    heat, alien = cast.movie("Heat"), cast.movie("Alien")
    assert similar_movies(heat) == []
    embed(ModelRun.objects.create(), tmp_path, {alien.pk: [1, 0]})
    assert similar_movies(heat) == []


def test_similar_films_are_found_by_the_index(tmp_path: Path):
    films = [cast.movie(f"Film {number}") for number in range(20)]
    vectors = np.random.default_rng(1).normal(size=(20, 8))
    model = embed(
        ModelRun.objects.create(),
        tmp_path,
        {film.pk: row for film, row in zip(films, vectors, strict=True)},
    )
    with connection.cursor() as cursor:
        # Of twenty rows the planner would rather read all.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        query = nearest_query(model, films[0].pk, 5).as_string(cursor.cursor)
        cursor.execute("EXPLAIN " + query)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert f"Index Scan using {products.index_name(model)}" in plan


def test_similar_films_follow_the_active_runs_embedding_model(
    world: ToyWorld, active: ModelRun, trained, fake_stages: FakeStages
):
    movie = world.films["Comedy"][0]
    short = [entry.movie for entry in similar_movies(movie)]
    fake_stages.embedding_model, fake_stages.n_dimensions = "long", 12
    other = trained()
    assert [entry.movie for entry in similar_movies(movie)] == short
    run_activate(run=other, activated_by=None)
    from recommendations.serving import registry as serving

    serving.forget_active_model()
    assert [entry.movie for entry in similar_movies(movie)] != short
    counts = MovieEmbedding.objects.values_list("embedding_model__name", flat=True)
    assert sorted(counts) == ["long"] * 40 + ["toy"] * 40


def test_no_more_are_given_than_the_index_surely_finds(world: ToyWorld, active: ModelRun):
    assert len(similar_movies(world.films["Comedy"][0], limit=39)) == MAX_LIMIT


def test_similar_films_cost_four_queries(
    world: ToyWorld, active: ModelRun, django_assert_num_queries
):
    movie = world.films["Comedy"][0]
    similar_movies(movie)
    with django_assert_num_queries(4):
        films = tags.similar_movies(movie)
        assert [list(film.genres.all()) for film in films]


def test_a_model_that_knows_co_ratings_compares_by_them(
    world: ToyWorld, active: ModelRun, monkeypatch: pytest.MonkeyPatch
):
    movie, *others = world.films["Comedy"]
    ids = np.array(sorted(film.pk for film in (movie, *others)))
    director = Person.objects.create(name="Agnès Varda")
    for film in (movie, others[0]):
        Credit.objects.create(movie=film, person=director, role=Role.DIRECTOR, position=0)
    Credit.objects.create(movie=others[1], person=director, role=Role.WRITER, position=0)

    class Similar:
        def nearest(self, place: int, k: int, related: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            assert ids[place] == movie.pk
            assert ids[related].tolist() == [others[0].pk]
            best = np.array([np.flatnonzero(ids == film.pk)[0] for film in others[::-1]])
            return best[:k], np.linspace(0.9, 0.1, len(best))[:k]

    model = SimpleNamespace(model=SimpleNamespace(ensemble=object.__new__(Ensemble), movie_ids=ids))
    monkeypatch.setattr(similar, "active_model", lambda: model)
    monkeypatch.setattr(similar._Prepared, "of", lambda self, ensemble: Similar())
    found = similar_movies(movie, 3)
    assert [entry.movie for entry in found] == others[::-1][:3]
    assert found[0].similarity == pytest.approx(0.9)
    gone = found[0].movie
    gone.delete()
    assert [entry.movie for entry in similar_movies(movie, 2)] == others[::-1][1:3]


def test_the_command_prints_well_known_films_and_those_like_them(
    world: ToyWorld, active: ModelRun, capsys: pytest.CaptureFixture[str]
):
    call_command("show_similar", films=2)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert "of the same year" in lines[-1]

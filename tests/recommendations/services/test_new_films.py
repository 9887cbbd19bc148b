"""Films added or changed between two runs: what is found, stored and served."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pytest
from celery import current_app
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from threadpoolctl import threadpool_info, threadpool_limits

from ml.data.dataset import Catalogue, Dataset
from ml.serving.artifact import Manifest
from ml.serving.model import History, ServedModel
from ml.training.config import PipelineConfig
from ml.training.embeddings import documents
from ml.training.protocol import TrainingData
from ml.training.served import Served
from movies.models import Genre, ImportReport, Movie
from recommendations.models import EmbeddingModel, MovieEmbedding
from recommendations.services import new_films
from recommendations.services.new_films import films_to_embed
from recommendations.serving import registry as serving
from recommendations.serving.extension import with_new_films
from recommendations.serving.query_embedding import document_vectors
from recommendations.training.models import ModelRun
from recommendations.training.services.activation import run_activate
from recommendations.training.tasks import embed_films
from recommendations.training.worker import new_films as pipeline
from recommendations.training.worker.new_films import films_embed
from tests import cast
from tests.recommendations.toy import finished_run

MINILM_DIMENSIONS = 384


@pytest.fixture
def minilm(db: None) -> EmbeddingModel:
    return EmbeddingModel.objects.create(name="minilm", n_dimensions=MINILM_DIMENSIONS)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the queues to which tasks were sent; nothing reaches a broker."""
    cache.clear()
    queues: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda *_, queue, **__: queues.append(queue))
    return queues


def test_a_film_without_a_vector_is_embedded_once(minilm):
    film = cast.movie("Alien", 1979, "Horror")
    assert films_embed() is None
    stored = MovieEmbedding.objects.get(movie=film, embedding_model=minilm)
    assert np.linalg.norm(stored.vector) == pytest.approx(1, abs=1e-3)
    assert not films_to_embed(minilm).exists()


def test_a_changed_description_genre_year_or_title_is_embedded_again(minilm):
    film = cast.movie("Alien", 1979, "Horror")
    for change in (
        lambda: Movie.objects.filter(pk=film.pk).update(description="In space nobody hears you."),
        lambda: Movie.objects.filter(pk=film.pk).update(title="Aliens"),
        lambda: Movie.objects.filter(pk=film.pk).update(year=None),
        lambda: film.genres.add(Genre.objects.create(name="Western", slug="western")),
        film.genres.clear,
    ):
        films_embed()
        assert not films_to_embed(minilm).exists()
        change()
        assert [found.pk for found in films_to_embed(minilm)] == [film.pk]


def test_what_does_not_make_the_vector_asks_for_none(minilm):
    film = cast.movie("Alien", 1979, "Horror")
    films_embed()
    Movie.objects.filter(pk=film.pk).update(tmdb_id=348, picture_url="https://films.test/1.png")
    assert not films_to_embed(minilm).exists()


def test_a_vector_of_before_hashes_were_kept_counts_as_right(minilm):
    film = cast.movie("Alien", 1979, "Horror")
    films_embed()
    MovieEmbedding.objects.filter(movie=film).update(source_hash="")
    assert not films_to_embed(minilm).exists()


def test_a_film_without_description_is_embedded_by_title_year_and_genres(minilm, monkeypatch):
    seen: list[str] = []

    def vectors(texts: list[str], model: EmbeddingModel) -> np.ndarray:
        seen.extend(texts)
        return np.ones((len(texts), MINILM_DIMENSIONS), dtype=np.float32)

    monkeypatch.setattr(pipeline, "document_vectors", vectors)
    cast.movie("Alien", 1979, "Horror", "Sci-Fi")
    films_embed()
    assert seen == ["Alien (1979). Genres: Horror, Sci-Fi."]


def test_many_films_are_embedded_a_task_at_a_time(minilm, monkeypatch):
    monkeypatch.setattr(pipeline, "FILMS_PER_TASK", 2)
    for number in range(5):
        cast.movie(f"Film {number}", 2000, "Drama")
    assert [films_embed(), films_embed(), films_embed()] == [minilm, minilm, None]
    assert MovieEmbedding.objects.count() == 5
    minilm.refresh_from_db()
    assert minilm.revision == 3


def test_films_are_embedded_by_one_thread_which_is_faster_than_many(minilm, monkeypatch):
    cast.movie("Alien", 1979)
    seen: list[int] = []

    def watched(texts, model):
        seen.extend(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")
        return document_vectors(texts, model)

    monkeypatch.setattr(pipeline, "document_vectors", watched)
    with threadpool_limits(2, "blas"):
        films_embed()
    assert set(seen) == {1}


def test_before_there_is_a_model_nothing_is_embedded(db):
    cast.movie("Alien", 1979, "Horror")
    assert films_embed() is None
    assert not MovieEmbedding.objects.exists()


def test_a_film_deleted_while_it_was_embedded_leaves_nothing(minilm):
    film = cast.movie("Alien", 1979, "Horror")
    films = list(films_to_embed(minilm))
    film.delete()
    vectors = np.ones((1, MINILM_DIMENSIONS), dtype=np.float32)
    new_films.vectors_store(model=minilm, films=films, vectors=vectors)
    assert not MovieEmbedding.objects.exists()


def test_a_moments_changes_wake_one_worker(minilm, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        film = cast.movie("Alien", 1979, "Horror")
        film.description = "In space nobody hears you."
        film.save()
        for number in range(20):
            cast.movie(f"Film {number}", 2000, "Drama")
    assert sent == ["web"]


def test_a_change_after_the_worker_began_wakes_it_again(
    minilm, sent, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        cast.movie("Alien", 1979, "Horror")
    embed_films()
    with django_capture_on_commit_callbacks(execute=True):
        cast.movie("Aliens", 1986, "Horror")
    assert sent == ["web", "web"]


def test_an_import_wakes_one_worker(minilm, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        ImportReport.objects.create(source="movielens", location="here")
        Movie.objects.bulk_create(Movie(title=f"Film {number}") for number in range(50))
    assert sent == ["web"]


def test_a_text_model_that_needs_torch_goes_to_the_training_queue(
    minilm, sent, django_capture_on_commit_callbacks
):
    EmbeddingModel.objects.filter(pk=minilm.pk).update(name="lamini", n_dimensions=768)
    with django_capture_on_commit_callbacks(execute=True):
        cast.movie("Alien", 1979, "Horror")
    assert sent == ["ml"]


def test_without_a_model_nobody_is_woken(db, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        cast.movie("Alien", 1979, "Horror")
    assert sent == []


# Serving


FIRST_ID, N_EACH = 10**6, 8


@lru_cache(maxsize=1)
def trained_model() -> ServedModel:
    """Return a real model of two tastes, trained on texts that say which is which."""
    ids = FIRST_ID + np.arange(2 * N_EACH)
    genres = [["Comedy"]] * N_EACH + [["Horror"]] * N_EACH
    titles = [f"{names[0]} {number}" for number, names in enumerate(genres)]
    catalogue = Catalogue.build(ids, titles, [2000.0] * len(ids), genres)
    text = document_vectors(documents(catalogue), EmbeddingModel(name="minilm"))
    rng = np.random.default_rng(0)
    rows = [
        (user, ids[place], 10)
        for user in range(30)
        for place in rng.permutation(N_EACH)[:5] + N_EACH * (user % 2)
    ]
    user, movie, half_stars = np.array(rows).T
    data = Dataset.build(catalogue, user, movie, half_stars, np.arange(len(user)))
    config = PipelineConfig(epochs=4, dimension=8, factors=8, linear_rank=16, threads=1)
    fitted = Served(config).fit(TrainingData(data.ratings, catalogue, text), seed=0)
    manifest = Manifest(
        config=config.to_dict(),
        seed=0,
        data_hash="",
        code_version="",
        n_users=30,
        n_movies=len(ids),
        n_ratings=len(rows),
        genre_names=catalogue.genre_names,
        embedding_model="minilm",
        embedding_dimension=MINILM_DIMENSIONS,
    )
    return ServedModel(manifest, catalogue.movie_ids, fitted.ensemble)


@pytest.fixture
def served(minilm: EmbeddingModel) -> ServedModel:
    """Return the model, and its films in the database with their vectors."""
    genres = [Genre.objects.create(name=name, slug=name.lower()) for name in ("Comedy", "Horror")]
    for number in range(2 * N_EACH):
        genre = genres[number // N_EACH]
        title = f"{genre.name} {number}"
        Movie.objects.create(pk=FIRST_ID + number, title=title, year=2000).genres.add(genre)
    films_embed()
    return trained_model()


@pytest.fixture
def activated(served, minilm, monkeypatch) -> ModelRun:
    run = finished_run("models/1", embedding_model=minilm)
    monkeypatch.setattr(serving, "_load", lambda candidate: served)
    monkeypatch.setattr(serving, "RECHECK_SECONDS", 0.0)
    monkeypatch.setattr(serving, "EXTENSION_PAUSE", 0.0)
    run_activate(run=run, activated_by=None)
    serving.forget_active_model()  # which was looked for, in vain, when the films were embedded
    return run


def known_ids() -> set[int]:
    active = serving.active_model()
    assert active is not None
    return set(active.model.movie_ids.tolist())


def test_a_new_film_is_served_after_it_is_embedded(activated):
    before = known_ids()
    film = cast.movie("Horror 99", 2000, "Horror")
    assert known_ids() == before
    films_embed()
    assert known_ids() == before | {film.pk}


def test_a_deleted_new_film_is_served_no_more(activated, sent, django_capture_on_commit_callbacks):
    before = known_ids()
    film = cast.movie("Horror 99", 2000, "Horror")
    films_embed()
    known_ids()
    with django_capture_on_commit_callbacks(execute=True):
        film.delete()
    assert known_ids() == before


def test_a_new_film_whose_genres_change_is_placed_anew(activated):
    film = cast.movie("A film", 2000, "Horror")
    films_embed()
    horrors = list(Movie.objects.filter(genres__name="Horror").exclude(pk=film.pk)[:4])
    fan = History(
        np.array([entry.pk for entry in horrors], np.int64), np.full(4, 10, dtype=np.int8)
    )

    def score() -> float:
        active = serving.active_model()
        assert active is not None
        place = int(np.searchsorted(active.model.movie_ids, film.pk))
        return float(active.model.score(fan)[place])

    as_horror = score()
    film.genres.set(Genre.objects.filter(name="Comedy"))
    films_embed()
    assert score() < as_horror


def test_a_new_film_is_compared_by_its_words(activated):
    films = [cast.movie(title, 2000, "Horror") for title in ("Horror night", "Quite other")]
    films_embed()
    active = serving.active_model()
    assert active is not None
    places = np.searchsorted(active.model.movie_ids, [film.pk for film in films])
    assert active.model.ensemble.films.words.squares[places].tolist() == [1, 0]


def test_films_that_were_trained_on_keep_their_scores(served, minilm):
    nobody = History(np.empty(0, np.int64), np.empty(0, np.int8))
    cast.movie("Horror 99", 2000, "Horror")
    films_embed()
    extended = with_new_films(served, minilm.pk)
    known = np.isin(extended.movie_ids, served.movie_ids)
    assert extended.score(nobody)[known] == pytest.approx(served.score(nobody), abs=1e-5)


def test_an_unchanged_catalogue_costs_one_query(activated):
    known_ids()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        known_ids()
    assert len(queries) == 1


Trained = Callable[[], ModelRun]


def test_a_run_keeps_what_its_vectors_were_made_from(world, trained: Trained):
    run = trained()
    assert run.embedding_model is not None
    film = world.films["Comedy"][0]
    assert not films_to_embed(run.embedding_model).exists()
    Movie.objects.filter(pk=film.pk).update(description="Another text.")
    assert [found.pk for found in films_to_embed(run.embedding_model)] == [film.pk]


def test_a_run_leaves_the_vectors_of_films_added_while_it_ran(world, trained: Trained, fake_stages):
    model = trained().embedding_model
    assert model is not None

    def add_a_film(_report: object) -> None:
        film = cast.movie("Latecomer", 2020, "Comedy")
        MovieEmbedding.objects.create(
            embedding_model=model, movie=film, vector=[1.0] * 8, content_hash=b"1"
        )

    fake_stages.before["embed"] = add_a_film
    trained()
    assert MovieEmbedding.objects.filter(movie__title="Latecomer").exists()

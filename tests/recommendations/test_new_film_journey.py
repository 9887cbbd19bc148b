"""A film added in the admin is recommended, and found as similar, without a training."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from ml.serving.artifact import save_artifact
from movies.models import Genre, Movie
from recommendations.models import EmbeddingModel
from recommendations.selectors.recommendations import for_ratings
from recommendations.selectors.similar import similar_movies
from recommendations.serving import registry as serving
from recommendations.training.models import ModelRun
from recommendations.training.services.activation import run_activate
from recommendations.training.worker.new_films import films_embed
from tests.recommendations.services.test_new_films import (
    FIRST_ID,
    MINILM_DIMENSIONS,
    N_EACH,
    trained_model,
)
from tests.recommendations.toy import finished_run
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
FAN = {FIRST_ID + N_EACH + number: 10 for number in range(N_EACH)}
"""Loves every horror film there is."""


@pytest.fixture
def site(celery_worker: object, settings) -> ModelRun:
    """Two tastes, a real model of them, and a real worker."""
    minilm = EmbeddingModel.objects.create(name="minilm", n_dimensions=MINILM_DIMENSIONS)
    for taste, first in (("Comedy", 0), ("Horror", N_EACH)):
        genre = Genre.objects.create(name=taste, slug=taste.lower())
        for number in range(first, first + N_EACH):
            film = Movie.objects.create(pk=FIRST_ID + number, title=f"{taste} {number}", year=2000)
            film.genres.add(genre)
    while films_embed():
        pass
    model = trained_model()
    tensors = {"movie_ids": model.movie_ids, **model.ensemble.to_tensors()}
    folder = Path(settings.MEDIA_ROOT) / "models" / "1"
    manifest = save_artifact(folder, tensors, model.manifest)
    run = finished_run("models/1", manifest.tensors_hash, embedding_model=minilm)
    run_activate(run=run, activated_by=None)
    return run


def is_served(film: Movie) -> bool:
    active = serving.active_model()
    return active is not None and film.pk in active.model.movie_ids


@pytest.mark.timeout(400)
def test_a_film_added_in_the_admin_comes_up_for_who_has_that_taste(site: ModelRun, client: Client):
    client.force_login(User.objects.create_superuser("editor", "editor@films.test", "pw"))
    horror = Genre.objects.get(name="Horror")
    answer = client.post(
        reverse("admin:movies_movie_add"),
        {
            "title": "Nosferatu",
            "year": "1922",
            "description": "Horror. Genres: Horror. A vampire brings horror to a town.",
            "genres": [str(horror.pk)],
        },
    )
    assert answer.status_code == 302, answer.content.decode()
    film = Movie.objects.get(title="Nosferatu")
    wait_until(lambda: is_served(film))
    best = for_ratings(FAN, k=1).items[0]
    assert best.movie == film
    assert best.because.genre == "Horror"
    assert similar_movies(film, limit=3)[0].movie.title.startswith("Horror")
    film.delete()
    assert film.title not in {item.movie.title for item in for_ratings(FAN, k=10).items}

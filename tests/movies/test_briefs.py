from typing import Any

import pytest
from django.core.cache import cache
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings

from movies.models import Movie
from movies.selectors import briefs
from movies.selectors.briefs import MovieBrief, movies_brief
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("servers")]


@pytest.fixture(autouse=True)
def _empty_cache(servers: None) -> None:
    cache.clear()


def test_films_are_read_once(django_assert_num_queries: DjangoAssertNumQueries):
    ids: dict[str, Any] = {"movielens_id": 6, "imdb_id": "tt0113277", "tmdb_id": 949}
    heat, alien = cast.movie("Heat", 1995, "Crime", "Action", **ids), cast.movie("Alien", None)
    expected = {
        heat.pk: MovieBrief(heat.pk, "Heat", 1995, ("Action", "Crime"), heat.poster_url, **ids),
        alien.pk: MovieBrief(alien.pk, "Alien", None, (), alien.poster_url, None, "", None),
    }
    with django_assert_num_queries(2):  # films, genres
        assert movies_brief([heat.pk, alien.pk]) == expected
    with django_assert_num_queries(0):
        assert list(movies_brief([alien.pk, heat.pk])) == [alien.pk, heat.pk]


def test_what_is_no_film_is_left_out_until_it_is_one():
    heat = cast.movie()
    assert list(movies_brief([heat.pk, heat.pk + 1])) == [heat.pk]
    Movie.objects.bulk_create([Movie(pk=heat.pk + 1, title="New")])  # which sends no signal
    assert list(movies_brief([heat.pk, heat.pk + 1])) == [heat.pk, heat.pk + 1]


@pytest.mark.parametrize("what", ["title", "genres", "delete"])
def test_a_film_that_changes_is_read_anew(
    what: str, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
):
    heat = cast.movie("Heat", 1995, "Crime")
    before = movies_brief([heat.pk])
    with django_capture_on_commit_callbacks(execute=True):
        if what == "title":
            heat.title = "Another"
            heat.save()
        elif what == "genres":
            heat.genres.clear()
        else:
            heat.delete()
    assert movies_brief([heat.id or 0]) != before


def test_what_was_changed_behind_djangos_back_is_seen_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
):
    heat = cast.movie("Heat")
    movies_brief([heat.pk])
    Movie.objects.update(title="Another")
    assert movies_brief([heat.pk])[heat.pk].title == "Heat"
    monkeypatch.setattr(briefs, "MAX_AGE_SECONDS", -1)
    assert movies_brief([heat.pk])[heat.pk].title == "Another"


def test_a_process_keeps_only_so_many(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(briefs, "MAX_KEPT", 1)
    films = [cast.movie(title) for title in ("Heat", "Alien", "Jaws")]
    for _ in range(2):
        for film in films:
            assert movies_brief([film.pk])[film.pk].title == film.title
    assert len(briefs._kept.films) <= 2


def test_without_the_cache_nothing_kept_is_taken_for_fresh(settings: Settings):
    heat = cast.movie("Heat")
    settings.CACHES = settings.CACHES | {
        "default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    }
    movies_brief([heat.pk])
    Movie.objects.update(title="Another")
    assert movies_brief([heat.pk])[heat.pk].title == "Another"

"""From an address in a data set to a picture on a page, and what shows meanwhile."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from movies.models import Movie, PictureFetch
from movies.pictures.download import PictureRefused, PictureUnreachable
from movies.services import pictures
from movies.services.pictures import picture_fetch, pictures_wanted
from movies.tasks import fetch_picture
from tests import cast
from tests.movies.pictures.test_rendering import picture

pytestmark = pytest.mark.django_db

URL = "https://image.tmdb.org/t/p/w780/heat.jpg"


@pytest.fixture
def heat(settings, tmp_path) -> Movie:
    settings.MEDIA_ROOT = tmp_path
    return cast.movie("Heat", 1995, picture_url=URL)


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Return what the world answers: bytes, or an exception to raise."""
    answers: dict[str, object] = {URL: picture(800, 1200)}

    def download(url: str) -> bytes:
        answer = answers[url]
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, bytes)
        return answer

    monkeypatch.setattr(pictures, "download", download)
    return answers


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the films whose picture a worker was asked for."""
    films: list[int] = []
    monkeypatch.setattr(
        "celery.app.base.Celery.send_task",
        lambda app, name, args, **options: films.extend(args),
    )
    monkeypatch.setattr("django.db.transaction.on_commit", lambda call: call())
    return films


def test_a_picture_is_fetched_and_served_as_our_own(client: Client, heat: Movie, web):
    fetch_picture(heat.pk)
    heat.refresh_from_db()
    assert heat.picture is not None
    assert heat.picture.widths == (200, 400, 780)
    page = client.get(heat.get_absolute_url()).content.decode()
    assert heat.picture.srcset in page
    for address in heat.picture.srcset.split(", "):
        response = client.get(address.split()[0])
        assert b"".join(response).startswith(b"RIFF")
        assert response["Content-Type"] == "image/webp"
        assert response["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "Cookie" not in response.get("Vary", "")
        again = client.get(address.split()[0], HTTP_IF_NONE_MATCH=response["ETag"])
        assert again.status_code == 304


def test_until_it_is_there_the_poster_is_drawn_and_a_worker_asked_once(
    client: Client, heat: Movie, asked: list[int]
):
    assert heat.poster_url == heat.drawn_poster_url
    for _ in range(3):
        assert client.get(heat.poster_url).content.startswith(b"<svg")
    assert asked == [heat.pk]


def test_a_poster_without_a_picture_elsewhere_asks_nobody(client: Client, asked: list[int]):
    client.get(cast.movie("Alien").poster_url)
    assert asked == []


def test_a_refused_picture_leaves_the_drawn_poster_and_is_not_asked_for_again(
    client: Client, heat: Movie, web, asked: list[int]
):
    web[URL] = PictureRefused("the answer is 404")
    fetch = picture_fetch(movie=heat)
    heat.refresh_from_db()
    assert (fetch.status, fetch.reason) == ("refused", "the answer is 404")
    assert heat.picture is None
    assert list(pictures_wanted()) == []
    client.get(heat.poster_url)
    assert asked == []


def test_what_is_no_picture_is_refused(heat: Movie, web):
    web[URL] = b"<html>"
    assert picture_fetch(movie=heat).status == PictureFetch.Status.REFUSED


def test_an_unreachable_picture_is_tried_later_and_later(
    client: Client, heat: Movie, web, asked: list[int]
):
    web[URL] = PictureUnreachable("no network")
    waits = []
    for _ in range(12):
        fetch = picture_fetch(movie=heat)
        assert fetch.next_try_at is not None
        waits.append(round((fetch.next_try_at - timezone.now()) / timedelta(minutes=1)))
    assert waits[:4] == [15, 30, 60, 120]
    assert waits[-1] == 7 * 24 * 60
    assert list(pictures_wanted()) == []
    PictureFetch.objects.update(next_try_at=timezone.now())
    client.get(heat.poster_url)
    assert asked == [heat.pk]


def test_another_address_is_tried_at_once_and_the_old_picture_shows_meanwhile(heat: Movie, web):
    picture_fetch(movie=heat)
    heat.refresh_from_db()
    old = heat.picture_key
    heat.picture_url = "https://upload.wikimedia.org/heat.png"
    heat.save()
    assert list(pictures_wanted()) == [heat]
    web[heat.picture_url] = picture(300, 450, "PNG")
    picture_fetch(movie=heat)
    heat.refresh_from_db()
    assert heat.picture_key != old
    assert list(pictures_wanted()) == []


def test_a_lost_file_gives_the_drawn_poster_and_is_fetched_again(
    client: Client, heat: Movie, web, asked: list[int]
):
    picture_fetch(movie=heat)
    heat.refresh_from_db()
    assert heat.picture is not None
    for width in heat.picture.widths:
        default_storage.delete(pictures.picture_file(heat.picture_key, width))
    response = client.get(heat.picture.url, follow=True)
    assert response.content.startswith(b"<svg")
    assert asked == [heat.pk]
    heat.refresh_from_db()
    assert heat.poster_url == heat.drawn_poster_url


@pytest.mark.parametrize(
    "address",
    [
        f"/pictures/{'0' * 32}-780-400.webp",
        f"/pictures/{'0' * 32}-780-999.webp",
        f"/pictures/{'0' * 32}-780-200.png",
        "/pictures/../../settings.webp",
        "/pictures/%2e%2e%2fsecret_key",
    ],
)
def test_no_other_file_is_to_be_had(client: Client, heat: Movie, address: str):
    assert client.get(address).status_code == 404


def test_pictures_can_be_turned_off(client: Client, heat: Movie, web, asked, settings):
    picture_fetch(movie=heat)
    settings.PICTURES = False
    heat.refresh_from_db()
    assert heat.poster_url == heat.drawn_poster_url
    Movie.objects.update(picture_key="")
    PictureFetch.objects.all().delete()
    client.get(heat.poster_url)
    assert asked == []


def test_the_command_fetches_what_is_wanted(heat: Movie, web, capsys):
    cast.movie("Alien", 1979)
    call_command("fetch_pictures")
    call_command("fetch_pictures")
    assert capsys.readouterr().out.splitlines() == [
        "Heat (1995): Kept",
        "1 kept",
        "No picture is wanted.",
    ]


def test_a_film_that_is_gone_is_no_error(db):
    fetch_picture(10**6)

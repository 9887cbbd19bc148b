"""Limits hold for whoever tries to walk around them, and nothing secret is told."""

from io import BytesIO
from typing import Any

import httpx
import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile

from common.addresses import client_address
from movies.importers.errors import ImportFailed
from movies.importers.tmdb import Tmdb
from recsite import middleware
from recsite.celery import app
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_valkey")]


@pytest.fixture
def three_a_minute(settings):
    settings.TRUSTED_PROXY_COUNT = 1
    ours: dict[str, Any] = django_settings.REST_FRAMEWORK
    rates = ours["DEFAULT_THROTTLE_RATES"] | {"anonymous": "3/hour"}
    settings.REST_FRAMEWORK = ours | {"DEFAULT_THROTTLE_RATES": rates}
    return settings


@pytest.mark.parametrize(
    "forwarded",
    [
        "198.51.100.{n}, 203.0.113.9",
        "203.0.113.9:{n}000",
        "[2001:db8::{n}]:443",
        "2001:db8::{n}:7",
    ],
    ids=["forged hops", "a port", "a port of IPv6", "one IPv6 network"],
)
def test_one_visitor_has_one_allowance(client, three_a_minute, forwarded):
    answers = [
        client.get("/api/v1/genres/", headers={"X-Forwarded-For": forwarded.format(n=n)})
        for n in range(1, 6)
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]


def test_two_visitors_have_two_allowances(client, three_a_minute):
    for n in range(1, 6):
        answer = client.get("/api/v1/genres/", headers={"X-Forwarded-For": f"203.0.113.{n}"})
        assert answer.status_code == 200


def test_without_a_proxy_the_header_is_not_read():
    meta = {"REMOTE_ADDR": "203.0.113.9", "HTTP_X_FORWARDED_FOR": "198.51.100.1"}
    assert client_address(meta, 0) == "203.0.113.9"


def test_a_long_body_counts_as_several_requests(client, three_a_minute):
    film = cast.movie()
    body = {"ratings": [{"movie_id": film.pk, "stars": 4.5}], "exclude": list(range(1, 6000))}
    first = client.post("/api/v1/recommendations/", body, "application/json")
    assert int(first["RateLimit"].partition("r=")[2].partition(";")[0]) < 240 - 2


@pytest.mark.parametrize(
    ("n_proxies", "forwarded", "words"),
    [(0, "203.0.113.9", "TRUSTED_PROXY_COUNT is 0"), (1, "", "came through 0 proxies")],
)
def test_a_wrong_number_of_proxies_is_logged_once(
    client, settings, monkeypatch, caplog, n_proxies, forwarded, words
):
    monkeypatch.setattr(middleware, "_warned", set())
    settings.TRUSTED_PROXY_COUNT = n_proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    for _ in range(3):
        client.get("/accounts/login/", headers=headers)
    assert caplog.text.count(words) == 1


def test_pages_are_limited_per_address_but_their_posters_are_not(client, settings):
    settings.PAGE_RATE = "2/hour"
    film = cast.movie()
    answers = [client.get("/movies/").status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    assert client.get(f"/movies/{film.pk}/poster.svg").status_code == 200


def test_an_address_with_several_pages_of_films_counts_as_many(client, settings, monkeypatch):
    monkeypatch.setattr("movies.views.FILMS_PER_PAGE", 1)
    for number in range(4):
        cast.movie(f"Film {number}")
    settings.PAGE_RATE = "4/hour"
    answers = [client.get("/movies/?through=3").status_code for _ in range(3)]
    assert answers == [200, 200, 429]


def test_a_members_page_is_for_no_shared_cache(client):
    assert "Cache-Control" not in client.get("/movies/").headers
    client.force_login(cast.member())
    assert "private" in client.get("/movies/")["Cache-Control"]


def test_a_key_of_tmdb_is_in_no_error():
    transport = httpx.MockTransport(lambda request: httpx.Response(403, request=request))
    tmdb = Tmdb("SECRETKEY", transport)
    with pytest.raises(ImportFailed) as refused:
        tmdb.film(cast.movie(tmdb_id=5))
    assert "SECRETKEY" not in str(refused.value)
    assert "403" in str(refused.value)


def test_periodic_tasks_expire_when_no_worker_takes_them():
    from django_celery_beat.models import PeriodicTask
    from django_celery_beat.schedulers import ModelEntry

    for name, entry in app.conf.beat_schedule.items():
        ModelEntry.from_entry(name, app=app, **entry)
    seconds = dict(PeriodicTask.objects.values_list("name", "expire_seconds"))
    assert len(seconds) == len(app.conf.beat_schedule)
    assert all(seconds.values()), seconds


def test_an_encrypted_broker_must_show_its_certificate():
    from tests.recsite.test_deployment import PRODUCTION, python

    program = "import recsite.settings as s; print(s.CELERY_BROKER_USE_SSL)"
    environment = PRODUCTION | {"REDIS_URL": "rediss://:secret@cache.example:6380/0"}
    assert "required" in python(program, **environment).stdout


class Unread(BytesIO):
    """A body that nobody may read."""

    def read(self, *_args):
        raise AssertionError("The body was read.")


@pytest.mark.parametrize(
    "path",
    [
        *("/language/", "/accounts/login/", "/find/", "/nowhere/", "/import/"),
        *("/admin/movies/importreport/add/", "/identity/o/api/token", "/identity/o/device"),
        *("/_allauth/app/v1/auth/login", "/identity/o/api/device/code", "/identity/o/api/revoke"),
    ],
)
def test_no_page_reads_a_long_body_of_a_stranger(client, path):
    kind = "multipart/form-data; boundary=x"
    sent = {"CONTENT_LENGTH": 250_000_000, "wsgi.input": Unread(), "CONTENT_TYPE": kind}
    status = client.generic("POST", path, **sent).status_code
    assert status == (400 if "o/api" in path else 413)  # RFC 6749 knows no 413


@pytest.mark.parametrize("path", ["/import/", "/admin/movies/importreport/add/"])
def test_a_long_file_is_read_where_one_is_imported(client, path):
    client.force_login(cast.member("root", is_staff=True))
    file = SimpleUploadedFile("ratings.csv", b"x" * 2_000_000)
    assert client.post(path, {"file": file}).status_code != 413
    file.seek(0)
    assert client.post("/language/", {"file": file}).status_code == 413

"""TMDB's importer against a server that answers as TMDB does."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import CommandError, call_command

from movies.importers import tmdb as module
from movies.importers.errors import ImportFailed
from movies.importers.tmdb import Tmdb, import_tmdb
from movies.models import ImportProblem, ImportReport
from tests import cast

pytestmark = pytest.mark.django_db

HEAT = {
    "id": 949,
    "title": "Heat",
    "original_title": "Heat",
    "release_date": "1995-12-15",
    "overview": "A thief and a detective.",
    "poster_path": "/heat.jpg",
}


class FakeTmdb:
    """Answers by path; a list of statuses to fail with first."""

    def __init__(self) -> None:
        self.answers: dict[str, dict[str, Any]] = {}
        self.failures: list[int] = []
        self.asked: list[str] = []
        self.key = "secret"

    def answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        self.asked.append(path)
        if query.get("api_key") != [self.key]:
            return 401, {"status_message": "Invalid API key"}
        if self.failures:
            return self.failures.pop(0), {}
        return (200, self.answers[path]) if path in self.answers else (404, {})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeTmdb]:
    fake = FakeTmdb()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            status, body = fake.answer(parts.path, parse_qs(parts.query))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *args: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=httpd.serve_forever, daemon=True).start()
    monkeypatch.setattr(module, "API_URL", f"http://127.0.0.1:{httpd.server_port}/")
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda seconds: None)
    yield fake
    httpd.shutdown()
    httpd.server_close()


def test_a_film_is_found_by_its_tmdb_id(server: FakeTmdb):
    heat = cast.movie("Heat", 1995, tmdb_id=949)
    server.answers["/movie/949"] = HEAT
    report = import_tmdb(tmdb=Tmdb("secret"))
    heat.refresh_from_db()
    assert heat.description == "A thief and a detective."
    assert heat.description_url == "https://www.themoviedb.org/movie/949"
    assert heat.picture_url == "https://image.tmdb.org/t/p/w780/heat.jpg"
    assert report.counts == {
        "films_asked": 1,
        "films_found": 1,
        "descriptions_set": 1,
        "pictures_set": 1,
        "rows_refused": 0,
    }


def test_a_film_is_found_by_its_imdb_id(server: FakeTmdb):
    heat = cast.movie("Heat", 1995, imdb_id="tt0113277")
    server.answers["/find/tt0113277"] = {"movie_results": [HEAT]}
    import_tmdb(tmdb=Tmdb("secret"))
    heat.refresh_from_db()
    assert heat.tmdb_id == 949


@pytest.mark.parametrize(
    ("title", "year", "is_found"),
    [
        ("The Heat", 1995, True),
        ("HEAT!", 1996, True),
        ("Heat", None, True),
        ("Heat", 1986, False),
        ("Dead Heat", 1995, False),
    ],
)
def test_a_film_is_found_by_title_and_year_if_both_fit(server, title, year, is_found):
    film = cast.movie(title, year)
    server.answers["/search/movie"] = {"results": [HEAT | {"title": "Heat Wave"} | HEAT]}
    import_tmdb(tmdb=Tmdb("secret"))
    film.refresh_from_db()
    assert bool(film.description) is is_found
    assert ImportProblem.objects.exists() is not is_found


def test_what_a_film_has_stays_unless_it_is_to_be_replaced(server: FakeTmdb):
    heat = cast.movie("Heat", 1995, tmdb_id=949, description="Mine.")
    server.answers["/movie/949"] = HEAT
    import_tmdb(tmdb=Tmdb("secret"))
    heat.refresh_from_db()
    assert (heat.description, heat.picture_url[-9:]) == ("Mine.", "/heat.jpg")
    assert import_tmdb(tmdb=Tmdb("secret")).counts["films_asked"] == 0  # it has both
    import_tmdb(tmdb=Tmdb("secret"), overwrite=True)
    heat.refresh_from_db()
    assert heat.description == HEAT["overview"]


def test_a_busy_tmdb_is_asked_again(server: FakeTmdb):
    cast.movie("Heat", 1995, tmdb_id=949)
    server.answers["/movie/949"] = HEAT
    server.failures = [429, 503, 500]
    assert import_tmdb(tmdb=Tmdb("secret")).counts["films_found"] == 1
    assert len(server.asked) == 4


def test_what_was_found_before_tmdb_fell_silent_is_kept(server: FakeTmdb):
    heat, alien = cast.movie("Heat", 1995, tmdb_id=949), cast.movie("Alien", 1979, tmdb_id=348)
    server.answers["/movie/949"] = HEAT

    def answer(path: str, query: object) -> tuple[int, dict[str, Any]]:
        return (200, HEAT) if path == "/movie/949" else (503, {})

    server.answer = answer  # type: ignore[method-assign]
    report = import_tmdb(tmdb=Tmdb("secret"))
    heat.refresh_from_db()
    alien.refresh_from_db()
    assert heat.description
    assert not alien.description
    assert "does not answer" in report.problems.get().reason


def test_a_wrong_key_is_said_and_tried_once(server: FakeTmdb):
    cast.movie("Heat", 1995, tmdb_id=949)
    with pytest.raises(ImportFailed, match="TMDB_API_KEY"):
        import_tmdb(tmdb=Tmdb("wrong"))
    assert len(server.asked) == 1
    assert ImportReport.objects.get().status == ImportReport.Status.FAILED


def test_the_command_needs_a_key_and_asks_for_no_more_than_is_wanted(server, settings, capsys):
    with pytest.raises(CommandError, match="TMDB_API_KEY is not set"):
        call_command("import_tmdb")
    settings.TMDB_API_KEY = "secret"
    for number in range(3):
        cast.movie(f"Film {number}", 1995, tmdb_id=949 + number)
    server.answers["/movie/949"] = HEAT
    call_command("import_tmdb", limit=2)
    assert "2 films asked" in capsys.readouterr().out

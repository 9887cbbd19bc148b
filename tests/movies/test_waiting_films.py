"""Films that the catalogue lacked join a member's ratings when it gets them."""

from typing import Any

import httpx
import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile

from accounts.models import User
from movies.importers.files import open_source
from movies.importers.movielens import import_movielens
from movies.importers.tmdb import Tmdb
from movies.models import Movie, PersonalImport, PersonalImportRow, Rating
from movies.services import personal_imports, waiting_films
from movies.services.personal_imports import import_accept, import_bring, import_do, import_undo
from movies.services.waiting_films import missing_add, waiting_join
from tests import cast
from tests.movies.bringing import bring, done, ratings
from tests.movies.importers.editions import write
from tests.movies.importers.personal import exports

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> PersonalImport:
    """Return a finished import of two films that the catalogue lacks."""
    cache.clear()
    monkeypatch.setattr(personal_imports, "_send", lambda _pk: None)
    ada = cast.member("ada")
    csv = exports.table(
        ["Const", "Your Rating", "Date Rated", "Title", "URL", "Title Type", "Year"],
        ["tt0078748", 9, "2019-05-06", "Alien", "", "Movie", 1979],
        ["tt0000009", 6, "2019-05-07", "Miss Jerry", "", "Movie", 1894],
    )
    job = import_bring(user=ada, file=ContentFile(csv.encode()), name="ratings.csv")
    import_accept(job=job)
    import_do(job.pk)
    job.refresh_from_db()
    assert job.counts["rating_waiting"] == 2
    assert not Rating.objects.exists()
    return job


def test_a_film_that_an_importer_adds_joins_with_its_date(
    job: PersonalImport,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
):
    sent: list[str] = []
    monkeypatch.setattr(waiting_films, "send", lambda task, **_options: sent.append(task))
    write(tmp_path / "movies.csv", "movieId,title,genres", "5,Alien (1979),Horror")
    write(tmp_path / "ratings.csv", "userId,movieId,rating,timestamp", "1,5,4,100")
    with django_capture_on_commit_callbacks(execute=True):
        import_movielens(source=open_source(tmp_path))
    assert sent == [waiting_films.JOIN_TASK]
    assert waiting_join() == 1
    rating = Rating.objects.get(user=job.user)
    assert (rating.half_stars, f"{rating.rated_at:%Y-%m-%d}") == (9, "2019-05-06")
    job.refresh_from_db()
    assert (job.counts["rating_added"], job.counts["rating_waiting"]) == (1, 1)
    assert waiting_join() == 0
    import_undo(job=job)
    assert not Rating.objects.filter(user=job.user).exists()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_row_that_joined_after_a_later_import_is_undone_in_any_order(
    job: PersonalImport, order: tuple[int, int]
):
    PersonalImport.objects.filter(pk=job.pk).update(conflicts="theirs")
    cast.movie("Alien", 1979, imdb_id="tt0078748")
    later = done(bring(job.user, ratings("2021-01-01,Alien,1979,https://b,1")), conflicts="theirs")
    assert waiting_join() == 1
    assert Rating.objects.get(user=job.user).half_stars == 9
    import_undo(job=(job, later)[order[0]])
    assert Rating.objects.get(user=job.user).half_stars == (2, 9)[order[0]]
    import_undo(job=(job, later)[order[1]])
    assert not Rating.objects.filter(user=job.user).exists()


def test_nothing_joins_an_import_that_was_undone(job: PersonalImport):
    import_undo(job=job)
    cast.movie("Alien", 1979)
    assert waiting_join() == 0


def test_with_a_key_the_film_is_added_from_tmdb(
    job: PersonalImport, settings: Any, monkeypatch: pytest.MonkeyPatch
):
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if request.url.path.endswith("/find/tt0078748"):
            return httpx.Response(200, json={"movie_results": [{"id": 348, "title": "Alien"}]})
        if request.url.path.endswith("/movie/348"):
            film = {"id": 348, "title": "Alien", "original_title": "Alien", "overview": "A ship."}
            more = {"release_date": "1979-05-25", "genres": [{"id": 27, "name": "Horror"}]}
            return httpx.Response(200, json=film | more)
        return httpx.Response(200, json={"movie_results": []})

    settings.TMDB_API_KEY = "key"
    client = lambda key: Tmdb(key, transport=httpx.MockTransport(answer))  # noqa: E731
    monkeypatch.setattr(waiting_films, "Tmdb", client)
    assert missing_add() == 1
    film = Movie.objects.get()
    assert (film.title, film.year, film.imdb_id, film.tmdb_id) == ("Alien", 1979, "tt0078748", 348)
    assert [genre.name for genre in film.genres.all()] == ["Horror"]
    assert waiting_join() == 1
    n_asked = len(asked)
    assert missing_add() == 0
    assert len(asked) == n_asked, "what TMDB does not know is not asked for every time"
    waiting = PersonalImportRow.objects.get(outcome="waiting")
    assert waiting.title == "Miss Jerry"


def test_without_a_key_nobody_is_asked(job: PersonalImport, settings: Any):
    settings.TMDB_API_KEY = ""
    assert missing_add() == 0
    assert not Movie.objects.exists()
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("title", "year", "is_added"),
    [("Breaking Bad", "", False), ("Zerkalo", "", True), ("Der Spiegel", "1975", True)],
)
def test_a_number_of_a_series_adds_no_film_from_tmdb(
    settings: Any, monkeypatch: pytest.MonkeyPatch, title: str, year: str, is_added: bool
):
    film = {"id": 1396, "title": "Mirror", "original_title": "Zerkalo", "genres": []}
    film["release_date"] = "1975-03-07"
    cache.clear()
    settings.TMDB_API_KEY = "key"
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, json=film))
    monkeypatch.setattr(waiting_films, "Tmdb", lambda key: Tmdb(key, transport=transport))
    monkeypatch.setattr(personal_imports, "_send", lambda _pk: None)
    table = f"TMDb ID,Name,Year,Your Rating\n1396,{title},{year},9\n"
    job = bring(cast.member("ada"), table, "films.csv")
    columns = {"title": "Name", "year": "Year", "tmdb_id": "TMDb ID", "rating": "Your Rating"}
    personal_imports.import_answer(job=job, answers={"columns": columns, "scale": "10"})
    done(job)
    assert missing_add() == int(is_added)
    assert Movie.objects.count() == int(is_added)

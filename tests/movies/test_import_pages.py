"""Pages on which a member brings ratings, looks at what was found, imports and undoes."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import User
from movies.import_pages import result_of
from movies.importers.personal.letterboxd import Letterboxd
from movies.models import Movie, PersonalImport, Rating
from movies.services import personal_imports
from movies.services.personal_imports import import_do
from movies.services.ratings import rating_set
from tests import cast
from tests.movies.importers.personal import exports

URL = "/import/"
API = "/api/v1/me/imports/"
Status = PersonalImport.Status

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def films() -> dict[str, int]:
    return exports.catalogue()


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    calls: list[int] = []
    monkeypatch.setattr(personal_imports, "_send", calls.append)
    return calls


@pytest.fixture
def ada(client: Client) -> User:
    ada = cast.member("ada")
    client.force_login(ada)
    return ada


def letterboxd(tmp_path: Path) -> SimpleUploadedFile:
    path = exports.write_zip(tmp_path / "letterboxd.zip", exports.LETTERBOXD)
    return SimpleUploadedFile("letterboxd.zip", path.read_bytes())


def csv_file(*rows: str) -> SimpleUploadedFile:
    text = exports.RATINGS + "".join(f"{row}\n" for row in rows)
    return SimpleUploadedFile("ratings.csv", text.encode())


def _page(client: Client, job: PersonalImport, query: str = "") -> str:
    return client.get(f"{URL}{job.pk}/{query}").content.decode()


class TestUnexpectedErrors:
    """A reader fails as no reader should: the import fails in words, and its file is deleted."""

    @pytest.fixture(autouse=True)
    def folder(self, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        def crash(*_arguments: Any) -> None:
            raise TypeError

        monkeypatch.setattr(Letterboxd, "rows", crash)
        settings.MEDIA_ROOT = tmp_path / "media"
        return tmp_path / "media"

    def n_files(self, folder: Path) -> int:
        return sum(path.is_file() for path in folder.rglob("*"))

    def test_the_page_says_that_the_import_failed(
        self, client: Client, ada: User, folder: Path, caplog: pytest.LogCaptureFixture
    ):
        answer = client.post(URL, {"file": csv_file("2021-01-01,Alien,1979,https://b,4")})
        job = ada.personal_imports.get()
        assert (answer.status_code, job.status) == (302, Status.FAILED)
        assert job.error == "Something went wrong here. Nothing was changed."
        assert job.error in client.get(f"{URL}{job.pk}/").content.decode()
        assert (job.upload.name, self.n_files(folder)) == ("", 0)
        assert "TypeError" in caplog.text

    def test_the_api_answers_400_and_keeps_nothing(self, client: Client, ada: User, folder: Path):
        answer = client.post(API, {"file": csv_file("2021-01-01,Alien,1979,https://b,4")})
        assert answer.status_code == 400
        assert "Something went wrong here" in answer.content.decode()
        assert not ada.personal_imports.exists()
        assert self.n_files(folder) == 0

    def test_the_command_says_so_and_keeps_nothing(self, tmp_path: Path, ada: User, folder: Path):
        path = tmp_path / "ratings.csv"
        path.write_bytes(csv_file("2021-01-01,Alien,1979,https://b,4").read())
        with pytest.raises(CommandError, match="Something went wrong here"):
            call_command("import_ratings", str(path), user="ada")
        assert not ada.personal_imports.exists()
        assert self.n_files(folder) == 0


class TestPages:
    def test_a_stranger_is_told_what_to_do(self, client: Client):
        page = client.get(URL)
        assert page.status_code == 200
        assert "/accounts/signup/?next=/import/" in page.content.decode()
        assert client.post(URL, {"file": csv_file()}).status_code == 302
        assert not PersonalImport.objects.exists()

    def test_from_the_file_to_the_ratings_and_back(self, client: Client, ada: User, tmp_path: Path):
        rating_set(user=ada, movie=Movie.objects.get(title="Alien"), half_stars=2)
        answer = client.post(URL, {"file": letterboxd(tmp_path)})
        job = PersonalImport.objects.get()
        assert answer.headers["Location"] == f"{URL}{job.pk}/"
        page = client.get(f"{URL}{job.pk}/").content.decode()
        assert "1 film you rated differently here" in page
        assert "The Unheard Of" in page
        client.post(f"{URL}{job.pk}/accept/", {"conflicts": "theirs"})
        assert 'hx-trigger="every 1s"' in client.get(f"{URL}{job.pk}/").content.decode()
        import_do(job.pk)
        assert "ratings added" in client.get(f"{URL}{job.pk}/").content.decode()
        assert Rating.objects.filter(user=ada).count() == 5
        client.post(f"{URL}{job.pk}/undo/")
        assert Rating.objects.get(user=ada).half_stars == 2
        assert "Everything is as it was before" in client.get(f"{URL}{job.pk}/").content.decode()

    def test_its_page_asks_as_little_for_six_posters_as_for_one(self, client: Client, ada: User):
        n_queries = []
        for titles in (["Heat"], ["Heat", "Alien", "Fargo", "Jaws", "Big", "Seven"]):
            rows = [(cast.movie(title, 1995, "Drama", "Crime"), 9) for title in titles]
            job = PersonalImport.objects.create(
                user=ada, file_name="ratings.csv", status=Status.READY
            )
            for line, (movie, half_stars) in enumerate(rows, start=2):
                job.rows.create(
                    file="ratings.csv",
                    line_number=line,
                    kind="rating",
                    movie=movie,
                    confidence="exact",
                    half_stars=half_stars,
                )
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(f"{URL}{job.pk}/")
            assert answer.content.count(b'class="poster"') == len(titles)
            n_queries.append(len(queries))
        assert n_queries[0] == n_queries[1]

    def test_unticked_likely_matches_are_left_out(self, client: Client, ada: User):
        client.post(URL, {"file": csv_file("2021-01-01,Paprika,2007,https://b,4")})
        job = PersonalImport.objects.get()
        assert "Are these the films you mean?" in client.get(f"{URL}{job.pk}/").content.decode()
        client.post(f"{URL}{job.pk}/accept/", {"conflicts": "mine"})
        import_do(job.pk)
        assert not Rating.objects.exists()

    def test_the_first_button_of_a_form_sends_it_to_its_own_address(
        self, client: Client, ada: User
    ):
        """A browser presses it where Enter is pressed in the form, with and without scripts."""
        client.post(URL, {"file": csv_file("2020-01-01,Alien,1980,u,4", "2020-01-01,Nil,1,u,4")})
        client.post(URL, {"file": SimpleUploadedFile("t.csv", b"Titel,Jahr,Note\nAlien,1979,9\n")})
        for job in ada.personal_imports.all():
            page = client.get(f"{URL}{job.pk}/").content.decode()
            form = page.partition('id="import-form"')[2]
            button = form.partition('type="submit"')[2].partition(">")[0]
            assert "formaction" not in button

    @pytest.mark.parametrize("language", ["de", "en"])
    def test_the_language_is_changed_without_loss_of_ticks_and_answers(
        self, client: Client, ada: User, language: str
    ):
        rows = ("2020-01-01,Alien,1980,u,4", "2020-01-01,Amélie,2002,u,4")
        client.post(URL, {"file": csv_file(*rows)})
        job = ada.personal_imports.get()
        keep = f"{URL}{job.pk}/keep/"
        assert f'form="import-form" formaction="{keep}"' in _page(client, job)
        first, second = job.rows.filter(confidence="likely")
        ticks = {"shown": [first.pk, second.pk], "likely": [second.pk], "language": language}
        answer = client.post(keep, ticks)
        assert answer["Location"] == f"{URL}{job.pk}/"
        page = _page(client, job)
        assert f'<html lang="{language}"' in page
        assert f'value="{second.pk}" checked' in page
        assert f'value="{first.pk}" checked' not in page

        table = SimpleUploadedFile("t.csv", b"Titel,Jahr,Note\nAlien,1979,9\nDune,1984,7\n")
        client.post(URL, {"file": table})
        job = ada.personal_imports.latest("pk")
        answers = {"first-line": "names", "column-title": "Jahr", "scale": "100", "kind": "rating"}
        client.post(f"{URL}{job.pk}/keep/", answers | {"language": language})
        page = _page(client, job)
        assert '<option value="100" selected>' in page
        assert '<option value="Jahr" selected>' in page
        client.post(f"{URL}{job.pk}/answer/", answers | {"column-title": "Titel"})
        client.post(f"{URL}{job.pk}/keep/", {"columns": "1"})
        assert '<option value="Titel" selected>' in _page(client, job, "?columns")

    def test_an_unknown_table_is_asked_about(self, client: Client, ada: User):
        file = SimpleUploadedFile("filme.csv", b"Titel;Jahr;Note\nAlien;1979;9\n")
        client.post(URL, {"file": file})
        job = PersonalImport.objects.get()
        page = client.get(f"{URL}{job.pk}/").content.decode()
        assert '<option value="Titel" selected>' in page
        assert '<option value="10" selected>' in page
        form = {"column-title": "Titel", "column-year": "Jahr", "column-rating": "Note"}
        client.post(f"{URL}{job.pk}/answer/", form | {"scale": "10", "kind": "rating"})
        job.refresh_from_db()
        assert job.status == Status.READY

    def test_ratings_far_above_the_others_are_named(self, client: Client, ada: User):
        client.force_login(ada)
        film = "Alien,1979,8\n"
        file = SimpleUploadedFile("films.csv", f"title,year,rating\n{film * 4}Total,,32\n".encode())
        client.post(URL, {"file": file})
        job = PersonalImport.objects.get()
        page = client.get(f"{URL}{job.pk}/").content.decode()
        assert "Few ratings are as high as 32." in page

    def test_an_answer_that_does_not_fit_is_shown_again_with_the_reason(
        self, client: Client, ada: User
    ):
        content = b",Titel,Note,Note,Datum\n0,Alien,4,9,03/04/2020\n"
        client.post(URL, {"file": SimpleUploadedFile("filme.csv", content)})
        url = f"{URL}{PersonalImport.objects.get().pk}/"
        page = client.get(url).content.decode()
        for text in ("column 1 (no name)", "Note (column 3)", "Day, month, year"):
            assert f">{text}</" in page
        assert "Year, month, day" not in page
        german = client.get(url, headers={"Accept-Language": "de"}).content.decode()
        assert '<option value="column 1 (no name)">Spalte 1 (ohne Namen)</option>' in german
        form = {
            "column-title": "Titel",
            "column-rating": "Note (column 4)",
            "column-date": "Datum",
            "scale": "10",
            "kind": "rating",
        }
        answer = client.post(f"{url}answer/", form)
        page = answer.content.decode()
        assert answer.status_code == 400
        assert "in which order day, month and year are in the column" in page
        assert page.count('<option value="Note (column 4)" selected>') == 1
        answer = client.post(f"{url}answer/", form | {"date_order": "mdy"})
        assert answer.status_code == 302
        row = PersonalImport.objects.get().rows.get()
        assert (row.tmdb_id, row.half_stars) == (None, 9)
        assert f"{row.happened_at:%Y-%m-%d}" == "2020-03-04"

    def test_a_first_line_with_a_film_is_imported_unless_it_holds_names(
        self, client: Client, ada: User
    ):
        content = b"Alien;1979;9\nPaprika;2006;8\n"
        client.post(URL, {"file": SimpleUploadedFile("filme.csv", content)})
        job = PersonalImport.objects.get()
        page = client.get(f"{URL}{job.pk}/").content.decode()
        assert '<option value="film" selected>' in page
        assert '<option value="column 1" selected>column 1</option>' in page
        form = {f"column-{name}": f"column {n}" for n, name in ((1, "title"), (3, "rating"))}
        form |= {"scale": "10", "kind": "rating"}
        for first_line, titles in (("film", ["Alien", "Paprika"]), ("names", ["Paprika"])):
            client.post(f"{URL}{job.pk}/answer/", form | {"first-line": first_line})
            assert list(job.rows.order_by("pk").values_list("title", flat=True)) == titles

    def test_another_persons_import_is_not_found(self, client: Client, ada: User, tmp_path: Path):
        client.post(URL, {"file": letterboxd(tmp_path)})
        job = PersonalImport.objects.get()
        client.force_login(cast.member("grace"))
        assert client.get(f"{URL}{job.pk}/").status_code == 404
        assert client.get(f"{URL}{job.pk}/report.csv").status_code == 404
        for action in ("answer", "accept", "cancel", "undo"):
            assert client.post(f"{URL}{job.pk}/{action}/").status_code == 404
        assert client.get(f"{API}{job.pk}/").status_code == 404
        assert client.get(f"{API}{job.pk}/rows/").status_code == 404
        for action in ("accept", "answers", "cancel", "undo"):
            answer = client.post(f"{API}{job.pk}/{action}/", {}, "application/json")
            assert answer.status_code == 404

    def test_a_file_that_is_too_large_is_refused_before_it_is_read(
        self, client: Client, ada: User, settings: Any
    ):
        settings.PERSONAL_IMPORT_MAX_BYTES = 1_000
        file = SimpleUploadedFile("big.csv", bytes(200_000))
        answer = client.post(URL, {"file": file})
        assert answer.status_code == 413
        assert "larger than" in answer.content.decode()

    def test_no_file_is_said(self, client: Client, ada: User):
        answer = client.post(URL, {})
        assert answer.status_code == 400
        assert "Choose a file first." in answer.content.decode()

    def test_a_form_of_another_site_is_refused(self, ada: User):
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(ada)
        assert strict.post(URL, {"file": csv_file()}).status_code == 403

    def test_the_report_can_be_downloaded_and_is_inert(self, client: Client, ada: User):
        client.post(URL, {"file": csv_file("2021-01-01,=HYPERLINK(1),1999,https://b,4")})
        job = PersonalImport.objects.get()
        answer = client.get(f"{URL}{job.pk}/report.csv")
        rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
        assert rows[0][:2] == ["file", "line"]
        assert rows[1][:4] == ["ratings.csv", "2", "Rating", "'=HYPERLINK(1)"]

    def test_every_way_leads_here(self, client: Client, ada: User):
        for page in ("/", "/lists/", "/accounts/profile/"):
            assert f'href="{URL}"' in client.get(page).content.decode()


class TestApi:
    def test_a_program_brings_accepts_and_undoes(self, client: Client, ada: User, tmp_path: Path):
        answer = client.post(API, {"file": letterboxd(tmp_path)})
        assert answer.status_code == 201
        body = answer.json()
        assert (body["status"], body["source"]) == ("ready", "letterboxd")
        assert body["counts"]["rating_exact"] == 5
        url = f"{API}{body['id']}/"
        rows = client.get(f"{url}rows/").json()["results"]
        assert (rows[0]["file"], rows[0]["line_number"], rows[0]["stars"]) == (
            "ratings.csv",
            2,
            4.5,
        )
        assert "movie" not in rows[0]
        expanded = client.get(f"{url}rows/?expand=movie").json()["results"]
        films = [(row["movie"] or {}).get("id") for row in expanded]
        assert films == [row["movie_id"] for row in rows]
        assert any(films)
        answer = client.post(f"{url}accept/", {"conflicts": "newer"}, "application/json")
        assert (answer.status_code, answer.json()["status"]) == (202, "queued")
        import_do(body["id"])
        assert client.get(url).json()["status"] == "done"
        assert client.get(API).json()["results"][0]["id"] == body["id"]
        assert client.post(f"{url}undo/").json()["status"] == "undone"
        assert client.post(f"{url}undo/").status_code == 409
        assert client.post(f"{url}cancel/").status_code == 409
        assert not Rating.objects.exists()

    def test_an_unknown_table_is_answered(self, client: Client, ada: User):
        file = SimpleUploadedFile("filme.csv", b"Titel;Jahr;Note\nAlien;1979;9\n")
        body = client.post(API, {"file": file}).json()
        assert body["status"] == "asking"
        assert body["questions"]["columns"]["title"] == "Titel"
        answers = {"columns": body["questions"]["columns"], "scale": "10"}
        answer = client.post(f"{API}{body['id']}/answers/", answers, "application/json")
        assert answer.json()["status"] == "ready"

    @pytest.mark.parametrize(
        ("wrong", "parameter"),
        [
            ({"columns": {"title": "nothing", "rating": "Note"}}, "columns"),
            ({"columns": {"titel": "Titel"}}, "columns"),
            ({"scale": ""}, "scale"),
            ({"date_order": ""}, "date_order"),
            ({"date_order": "other"}, "date_order"),
            ({"has_header": "perhaps"}, "has_header"),
        ],
    )
    def test_an_answer_that_does_not_fit_is_400_with_its_parameter(
        self, client: Client, ada: User, wrong: dict[str, Any], parameter: str
    ):
        file = SimpleUploadedFile("filme.csv", b"Titel;Note;Datum\nAlien;9;03/04/2020\n")
        body = client.post(API, {"file": file}).json()
        assert body["questions"]["date_orders"] == {"Datum": ["dmy", "mdy"]}
        url = f"{API}{body['id']}/"
        right = {"columns": body["questions"]["columns"], "scale": "10", "date_order": "dmy"}
        answer = client.post(f"{url}answers/", right | wrong, "application/json")
        assert answer.status_code == 400
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert [error["pointer"].split("/")[1] for error in answer.json()["errors"]] == [parameter]
        assert client.get(url).json()["status"] == "asking"
        answer = client.post(f"{url}answers/", right, "application/json")
        assert answer.json()["status"] == "ready"

    def test_likely_rows_are_taken_only_by_their_ids(self, client: Client, ada: User):
        file = csv_file("2021-01-01,Paprika,2007,https://b,4")
        number = client.post(API, {"file": file}).json()["id"]
        row = client.get(f"{API}{number}/rows/").json()["results"][0]
        assert row["confidence"] == "likely"
        client.post(f"{API}{number}/accept/", {"likely": [row["id"]]}, "application/json")
        import_do(number)
        assert Rating.objects.get().half_stars == 8

    def test_too_many_files_are_429(self, client: Client, ada: User):
        for _ in range(personal_imports.MAX_PER_HOUR):
            PersonalImport.objects.create(user=ada, file_name="x")
        answer = client.post(API, {"file": csv_file("2021-01-01,Alien,1979,https://b,4")})
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "3600"

    def test_strangers_are_401(self, client: Client):
        assert client.get(API).status_code == 401
        assert client.post(API, {"file": csv_file()}).status_code == 401


@pytest.mark.parametrize(
    ("language", "n", "text"),
    [
        ("en", 1, "film waits until the catalogue has it"),
        ("en", 2, "films wait until the catalogue has them"),
        ("de", 1, "Film wartet, bis es ihn hier gibt"),
        ("de", 2, "Filme warten, bis es sie hier gibt"),
    ],
)
def test_numbers_of_the_result_have_their_plural(language: str, n: int, text: str):
    job = PersonalImport(counts={"rating_waiting": n, "rating_added": 0})
    with translation.override(language):
        assert result_of(job) == [(text, n)]


def test_a_type_that_is_not_known_is_asked_about_on_the_page(client: Client, ada: User):
    content = b"Titel,Wert,Art\nAlien,9,Film\nFargo,8,Quux\nLost,8,Serie\n"
    table = SimpleUploadedFile("films.csv", content)
    client.post(URL, {"file": table})
    job = PersonalImport.objects.get()
    assert 'name="type-Quux"' in client.get(f"{URL}{job.pk}/").content.decode()
    form = {"column-title": "Titel", "column-rating": "Wert", "column-type": "Art"}
    form |= {"first-line": "names", "scale": "10", "kind": "rating"}
    page = client.post(f"{URL}{job.pk}/answer/", form).content.decode()
    assert "Say of each of these types whether it is a film: Quux." in page
    client.post(f"{URL}{job.pk}/answer/", form | {"type-Quux": "other"})
    job.refresh_from_db()
    assert job.status == Status.READY
    refused = job.rows.filter(outcome="refused").values_list("note", flat=True)
    assert sorted(refused) == ["Quux is not a film", "Serie is not a film"]

"""What a person decides about an import: which film, which columns, whether the record stays."""

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from common.sizes import size_text
from movies.import_pages import N_LISTED
from movies.models import Credit, Movie, Person, PersonalImport, PersonalImportRow, Rating, Role
from movies.selectors import personal_imports as selectors
from movies.selectors.personal_imports import preview_of, report_rows
from movies.services import personal_imports
from movies.services.personal_imports import (
    WrongFilm,
    film_choose,
    import_accept,
    import_answer,
    import_cancel,
    import_delete,
    import_do,
    import_undo,
    personal_imports_wake,
)
from movies.services.ratings import rating_set
from tests import cast
from tests.movies.bringing import bring, done, ratings
from tests.movies.importers.personal import exports

URL = "/import/"
API = "/api/v1/me/imports/"
TABLE = "Titel;Jahr;Note\nAlien;1979;4\nPaprika;2006;3\n"
ALIEN = "2021-01-01,Alien,1979,https://b"
Outcome = PersonalImportRow.Outcome
Status = PersonalImport.Status

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def films(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personal_imports, "_send", lambda _pk: None)
    cache.clear()
    exports.catalogue()


@pytest.fixture
def ada(client: Client) -> User:
    ada = cast.member("ada")
    client.force_login(ada)
    return ada


@pytest.fixture
def twins() -> list[Movie]:
    """Return a film that the catalogue has twice, with different directors."""
    found = [cast.movie("Heat", 1995), cast.movie("Heat", 1995)]
    for film, name in zip(found, ("Michael Mann", "Nobody"), strict=True):
        person = Person.objects.create(name=name)
        Credit.objects.create(movie=film, person=person, role=Role.DIRECTOR)
    return found


def upload(content: str, name: str = "ratings.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode())


def page_of(client: Client, job: PersonalImport, language: str = "en", query: str = "") -> str:
    answer = client.get(f"{URL}{job.pk}/{query}", headers={"Accept-Language": language})
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


class TestSeveralFilms:
    HEAT = ratings("2021-01-01,Heat,1995,https://b,4", f"{ALIEN},3")

    def test_a_film_that_is_there_twice_is_to_be_chosen(self, ada: User, twins: list[Movie]):
        job = bring(ada, self.HEAT)
        row = job.rows.get(title="Heat")
        assert (row.confidence, row.movie, row.note) == ("likely", None, "2 films could be meant")
        assert row.candidates == [film.pk for film in twins]
        preview = preview_of(job)
        assert (preview.n_choices, preview.n_unmatched, preview.n_ratings) == (1, 0, 1)
        assert job.counts == {"rating_choice": 1, "rating_exact": 1}

    @pytest.mark.parametrize("year", ["", "1978"])
    def test_so_is_a_title_without_a_year_or_between_two(self, ada: User, year: str):
        cast.movie("Suspiria", 1979)
        job = bring(ada, ratings(f"2021-01-01,Suspiria,{year},https://b,4"))
        assert len(job.rows.get().candidates) == (2 if year else 3)

    def test_the_chosen_film_is_rated(self, ada: User, twins: list[Movie]):
        job = bring(ada, self.HEAT)
        row = job.rows.get(title="Heat")
        job = done(job, likely=[], films={row.pk: twins[1].pk})
        assert Rating.objects.get(movie=twins[1]).half_stars == 8
        row.refresh_from_db()
        assert (row.outcome, row.note) == (Outcome.ADDED, "")
        assert job.counts["rating_added"] == 2

    def test_without_a_choice_the_row_is_left_out_and_waits_for_nothing(
        self, ada: User, twins: list[Movie]
    ):
        job = done(bring(ada, self.HEAT))
        assert job.rows.get(title="Heat").outcome == Outcome.DECLINED
        assert "rating_waiting" not in job.counts
        assert not Rating.objects.filter(movie__in=twins).exists()

    def test_an_unknown_film_or_a_certain_row_is_refused_and_nothing_begins(
        self, ada: User, twins: list[Movie]
    ):
        job = bring(ada, self.HEAT)
        heat, alien = job.rows.get(title="Heat"), job.rows.get(title="Alien")
        for films in ({heat.pk: 10**9}, {alien.pk: twins[0].pk}, {0: twins[0].pk}):
            with pytest.raises(WrongFilm):
                import_accept(job=job, films=films)
            assert PersonalImport.objects.get().status == Status.READY

    @pytest.mark.parametrize("conflicts", PersonalImport.Conflicts.values)
    def test_two_rows_that_mean_one_film_count_once(
        self, ada: User, twins: list[Movie], conflicts: str
    ):
        """Several rows may get the same film by choice, and one film has one rating."""
        job = bring(ada, ratings("2021-01-01,Heat,1995,u,4", "2021-01-01,Heat,,u,2", ALIEN + ",3"))
        rows = job.rows.filter(title="Heat")
        chosen = {row.pk: twins[0].pk for row in rows}
        done(job, conflicts=conflicts, films=chosen)
        outcomes = rows.order_by("pk").values_list("outcome", flat=True)
        assert list(outcomes) == ["repeated", "added"]
        assert Rating.objects.get(movie=twins[0]).half_stars == 4, "the last line counts"

    def test_the_page_shows_the_films_and_takes_the_choice(
        self, client: Client, ada: User, twins: list[Movie]
    ):
        job = bring(ada, self.HEAT)
        page = page_of(client, job)
        assert "1 title is not clear: which film do you mean?" in page
        assert "Michael Mann" in page
        assert f'src="{twins[1].poster_url}' in page  # of two equal motifs the second has a variant
        row = job.rows.get(title="Heat")
        assert f'name="film-{row.pk}" value="{twins[1].pk}"' in page
        form = {f"film-{row.pk}": twins[1].pk, "film-x": "1", f"film-{row.pk + 1}": ""}
        client.post(f"{URL}{job.pk}/accept/", form)
        import_do(job.pk)
        assert Rating.objects.filter(movie=twins[1]).exists()

    def test_a_program_sees_the_films_and_chooses(
        self, client: Client, ada: User, twins: list[Movie]
    ):
        number = client.post(API, {"file": upload(self.HEAT)}).json()["id"]
        url = f"{API}{number}/"
        row = client.get(f"{url}rows/?expand=movie").json()["results"][0]
        assert row["candidates"] == [film.pk for film in twins]
        assert [film["directors"] for film in row["films"]] == ["Michael Mann", "Nobody"]
        assert row["films"][0]["year"] == 1995
        assert "films" not in client.get(f"{url}rows/").json()["results"][0]
        wrong = {"films": [{"row_id": row["id"], "movie_id": 1}]}
        assert client.post(f"{url}accept/", wrong, "application/json").status_code == 400
        body = {"films": [{"row_id": row["id"], "movie_id": twins[0].pk}]}
        assert client.post(f"{url}accept/", body, "application/json").status_code == 202
        import_do(number)
        assert Rating.objects.filter(movie=twins[0]).exists()
        assert client.post(f"{url}accept/", body, "application/json").status_code == 409

    def test_a_choice_that_would_be_ignored_is_refused(
        self, client: Client, ada: User, twins: list[Movie]
    ):
        number = client.post(API, {"file": upload(self.HEAT)}).json()["id"]
        heat, alien = client.get(f"{API}{number}/rows/").json()["results"]
        both = [{"row_id": heat["id"], "movie_id": film.pk} for film in twins]
        for body, pointer in (
            ({"films": both}, "#/films"),
            ({"likely": [alien["id"]]}, "#/likely"),
            ({"likely": [heat["id"]]}, "#/likely"),
            ({"likely": [10**9]}, "#/likely"),
        ):
            answer = client.post(f"{API}{number}/accept/", body, "application/json")
            assert answer.status_code == 400
            assert answer.json()["errors"][0]["pointer"] == pointer
        assert client.get(f"{API}{number}/").json()["status"] == "ready"

    def test_a_probable_film_is_agreed_to(self, client: Client, ada: User):
        file = upload(ratings("2021-01-01,Alien,1980,https://b,4"))
        number = client.post(API, {"file": file}).json()["id"]
        row = client.get(f"{API}{number}/rows/").json()["results"][0]
        assert row["confidence"] == "likely"
        body = {"likely": [row["id"]]}
        assert client.post(f"{API}{number}/accept/", body, "application/json").status_code == 202

    def test_the_command_lists_the_films_and_takes_the_choice(
        self, tmp_path: Path, ada: User, twins: list[Movie], capsys: pytest.CaptureFixture[str]
    ):
        path = tmp_path / "ratings.csv"
        path.write_text(self.HEAT)
        call_command("import_ratings", str(path), user="ada", dry_run=True, report=True)
        written = capsys.readouterr().out
        films = f"{twins[0].pk}: Heat (1995), Michael Mann | {twins[1].pk}: Heat (1995), Nobody"
        assert f"ratings.csv:2: Heat (1995): {films}" in written
        assert written.count(films) == 2, "in the preview and in the report"
        for dry_run in (True, False):
            for wrong, message in (
                (["ratings.csv:9=1"], "names no row"),
                ([f"ratings.csv:2={twins[1].pk + 99}"], r"ratings.csv:2=\d+ .* has no such film"),
                ([f"ratings.csv:3={twins[1].pk}"], r"ratings.csv:3=\d+ .* leaves no choice"),
                ([f"ratings.csv:2={film.pk}" for film in twins], "names a row twice"),
            ):
                with pytest.raises(CommandError, match=message):
                    call_command(
                        "import_ratings", str(path), user="ada", film=wrong, dry_run=dry_run
                    )
        assert not PersonalImport.objects.exists()
        choice = [f"ratings.csv:2={twins[1].pk}"]
        call_command("import_ratings", str(path), user="ada", film=choice)
        assert Rating.objects.filter(movie=twins[1]).exists()


class TestUnfound:
    """A film that the member finds for a row that was not found."""

    FILE = ratings("2021-01-01,Alien: Der Achte Passagier,1979,u,4.5", "2021-01-02,Lost,1931,u,3")

    @pytest.fixture
    def alien(self) -> Movie:
        return Movie.objects.get(title="Alien")

    def choose(self, client: Client, job: PersonalImport, film: object, **headers: str) -> str:
        """Choose the film of the first row, and return the answer with the page it leads to."""
        address = f"{URL}{job.pk}/rows/{job.rows.earliest('pk').pk}/"
        answer = client.post(address, {"film": film}, headers=headers, follow=True)
        return " ".join(answer.content.decode().split())

    @pytest.fixture
    def job(self, ada: User, alien: Movie) -> PersonalImport:
        job = bring(ada, self.FILE)
        job.rows.filter(title__startswith="Alien").update(
            confidence="unmatched", movie=None, candidates=[], note="not in the catalogue"
        )
        return job

    def test_the_row_leads_to_a_search_and_the_choice_is_shown_and_kept(
        self, client: Client, job: PersonalImport, alien: Movie
    ):
        row = job.rows.earliest("pk")
        found = client.post(f"{URL}{job.pk}/keep/", {"row": row.pk})
        assert found["Location"] == f"{URL}{job.pk}/rows/{row.pk}/"
        search = page_of(client, job, query=f"rows/{row.pk}/?q=alien")
        assert f'name="film" value="{alien.pk}"' in search
        assert "No film here has such a title." in page_of(
            client, job, query=f"rows/{row.pk}/?q=zzzzzz"
        )
        page = self.choose(client, job, alien.pk)
        assert "→ <strong><bdi>Alien (1979)</bdi></strong>" in page
        assert "Chosen by you" in page
        assert "Von Ihnen gewählt" in page_of(client, job, "de")
        job.refresh_from_db()
        assert job.counts == {"rating_chosen": 1, "rating_unmatched": 1}

    def test_the_chosen_film_is_rated_reported_and_undone(
        self, client: Client, job: PersonalImport, alien: Movie
    ):
        self.choose(client, job, alien.pk)
        client.post(f"{URL}{job.pk}/accept/", {})
        import_do(job.pk)
        assert Rating.objects.get().half_stars == 9
        row = job.rows.earliest("pk")
        assert (row.outcome, row.note, row.confidence) == (Outcome.ADDED, "", "chosen")
        assert list(report_rows(job))[1][7:11] == ["Alien (1979)", "Chosen by you", "Added", ""]
        client.post(f"{URL}{job.pk}/undo/")
        assert not Rating.objects.exists()

    def test_the_same_file_again_has_the_choice_and_changes_nothing(
        self, client: Client, ada: User, job: PersonalImport
    ):
        other = cast.movie("Another Title", 2001)
        self.choose(client, job, other.pk)
        done(job)
        again = bring(ada, self.FILE, "ratings (1).csv")
        row = again.rows.earliest("pk")
        assert (row.movie, row.confidence) == (other, "chosen")
        done(again)
        assert again.rows.earliest("pk").outcome == Outcome.SAME

    @pytest.mark.parametrize("is_done", [False, True])
    def test_a_choice_that_was_taken_back_does_not_return(
        self, client: Client, ada: User, job: PersonalImport, alien: Movie, is_done: bool
    ):
        self.choose(client, job, alien.pk)
        if is_done:
            done(job)
        again = bring(ada, self.FILE)
        assert again.rows.earliest("pk").movie == alien
        self.choose(client, again, "")
        if is_done:
            done(again)
        assert bring(ada, self.FILE).rows.filter(confidence="chosen").count() == 0

    def test_a_choice_that_was_undone_does_not_return(
        self, client: Client, ada: User, job: PersonalImport, alien: Movie
    ):
        self.choose(client, job, alien.pk)
        import_undo(job=done(job))
        assert bring(ada, self.FILE).rows.filter(confidence="chosen").count() == 0

    def test_focus_goes_to_the_place_of_the_button_that_was_pressed(
        self, client: Client, job: PersonalImport, alien: Movie
    ):
        address = f"{URL}{job.pk}/rows/{job.rows.earliest('pk').pk}/"
        headers = {"HX-Request": "true"}
        for film in (alien.pk, ""):
            answer = client.post(address, {"film": film}, headers=headers)
            assert answer.content.decode().count(" autofocus") == 1
        done(job)
        answer = client.post(address, {"film": alien.pk}, headers=headers)
        assert 'tabindex="-1" autofocus' in answer.content.decode()

    def test_the_page_of_a_row_sends_its_forms_without_htmx_and_leads_back(
        self, client: Client, job: PersonalImport, alien: Movie
    ):
        query = f"rows/{job.rows.earliest('pk').pk}/"
        assert "hx-" not in page_of(client, job, query=query).partition('id="import"')[2]
        self.choose(client, job, alien.pk)
        page = page_of(client, job, query=query).partition('id="import"')[2]
        assert "Not this film" in page
        assert "import-form" not in page

    def test_a_choice_survives_other_answers_about_the_columns(
        self, client: Client, ada: User, alien: Movie
    ):
        job = bring(ada, "Titel;Jahr;Note\nUnheimliches;1979;4\nPaprika;2006;3\n", "t.csv")
        columns = {"title": "Titel", "year": "Jahr", "rating": "Note"}
        import_answer(job=job, answers={"columns": columns, "scale": "5"})
        self.choose(client, job, alien.pk)
        job.refresh_from_db()
        import_answer(job=job, answers={"columns": columns, "scale": "10"})
        row = job.rows.earliest("pk")
        assert (row.movie, row.half_stars, job.counts["rating_chosen"]) == (alien, 4, 1)

    def test_a_choice_is_taken_back(self, client: Client, job: PersonalImport, alien: Movie):
        self.choose(client, job, alien.pk)
        assert "Find it here" in self.choose(client, job, "")
        row = job.rows.earliest("pk")
        assert (row.movie, row.confidence, row.note) == (None, "unmatched", "not in the catalogue")

    def test_another_film_replaces_a_probable_one_which_becomes_a_candidate(
        self, client: Client, ada: User, alien: Movie
    ):
        other = cast.movie("Another Title", 1980)
        job = bring(ada, ratings("2021-01-01,Alien,1980,u,4"))
        self.choose(client, job, other.pk)
        assert job.rows.get().movie == other
        self.choose(client, job, "")
        assert (job.rows.get().movie, job.rows.get().candidates) == (None, [alien.pk])

    def test_a_row_that_waits_after_the_import_gets_its_film_at_once(
        self, client: Client, job: PersonalImport, alien: Movie
    ):
        done(job)
        assert job.counts["rating_waiting"] == 2
        self.choose(client, job, alien.pk)
        job.refresh_from_db()
        assert (job.counts["rating_waiting"], job.counts["rating_added"]) == (1, 1)
        assert Rating.objects.get().movie == alien
        client.post(f"{URL}{job.pk}/undo/")
        assert not Rating.objects.exists()

    def test_the_numbers_count_a_film_that_is_chosen_after_the_import(
        self, client: Client, ada: User, alien: Movie
    ):
        job = done(bring(ada, ratings("2021-01-01,Foo,1979,u,4", "2021-01-02,Lost,1931,u,3")))
        self.choose(client, job, alien.pk)
        job.refresh_from_db()
        assert (job.counts["rating_unmatched"], job.counts["rating_chosen"]) == (1, 1)

    def test_htmx_gets_the_row_alone(self, client: Client, job: PersonalImport, alien: Movie):
        row = job.rows.earliest("pk")
        headers = {"HX-Request": "true"}
        address = f"{URL}{job.pk}/rows/{row.pk}/"
        for answer in (
            client.get(address, headers=headers),
            client.post(address, {"film": alien.pk}, headers=headers),
        ):
            text = " ".join(answer.content.decode().split())
            assert text.startswith(f'<li class="import__row" id="row-{row.pk}"')

    @pytest.mark.parametrize("film", ["0", "999999999", "x"])
    def test_a_film_that_is_not_there_is_refused(
        self, client: Client, job: PersonalImport, film: str
    ):
        page = self.choose(client, job, film)
        assert "message--error" in page
        assert job.rows.earliest("pk").movie is None

    def test_rows_of_others_and_certain_rows_are_not_found(self, client: Client, ada: User):
        job = bring(ada, ratings(f"{ALIEN},3"))
        address = f"{URL}{job.pk}/rows/{job.rows.get().pk}/"
        assert client.get(address).status_code == 404
        client.force_login(cast.member("eve"))
        assert client.post(address, {"film": 1}).status_code == 404

    def test_a_program_chooses_when_it_accepts(
        self, client: Client, job: PersonalImport, alien: Movie
    ):
        body = {"films": [{"row_id": job.rows.earliest("pk").pk, "movie_id": alien.pk}]}
        answer = client.post(f"{API}{job.pk}/accept/", body, "application/json")
        assert answer.status_code == 202
        import_do(job.pk)
        rows = client.get(f"{API}{job.pk}/rows/").json()["results"]
        assert [(row["confidence"], row["outcome"]) for row in rows] == [
            ("chosen", "added"),
            ("unmatched", "waiting"),
        ]

    def test_the_command_names_unfound_rows_and_takes_their_films(
        self, tmp_path: Path, ada: User, alien: Movie, capsys: pytest.CaptureFixture[str]
    ):
        path = tmp_path / "ratings.csv"
        path.write_text(ratings("2021-01-02,Lost,1931,u,3"))
        call_command("import_ratings", str(path), user="ada", dry_run=True)
        assert "ratings.csv:2: Lost (1931): not in the catalogue" in capsys.readouterr().out
        film = [f"ratings.csv:2={alien.pk}"]
        call_command("import_ratings", str(path), user="ada", film=film, dry_run=True, report=True)
        written = capsys.readouterr().out
        assert "1 films chosen" in written
        assert "Alien (1979)\tChosen by you" in written
        assert "Not found" not in written
        call_command("import_ratings", str(path), user="ada", film=[f"ratings.csv:2={alien.pk}"])
        assert Rating.objects.get().movie == alien


class TestFormIsKept:
    """Ticks and choices on the page of an import, while the member looks at something else."""

    @pytest.fixture
    def job(self, ada: User, twins: list[Movie]) -> PersonalImport:
        rows = ("2021-01-01,Heat,1995,u,4", "2021-01-01,Alien,1980,u,4", "2021-01-02,Lost,1931,u,3")
        rating_set(user=ada, movie=Movie.objects.get(title="Paprika"), half_stars=2)
        return bring(ada, ratings(*rows, "2021-01-02,Paprika,2006,u,5"))

    @pytest.fixture
    def form(self, job: PersonalImport, twins: list[Movie]) -> dict[str, Any]:
        """Return the form with the probable film unticked and a film picked."""
        heat, alien, _lost, _paprika = job.rows.order_by("pk")
        return {"shown": [alien.pk], f"film-{heat.pk}": twins[1].pk, "conflicts": "newer"}

    def is_as_left(self, page: str, job: PersonalImport, twins: list[Movie]) -> bool:
        """Return whether the page shows the film unticked, the other picked and the conflicts."""
        heat, alien, _lost, _paprika = job.rows.order_by("pk")
        marks = (
            f'name="likely" value="{alien.pk}">',
            f'name="film-{heat.pk}" value="{twins[1].pk}" checked>',
            f'name="film-{heat.pk}" value="">',
            'value="newer" checked>',
        )
        return all(mark in page for mark in marks)

    @pytest.mark.parametrize(("button", "leads_to"), [("row", "rows/"), ("columns", "?columns")])
    def test_a_button_that_leads_away_keeps_ticks_and_choices(
        self,
        client: Client,
        job: PersonalImport,
        twins: list[Movie],
        form: dict[str, Any],
        button: str,
        leads_to: str,
    ):
        assert not self.is_as_left(page_of(client, job), job, twins)
        row = job.rows.get(title="Lost").pk
        answer = client.post(f"{URL}{job.pk}/keep/", form | {button: row})
        assert leads_to in answer["Location"]
        assert self.is_as_left(page_of(client, job), job, twins)

    def test_a_choice_that_is_taken_back_keeps_the_rest(
        self, client: Client, job: PersonalImport, twins: list[Movie], form: dict[str, Any]
    ):
        row = job.rows.get(title="Lost")
        client.post(f"{URL}{job.pk}/rows/{row.pk}/", {"film": twins[0].pk})
        answer = client.post(f"{URL}{job.pk}/keep/", form | {"unchoose": row.pk})
        assert answer["Location"] == f"{URL}{job.pk}/#row-{row.pk}"
        row.refresh_from_db()
        assert (row.movie, row.confidence) == (None, "unmatched")
        assert self.is_as_left(page_of(client, job), job, twins)

    def test_a_refused_form_is_shown_again_as_it_was(
        self, client: Client, job: PersonalImport, twins: list[Movie], form: dict[str, Any]
    ):
        certain = job.rows.get(title="Paprika").pk
        client.post(f"{URL}{job.pk}/accept/", form | {f"film-{certain}": twins[0].pk})
        job.refresh_from_db()
        assert job.status == Status.READY
        assert self.is_as_left(page_of(client, job), job, twins)

    @pytest.mark.parametrize("action", ["accept", "cancel"])
    def test_nothing_of_it_stays_once_the_import_is_decided(
        self, client: Client, job: PersonalImport, form: dict[str, Any], action: str
    ):
        name = f"import-{job.pk}"
        client.post(f"{URL}{job.pk}/keep/", form)
        assert client.session[name]["conflicts"] == "newer"
        client.post(f"{URL}{job.pk}/{action}/", form)
        assert name not in client.session

    def test_ticks_survive_another_scale(self, client: Client, ada: User):
        job = bring(ada, "Titel;Jahr;Note\nAlien;1980;4\nPaprika;2006;3\n", "t.csv")
        columns = {"title": "Titel", "year": "Jahr", "rating": "Note"}
        import_answer(job=job, answers={"columns": columns, "scale": "5"})
        client.post(f"{URL}{job.pk}/keep/", {"shown": [job.rows.get(title="Alien").pk]})
        job.refresh_from_db()
        import_answer(job=job, answers={"columns": columns, "scale": "10"})
        alien = job.rows.get(title="Alien").pk
        assert f'name="likely" value="{alien}">' in page_of(client, job)

    def test_every_way_off_the_page_is_a_button_of_the_form(
        self, client: Client, job: PersonalImport, twins: list[Movie]
    ):
        lost = job.rows.get(title="Lost")
        address = f"{URL}{job.pk}/rows/"
        assert f'href="{address}' not in page_of(client, job)
        client.post(f"{address}{lost.pk}/", {"film": twins[0].pk})
        page = page_of(client, job)
        assert f'form="import-form" formaction="{URL}{job.pk}/keep/" name="unchoose"' in page
        assert f'action="{address}' not in page

    def test_another_persons_import_is_not_found(self, client: Client, job: PersonalImport):
        client.force_login(cast.member("eve"))
        assert client.post(f"{URL}{job.pk}/keep/").status_code == 404


class TestEncoding:
    """A guessed encoding that the member corrects."""

    FILE = ratings("2021-01-01,Świat,1979,u,4").encode("cp1250")

    @pytest.fixture
    def job(self, ada: User) -> PersonalImport:
        cast.movie("Świat", 1979)
        job = bring(ada, self.FILE)
        import_answer(job=job, answers={"encoding": "cp1251"})
        job.refresh_from_db()
        return job

    def test_the_page_shows_the_guess_and_reads_the_file_again(
        self, client: Client, job: PersonalImport
    ):
        assert job.rows.earliest("pk").title == "Њwiat"
        page = page_of(client, job)
        assert '<option value="cp1251" selected>Cyrillic (Windows-1251)</option>' in page
        assert "Stimmen Buchstaben nicht?" in page_of(client, job, "de")
        client.post(f"{URL}{job.pk}/answer/", {"encoding": "cp1250"})
        row = job.rows.earliest("pk")
        assert (row.title, row.confidence) == ("Świat", "exact")

    def test_a_program_corrects_it_and_is_refused_what_would_change_nothing(
        self, client: Client, job: PersonalImport
    ):
        address = f"{API}{job.pk}/answers/"
        answer = client.post(address, {"encoding": "cp1250"}, "application/json")
        assert (answer.status_code, answer.json()["questions"]) == (200, {"encoding": "cp1250"})
        assert job.rows.earliest("pk").title == "Świat"
        assert client.post(address, {"encoding": "x"}, "application/json").status_code == 400
        certain = client.post(API, {"file": upload(TABLE)}).json()["id"]
        answer = client.post(f"{API}{certain}/answers/", {"encoding": "cp1250"}, "application/json")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "#/encoding"

    def test_a_table_is_asked_about_in_the_other_encoding_and_keeps_its_answers(
        self, client: Client, ada: User
    ):
        table = "Tytuł;Ocena;Rok\nŚwiat;4;1979\nŻona;3.5;1980\n".encode("cp1250")
        job = bring(ada, table, "t.csv")
        import_answer(job=job, answers={"encoding": "cp1251"})
        job.refresh_from_db()
        assert (job.status, job.questions["samples"][0][0]) == ("asking", "Њwiat")
        assert "Are letters wrong?" in page_of(client, job)
        import_answer(job=job, answers={"encoding": "cp1250"})
        job.refresh_from_db()
        columns = {field: job.questions["columns"][field] for field in ("title", "rating")}
        import_answer(job=job, answers={"columns": columns, "scale": "5"})
        assert job.rows.earliest("pk").title == "Świat"

    @pytest.fixture
    def table(self, ada: User) -> PersonalImport:
        """Return a table with Czech names of columns, read as Western and answered."""
        cast.movie("Koně", 1994)
        content = "Český název;Rok;Hodnocení\nKoně;1994;7\nAlien;1979;8\nNic;1931;6\n"
        job = bring(ada, content.encode("cp1250"), "t.csv")
        import_answer(job=job, answers={"encoding": "cp1252"})
        job.refresh_from_db()
        import_answer(job=job, answers=self.answers(job))
        job.refresh_from_db()
        assert (job.status, job.questions["available"][0]) == ("ready", "Èeský název")
        return job

    def answers(self, job: PersonalImport) -> dict[str, Any]:
        title, year, rating = job.questions["available"]
        return {"columns": {"title": title, "year": year, "rating": rating}, "scale": "10"}

    def test_the_columns_of_a_table_are_asked_about_again_by_their_true_names(
        self, client: Client, table: PersonalImport
    ):
        client.post(f"{URL}{table.pk}/answer/", {"encoding": "cp1250"})
        table.refresh_from_db()
        assert (table.status, table.error) == ("asking", "")
        assert table.questions["available"] == ["Český název", "Rok", "Hodnocení"]
        assert table.questions["samples"][0][0] == "Koně"
        page = page_of(client, table)
        assert '<th scope="col">Český název</th>' in page
        assert "Èeský" not in page
        import_answer(job=table, answers=self.answers(table))
        assert table.rows.get(title="Koně").confidence == "exact"

    def test_a_program_sends_the_true_names_with_the_encoding(
        self, client: Client, table: PersonalImport
    ):
        address = f"{API}{table.pk}/answers/"
        columns = {"title": "Český název", "year": "Rok", "rating": "Hodnocení"}
        body = {"encoding": "cp1250", "columns": columns, "scale": "10"}
        wrong = body | {"columns": columns | {"title": "Èeský název"}}
        assert client.post(address, wrong, "application/json").status_code == 400
        answer = client.post(address, body, "application/json")
        assert (answer.status_code, answer.json()["status"]) == (200, "ready")
        assert answer.json()["questions"]["available"] == list(columns.values())
        assert table.rows.get(title="Koně").confidence == "exact"

    def test_a_film_chosen_before_the_encoding_was_corrected_stays_chosen(
        self, table: PersonalImport
    ):
        alien = Movie.objects.get(title="Alien")
        film_choose(job=table, row_id=table.rows.get(title="Nic").pk, movie_id=alien.pk)
        import_answer(job=table, answers={"encoding": "cp1250"})
        table.refresh_from_db()
        import_answer(job=table, answers=self.answers(table))
        assert table.rows.get(title="Nic").movie == alien

    def test_the_command_has_an_option(
        self, tmp_path: Path, ada: User, capsys: pytest.CaptureFixture[str]
    ):
        path = tmp_path / "ratings.csv"
        path.write_bytes(self.FILE)
        call_command("import_ratings", str(path), user="ada", encoding="cp1251", dry_run=True)
        assert "Њwiat (1979): not in the catalogue" in capsys.readouterr().out
        path.write_text(ratings(f"{ALIEN},3"))
        with pytest.raises(CommandError, match="is certain"):
            call_command("import_ratings", str(path), user="ada", encoding="cp1251")
        assert not PersonalImport.objects.exists()


class TestQuestionsInTheTerminal:
    def test_the_command_prints_what_the_page_suggests_and_asks(self, tmp_path: Path, ada: User):
        path = tmp_path / "filme.csv"
        rows = "".join(f"Film {n};{2000 + n};{n % 5 + 1};03/04/2020\n" for n in range(8))
        path.write_text(f"Titel;Jahr;Note;Datum\n{rows}Film 9;2010;17;05/06/2020\n")
        with pytest.raises(CommandError) as refusal:
            call_command("import_ratings", str(path), user="ada")
        told = str(refusal.value)
        for text in (
            "Suggested: --column title=Titel --column year=Jahr --column rating=Note",
            "their scale: 4, 5, 10, 20, 100, percent, thumbs, grades, letters.",
            "The dates do not show their --date-order: dmy, mdy.",
            "Few ratings are as high as 17.",
            "Film 0 | 2000 | 1 | 03/04/2020",
        ):
            assert text in told


class TestLikely:
    def test_rows_beyond_those_shown_are_taken_if_wanted(
        self, client: Client, ada: User, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(selectors, "N_SHOWN", 1)
        rows = [f"2021-01-01,{title},,u,4" for title in ("Alien", "Paprika", "Amélie")]
        for rest, expected in ((None, {"Alien"}), ("1", {"Alien", "Paprika", "Amélie"})):
            Rating.objects.all().delete()
            job = bring(ada, ratings(*rows))
            assert "These are 1 of 3. Take the others, too" in page_of(client, job)
            shown = job.rows.earliest("pk").pk
            form = {"likely": shown, "shown": shown} | ({"likely-rest": rest} if rest else {})
            client.post(f"{URL}{job.pk}/accept/", form)
            import_do(job.pk)
            assert set(Rating.objects.values_list("movie__title", flat=True)) == expected

    def test_lists_that_are_cut_say_so(
        self, client: Client, ada: User, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(selectors, "N_SHOWN", 2)
        rows = [f"2021-01-01,Unheard Of {n},1931,u,4" for n in range(3)]
        job = bring(ada, ratings(*rows))
        assert "2 of 3 are shown." in page_of(client, job)
        assert "2 of 3 are shown." in page_of(client, done(job))
        assert "2 von 3 werden gezeigt." in page_of(client, job, "de")


class TestConflicts:
    def test_the_dates_of_both_sides_are_shown_before_the_import(self, client: Client, ada: User):
        for title, year in (("Alien", 2020), ("Paprika", 2022)):
            when = timezone.now().replace(year=year, month=3, day=4)
            movie = Movie.objects.get(title=title)
            rating_set(user=ada, movie=movie, half_stars=2, rated_at=when)
        undated = "2021-01-01,Paprika,2006,https://b,4"
        page = page_of(client, bring(ada, ratings(f"{ALIEN},4.5", undated)))
        assert "1 star <span" in page
        for text in ("Mar 4, 2020 </span>", "Jan 1, 2021 · newer", "Mar 4, 2022 · newer"):
            assert text in page
        assert page.index("Which rating should count?") < page.rindex(">Import</button>")
        page = page_of(client, PersonalImport.objects.get(), "de")
        assert "1 Stern <span" in page
        assert "1 Sterne" not in page

    def test_what_was_replaced_is_in_the_report(self, ada: User):
        when = timezone.now().replace(year=2020, month=3, day=4)
        alien = Movie.objects.get(title="Alien")
        rating_set(user=ada, movie=alien, half_stars=2, rated_at=when)
        job = done(bring(ada, ratings(f"{ALIEN},4.5")), conflicts="theirs")
        (row,) = list(report_rows(job))[1:]
        assert row[-2] == 1
        assert row[-1].startswith("2020-03-04")

    def test_ratings_without_a_date_are_counted(self, client: Client, ada: User):
        job = bring(ada, ratings(",Alien,1979,u,4", "2021-02-30,Paprika,2006,u,4"))
        assert preview_of(job).n_undated == 2
        assert "Ratings without a date: today" in page_of(client, job)


class TestTables:
    def answered(self, job: PersonalImport, scale: str) -> PersonalImport:
        import_answer(job=job, answers={"columns": job.questions["columns"], "scale": scale})
        return job

    def test_an_answer_can_be_corrected_until_the_import(
        self, client: Client, ada: User, django_capture_on_commit_callbacks: Any
    ):
        job = self.answered(bring(ada, TABLE, "filme.csv"), "10")
        assert (job.status, job.rows.count(), bool(job.upload)) == (Status.READY, 2, True)
        page = page_of(client, job)
        assert f'formaction="{URL}{job.pk}/keep/" name="columns"' in page
        page = page_of(client, job, query="?columns")
        assert "Which column is what?" in page
        assert '<option value="10" selected>' in page
        form = {"column-title": "Titel", "column-year": "Jahr", "column-rating": "Note"}
        client.post(f"{URL}{job.pk}/answer/", form | {"scale": "5", "kind": "rating"})
        job.refresh_from_db()
        assert (job.status, job.rows.get(title="Alien").half_stars) == (Status.READY, 8)
        kept = Path(job.upload.path)
        with django_capture_on_commit_callbacks(execute=True):
            import_accept(job=job)
        assert not kept.exists()
        with pytest.raises(ValidationError, match="no answer"):
            self.answered(job, "10")

    def test_a_program_corrects_its_answer(self, client: Client, ada: User):
        body = client.post(API, {"file": upload(TABLE, "filme.csv")}).json()
        for scale, stars in (("10", 2), ("5", 4)):
            answers = {"columns": body["questions"]["columns"], "scale": scale}
            url = f"{API}{body['id']}/"
            answer = client.post(f"{url}answers/", answers, "application/json")
            assert answer.json()["status"] == "ready"
            assert client.get(f"{url}rows/").json()["results"][0]["stars"] == stars

    @pytest.mark.parametrize("columns", [{"colour": "Note"}, {"title": "nope", "rating": "Note"}])
    def test_an_answer_that_names_no_column_is_refused(
        self, client: Client, ada: User, columns: dict[str, str]
    ):
        body = client.post(API, {"file": upload(TABLE, "filme.csv")}).json()
        answers = {"columns": columns, "scale": "10"}
        answer = client.post(f"{API}{body['id']}/answers/", answers, "application/json")
        assert answer.status_code == 400
        [error] = answer.json()["errors"]
        assert error["pointer"] == f"#/columns/{next(iter(columns))}"
        assert "Known are: title" in error["detail"] or "Known are: Titel" in error["detail"]
        assert client.get(f"{API}{body['id']}/").json()["error"] == ""

    def test_after_a_day_the_file_is_gone_and_the_import_is_still_ready(self, ada: User):
        job = self.answered(bring(ada, TABLE, "filme.csv"), "10")
        kept = Path(job.upload.path)
        PersonalImport.objects.update(created_at=timezone.now() - personal_imports.UPLOAD_LIFETIME)
        personal_imports_wake()
        assert not kept.exists()
        job.refresh_from_db()
        assert job.status == Status.READY
        with pytest.raises(ValidationError, match="no answer"):
            self.answered(job, "5")
        done(job)
        assert Rating.objects.count() == 2

    def test_what_is_no_table_has_nothing_to_correct(self, client: Client, ada: User):
        job = bring(ada, ratings(f"{ALIEN},4"))
        assert not job.upload
        assert "?columns" not in page_of(client, job)
        assert "Which column is what?" not in page_of(client, job, query="?columns")


class TestDelete:
    def test_the_record_goes_and_the_ratings_stay(self, client: Client, ada: User):
        job = done(bring(ada, ratings(f"{ALIEN},4", "2021-01-01,Unheard Of,1931,u,4")))
        assert "undo the import first" in page_of(client, job)
        answer = client.post(f"{URL}{job.pk}/delete/", follow=True)
        assert "The import is deleted. What it brought stays." in answer.content.decode()
        assert not PersonalImport.objects.exists()
        assert not PersonalImportRow.objects.exists()
        assert Rating.objects.get().half_stars == 8

    def test_a_program_deletes_its_import(self, client: Client, ada: User):
        job = done(bring(ada, ratings(f"{ALIEN},4")))
        url = f"{API}{job.pk}/"
        assert client.delete(url).status_code == 204
        assert client.get(url).status_code == 404
        assert client.delete(url).status_code == 404
        assert Rating.objects.exists()

    @pytest.mark.parametrize(
        ("status", "step", "percent"),
        [
            *((status, "saving", 28) for status in ("checking", "queued", "running")),
            *((status, "", 0) for status in ("asking", "ready", "undone", "failed", "cancelled")),
            ("done", "", 100),
        ],
    )
    def test_only_an_import_in_work_shows_a_step(
        self, client: Client, ada: User, status: str, step: str, percent: int
    ):
        job = bring(ada, ratings(f"{ALIEN},4"))
        PersonalImport.objects.update(status=status, step="saving", n_done=28, n_total=100)
        answer = client.get(f"{API}{job.pk}/").json()
        assert (answer["step"], answer["percent"]) == (step, percent)

    def test_one_at_work_is_not_deleted(self, client: Client, ada: User):
        job = bring(ada, ratings(f"{ALIEN},4"))
        import_accept(job=job)
        assert client.delete(f"{API}{job.pk}/").status_code == 409
        answer = client.post(f"{URL}{job.pk}/delete/", follow=True)
        assert "Cancel it first." in answer.content.decode()
        assert PersonalImport.objects.exists()

    def test_another_persons_is_not_found(self, client: Client, ada: User):
        job = done(bring(cast.member("grace"), ratings(f"{ALIEN},4")))
        assert client.delete(f"{API}{job.pk}/").status_code == 404
        assert client.post(f"{URL}{job.pk}/delete/").status_code == 404
        assert PersonalImport.objects.exists()

    def test_the_file_of_an_open_question_goes_along(
        self, ada: User, django_capture_on_commit_callbacks: Any
    ):
        job = bring(ada, TABLE, "filme.csv")
        kept = Path(job.upload.path)
        with django_capture_on_commit_callbacks(execute=True):
            import_delete(job=job)
        assert not kept.exists()

    def test_deleting_makes_no_room_for_more_files_an_hour(self, ada: User):
        for _ in range(personal_imports.MAX_PER_HOUR):
            import_delete(job=bring(ada, ratings(f"{ALIEN},4")))
        with pytest.raises(ValidationError, match="20 files within an hour"):
            bring(ada, ratings(f"{ALIEN},4"))


class TestLimits:
    def test_too_many_files_say_when_to_come_again(self, client: Client, ada: User):
        for _ in range(personal_imports.MAX_PER_HOUR):
            PersonalImport.objects.create(user=ada, file_name="x")
        PersonalImport.objects.update(created_at=timezone.now() - timedelta(minutes=50))
        answer = client.post(URL, {"file": upload(ratings(f"{ALIEN},4"))})
        assert answer.status_code == 429
        assert 590 <= int(answer.headers["Retry-After"]) <= 600
        answer = client.post(API, {"file": upload(ratings(f"{ALIEN},4"))})
        assert answer.status_code == 429
        assert 590 <= int(answer.headers["Retry-After"]) <= 600

    @pytest.mark.parametrize("n_bytes", [1_500, 300_000], ids=["the file", "the whole request"])
    def test_a_file_that_is_too_large_is_413_everywhere(
        self, client: Client, ada: User, settings: Any, n_bytes: int
    ):
        settings.PERSONAL_IMPORT_MAX_BYTES = 1_000
        assert client.post(API, {"file": upload("x" * n_bytes)}).status_code == 413
        answer = client.post(URL, {"file": upload("x" * n_bytes)})
        assert answer.status_code == 413
        assert "larger than 1 kB" in answer.content.decode()

    @pytest.mark.parametrize(
        ("n_bytes", "english", "german"),
        [
            (100_000_000, "100 MB", "100 MB"),
            (1_500_000, "1.5 MB", "1,5 MB"),
            (2_000_000_000, "2 GB", "2 GB"),
            (1, "1 byte", "1 Byte"),
        ],
    )
    def test_sizes_are_in_the_units_of_the_settings(self, n_bytes: int, english: str, german: str):
        assert size_text(n_bytes) == english
        with translation.override("de"):
            assert size_text(n_bytes) == german

    @pytest.mark.parametrize("columns", [exports.RATINGS, "Titel;Jahr;Note\n"])
    def test_a_table_without_rows_says_so(self, client: Client, ada: User, columns: str):
        job = bring(ada, columns)
        assert job.status == Status.FAILED
        assert "ratings.csv has column names but no rows." in page_of(client, job)
        german = page_of(client, job, "de")
        assert "ratings.csv hat nur Spaltennamen und keine Zeilen." in german


class TestGerman:
    def test_a_failure_is_told_in_german(self, client: Client, ada: User):
        job = bring(ada, b"\x89PNG\r\n\x1a\n" + bytes(100), "me.png")
        assert "me.png ist ein Bild. Wählen Sie" in page_of(client, job, "de")
        job = bring(ada, "Dear Sir,\nI liked it.\n", "letter.txt")
        assert "letter.txt ist keiner der bekannten Exporte" in page_of(client, job, "de")
        job = bring(ada, TABLE, "filme.csv")
        form = {"column-rating": "Note", "scale": "10", "kind": "rating"}
        answer = client.post(f"{URL}{job.pk}/answer/", form, headers={"Accept-Language": "de"})
        assert answer.status_code == 400
        assert "Sagen Sie, in welcher Spalte der Titel" in answer.content.decode()

    def test_the_report_is_german(self, client: Client, ada: User):
        job = bring(ada, ratings(f"{ALIEN},4", "2021-01-01,Unheard Of,1931,u,0.7"))
        headers = {"Accept-Language": "de"}
        answer = client.get(f"{URL}{job.pk}/report.csv", headers=headers)
        rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
        assert rows[0][:3] == ["Datei", "Zeile", "Was"]
        assert rows[1][2] == "Bewertung"
        assert rows[2][-3] == "nicht im Katalog; 0.7 wurde auf 0.5 Sterne gerundet"

    def test_a_year_is_written_once(self, client: Client, ada: User):
        job = bring(ada, ratings("2021-01-01,Too New (2025),2025,u,4"))
        page = page_of(client, job)
        assert "Too New (2025)" in page
        assert "(2025) (2025)" not in page


def test_older_imports_are_on_the_next_page(client: Client, ada: User):
    for number in range(N_LISTED + 1):
        PersonalImport.objects.create(user=ada, file_name=f"file-{number}.csv", status="done")
    first, second = (client.get(URL, {"page": n}).content.decode() for n in (1, 2))
    assert "file-20.csv" in first
    assert "file-0.csv" not in first
    assert "Page 1 of 2" in first
    assert "file-0.csv" in second


def test_the_report_reads_no_descriptions(
    ada: User, django_assert_num_queries: Any, client: Client
):
    """Columns that the report does not show made it ten times slower."""
    job = bring(ada, ratings(f"{ALIEN},4"))
    with django_assert_num_queries(2) as queries:
        list(report_rows(job))
    assert all("description" not in query["sql"] for query in queries.captured_queries)
    import_cancel(job=job)

import gzip
import json

import pytest
from django.core.management import CommandError, call_command

from movies.importers.errors import ImportFailed
from movies.importers.files import open_file
from movies.importers.wikipedia import import_wikipedia
from movies.models import ImportReport
from tests import cast

pytestmark = pytest.mark.django_db


def article(title="Heat", year=1995, extract="A thief and a detective.", **more):
    return {"title": title, "year": year, "extract": extract, "href": "Heat_%28film%29", **more}


@pytest.fixture
def run(tmp_path):
    def run(*rows, **options):
        path = tmp_path / "articles.jsonl"
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        path.write_text("\n".join(lines))
        return import_wikipedia(file=open_file(path), **options)

    return run


def test_a_film_gets_its_description_its_source_and_its_picture(run):
    heat, alien = cast.movie("Heat", 1995), cast.movie("Alien", 1979)
    report = run(article(thumbnail="https://upload.wikimedia.org/heat.jpg"))
    heat.refresh_from_db()
    assert heat.description == "A thief and a detective."
    assert heat.description_url == "https://en.wikipedia.org/wiki/Heat_%28film%29"
    assert heat.picture_url == "https://upload.wikimedia.org/heat.jpg"
    assert report.counts == {
        "articles_read": 1,
        "films_matched": 1,
        "films_unmatched": 1,
        "descriptions_set": 1,
        "pictures_set": 1,
        "rows_refused": 0,
    }
    alien.refresh_from_db()
    assert alien.description == ""


@pytest.mark.parametrize(
    ("title", "year", "of_article", "year_of_article"),
    [
        ("The Matrix", 1999, "Matrix", 1998),
        ("Amélie", 2001, "Amelie", 2002),
        ("Schindler's List", 1993, "Schindler’s list", 1993),  # noqa: RUF001
        ("Hate", 1995, "La Haine", 1995),
        ("Seven", 1995, "Se7en (Seven)", 1995),
    ],
)
def test_spellings_of_one_title_match(run, title, year, of_article, year_of_article):
    film = cast.movie(title, year, other_titles="La Haine" if title == "Hate" else "")
    run(article(of_article, year_of_article))
    film.refresh_from_db()
    assert film.description


@pytest.mark.parametrize(("title", "year"), [("Heat", 1997), ("Heats", 1995), ("", None)])
def test_other_films_do_not_match(run, title, year):
    film = cast.movie(title, year)
    assert run(article()).counts["films_matched"] == 0
    film.refresh_from_db()
    assert film.description == ""


def test_the_nearest_year_and_the_films_first_title_win(run):
    heat = cast.movie("Heat", 1995, other_titles="Hitze")
    run(
        article(year=1996, extract="near"),
        article("Hitze", extract="other title"),
        article(extract="right"),
        article(extract="right, but later"),
    )
    heat.refresh_from_db()
    assert heat.description == "right"


def test_what_is_there_is_kept_unless_it_shall_be_overwritten(run):
    heat = cast.movie("Heat", description="Mine.", picture_url="https://example.org/mine.jpg")
    row = article(thumbnail="https://upload.wikimedia.org/heat.jpg")
    assert run(row).counts["descriptions_set"] == 0
    heat.refresh_from_db()
    assert (heat.description, heat.picture_url) == ("Mine.", "https://example.org/mine.jpg")
    run(row, overwrite=True)
    heat.refresh_from_db()
    assert heat.description == "A thief and a detective."
    assert heat.picture_url == "https://upload.wikimedia.org/heat.jpg"


def test_twice_is_once(run):
    cast.movie("Heat")
    row = article(thumbnail="https://upload.wikimedia.org/heat.jpg")
    run(row)
    report = run(row)
    assert (report.counts["descriptions_set"], report.counts["pictures_set"]) == (0, 0)


@pytest.mark.parametrize("address", ["javascript:alert(1)", "http://x/y", "https://" + "x" * 500])
def test_an_address_no_browser_should_follow_is_left_out(run, address):
    heat = cast.movie("Heat")
    run(article(thumbnail=address))
    heat.refresh_from_db()
    assert heat.description
    assert heat.picture_url == ""


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("{", "this is not JSON"),
        ("[" * 60_000, "this is not JSON"),
        ("[]", "this is not a JSON object"),
        ('{"year": 1995}', "the title is missing"),
        (article(title="  "), "the title is missing"),
        (article(year="1995"), "the year is missing"),
        (article(extract=7), "the extract is not a text"),
        ('"' + "x" * 70_000 + '"', "the line is longer than 65536 bytes"),
    ],
    ids=lambda v: str(v)[:30],
)
def test_a_bad_row_is_reported_and_the_good_ones_go_in(run, row, reason):
    cast.movie("Heat")
    report = run(row, article())
    problem = report.problems.get()
    assert (problem.file, problem.line_number) == ("articles.jsonl", 1)
    assert problem.reason.startswith(reason)
    assert report.counts["descriptions_set"] == 1


def test_a_file_without_a_good_row_changes_nothing(run):
    with pytest.raises(ImportFailed, match="has no row that can be imported"):
        run("{", "[]")
    assert ImportReport.objects.get().status == ImportReport.Status.FAILED


def test_the_command_reads_a_packed_file(tmp_path, capsys):
    heat = cast.movie("Heat")
    path = tmp_path / "articles.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(article()).encode()))
    call_command("import_wikipedia", str(path))
    assert "1 descriptions set" in capsys.readouterr().out
    heat.refresh_from_db()
    assert heat.description


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(b"{}\n" * 1000, mtime=0)[:-20], "is damaged"),
        (b"no gzip at all", "is damaged"),
        (b"", "cannot be read"),
        (None, "is not a file"),
    ],
    ids=["cut off", "not packed", "empty", "missing"],
)
def test_a_broken_file_is_named_without_a_traceback(tmp_path, content, message):
    path = tmp_path / "articles.jsonl.gz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=message):
        call_command("import_wikipedia", str(path))

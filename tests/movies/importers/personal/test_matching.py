"""Which film of the catalogue a row is about, where the titles have different forms."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from movies.importers.personal import matching
from movies.importers.personal.matching import (
    NUMBER_ALONE,
    OTHER_FORM,
    OTHER_REMARK,
    OTHER_TITLE,
    WITHOUT_NUMBER,
    Match,
    Matcher,
)
from movies.importers.personal.namesakes import settled
from movies.importers.personal.protocol import Kind, Row
from movies.importers.personal.reading import read
from movies.importers.progress import silent
from movies.models import Confidence, Credit, Movie, Person, Role
from movies.title_variants import Variants, variants_of
from movies.titles import match_keys
from tests import cast

pytestmark = pytest.mark.django_db


def row(title: str, year: int | None = None, **more: object) -> Row:
    return Row("ratings.csv", 2, Kind.RATING, title=title, year=year, **more)  # type: ignore[arg-type]


def match(*rows: Row) -> Match:
    """Return the match of the first row."""
    matcher = Matcher(rows)
    return settled(rows, [matcher.match(one) for one in rows]).matches[0]


@pytest.fixture
def star_wars() -> Movie:
    return cast.movie("Star Wars: Episode IV - A New Hope", 1977)


def test_a_title_in_another_form_is_probably_the_film(star_wars: Movie):
    found = match(row("Star Wars", 1977))
    assert (found.confidence, found.movie_id) == (Confidence.LIKELY, star_wars.pk)
    assert found.reason == OTHER_FORM


@pytest.mark.parametrize("year", [None, 1978])
def test_the_person_chooses_where_the_year_of_a_part_of_a_title_is_not_the_films(
    star_wars: Movie, year: int | None
):
    found = match(row("Star Wars", year))
    assert (found.confidence, found.movie_id) == (Confidence.LIKELY, None)
    assert found.candidates == (star_wars.pk,)


def test_the_whole_title_in_another_spelling_may_have_the_next_year():
    film = cast.movie("Rocky II", 1979)
    assert match(row("Rocky 2", 1980)) == Match(
        Confidence.LIKELY,
        film.pk,
        f"{OTHER_FORM}; the years differ by one",
        is_other_form=True,
    )


def test_a_film_of_the_very_title_goes_before_one_that_has_it_in_another_form(star_wars: Movie):
    plain = cast.movie("Star Wars", 1977)
    assert match(row("Star Wars", 1977)) == Match(Confidence.EXACT, plain.pk)


@pytest.mark.parametrize(("title", "year"), [("Rocky", 1976), ("Rocky", 1979), ("Alien", 1986)])
def test_a_film_is_not_taken_for_its_sequel(title: str, year: int):
    cast.movie("Rocky II", 1979)
    cast.movie("Aliens", 1986)
    assert match(row(title, year)).confidence == Confidence.UNMATCHED


def test_of_several_films_the_one_of_the_director_is_meant():
    first, second = (cast.movie(f"Romeo + Juliet: {name}", 1996) for name in ("One", "Two"))
    assert match(row("Romeo and Juliet", 1996)).candidates == (first.pk, second.pk)
    person = Person.objects.create(name="Baz Luhrmann")
    Credit.objects.create(movie=second, person=person, role=Role.DIRECTOR)
    found = match(row("Romeo and Juliet", 1996, people=("Baz Luhrmann",)))
    assert found.movie_id == second.pk


def test_a_film_with_another_id_is_not_meant(star_wars: Movie):
    Movie.objects.filter(pk=star_wars.pk).update(imdb_id="tt0076759")
    found = match(row("Star Wars", 1977, imdb_id="tt0000001"))
    assert found.confidence == Confidence.UNMATCHED


def test_a_title_marked_as_a_film_for_television_is_not_looked_for_in_other_forms(
    star_wars: Movie,
):
    assert match(row(f"{star_wars.title[:9]} (TV)", 1977)).confidence == Confidence.UNMATCHED


def test_the_person_chooses_where_another_row_has_the_films_own_title(star_wars: Movie):
    found = match(row("Star Wars", 1977), row(star_wars.title, 1977))
    assert (found.movie_id, found.candidates) == (None, (star_wars.pk,))


@pytest.mark.parametrize("title", ["5. Heat", "5) Heat", "#5 Heat", "(5) Heat"])
def test_a_title_without_the_number_before_it_is_probably_the_film(title: str):
    film = cast.movie("Heat", 1995)
    found = match(row(title, 1995))
    assert found == Match(Confidence.LIKELY, film.pk, WITHOUT_NUMBER, is_other_form=True)
    for year in (None, 1996):
        found = match(row(title, year))
        assert (found.movie_id, found.candidates) == (None, (film.pk,))


def test_a_film_whose_title_begins_with_the_number_goes_first():
    plain, numbered = cast.movie("Mann", 1995), cast.movie("3. Mann", 1995)
    assert match(row("3. Mann", 1995)) == Match(Confidence.EXACT, numbered.pk)
    assert match(row("4. Mann", 1995)).movie_id == plain.pk


@pytest.mark.parametrize(
    ("title", "year"), [("5. Heat", 1990), ("5 Heat", 1995), ("5. Heat 2", 1995)]
)
def test_a_number_before_a_title_leads_to_no_other_film(title: str, year: int):
    cast.movie("Heat", 1995)
    assert match(row(title, year)).confidence == Confidence.UNMATCHED


def test_the_initials_before_a_title_are_probably_the_film():
    film = cast.movie("E.T. the Extra-Terrestrial", 1982)
    for title in ("E.T.", "ET"):
        found = match(row(title, 1982))
        assert (found.confidence, found.movie_id) == (Confidence.LIKELY, film.pk)
        assert match(row(title)).candidates == (film.pk,)


REMARKS = [
    *("Making Of", "Deleted Scenes", "Fan Edit", "Radio Play", "Stage Musical", "Special"),
    *("The Making of the Director's Cut", "A Song Is Born"),
]
EDITIONS = [
    *("Director's Cut", "Extended Edition", "Theatrical Version", "4K", "Blu-ray", "Redux"),
    *("25th Anniversary Edition", "Langfassung", "version longue", "edición especial", "OmU"),
]


@pytest.mark.parametrize("remark", REMARKS)
def test_a_remark_in_brackets_is_probably_the_film_at_most(remark: str):
    film = cast.movie("Alien", 1979)
    found = match(row(f"Alien ({remark})", 1979))
    assert found == Match(Confidence.LIKELY, film.pk, OTHER_REMARK)


@pytest.mark.parametrize("edition", EDITIONS)
def test_an_edition_in_brackets_is_the_film(edition: str):
    film = cast.movie("Alien", 1979)
    assert match(row(f"Alien ({edition})", 1979)) == Match(Confidence.EXACT, film.pk)


@pytest.mark.parametrize(
    "title",
    [
        "Seven Samurai (Shichinin no samurai)",
        "Seven Samurai (a.k.a. The Magnificent Seven) (Shichinin no samurai)",
        "Seven Samurai (Shichinin no Samurai) (Director's Cut)",
        "Seven Samurai",
    ],
)
def test_the_films_other_titles_in_brackets_are_the_film(title: str):
    film = cast.movie(
        "Seven Samurai", 1954, other_titles="Shichinin no samurai; The Magnificent Seven"
    )
    assert match(row(title, 1954)) == Match(Confidence.EXACT, film.pk)


def test_a_film_whose_own_title_has_a_remark_in_brackets_is_the_film():
    film = cast.movie("Alien (Making Of)", 1979)
    assert match(row("Alien (Making Of)", 1979)) == Match(Confidence.EXACT, film.pk)


PARTS_OF_SERIES = {
    "Alien: Season 1": "Season 1",
    "Alien Season 2": "Season 2",
    "Alien - Episode 3": "Episode 3",
    "Alien: Season 1: The Crocodile's Dilemma": "Season 1",
    "Alien: Limited Series": "Limited Series",
    "Alien: Miniserie": "Miniserie",
    "Alien: Staffel 1": "Staffel 1",
    "Alien, 2. Staffel": "2 Staffel",
    "Alien Folge 12": "Folge 12",
    "Alien - Saison 2": "Saison 2",
    "Alien: épisode 4": "épisode 4",
    "Alien: Temporada 3": "Temporada 3",
    "Alien 1ª temporada": "1ª temporada",
    "Alien - Stagione 2": "Stagione 2",
    "Alien - Puntata 7": "Puntata 7",
    "Alien: Episódio 8": "Episódio 8",
    "Alien S01E02": "S01E02",
    "Alien - 3rd Season": "3rd Season",
}


@pytest.mark.parametrize("title", PARTS_OF_SERIES)
def test_a_season_or_an_episode_is_no_film(title: str):
    cast.movie("Alien", 1979)
    for year in (1979, None):
        found = Matcher(rows := [row(title, year)]).match(rows[0])
        assert (found.movie_id, found.candidates) == (None, ())
        assert found.no_film == PARTS_OF_SERIES[title]


@pytest.mark.parametrize(
    ("title", "year", "own_title"),
    [
        ("Open Season 2", 2008, "Open Season 2"),
        ("Star Wars: Episode 4", 1977, "Star Wars: Episode IV - A New Hope"),
        ("Star Wars Episode 4 - A New Hope", 1977, "Star Wars: Episode IV - A New Hope"),
        ("Series 7: The Contenders", 2001, "Series 7: The Contenders"),
        ("Episode 50", 2011, "Episode 50"),
        ("Olive Kitteridge: Limited Series", 2014, "Olive Kitteridge: Limited Series"),
    ],
)
def test_a_film_whose_title_has_the_word_of_a_series_is_found(
    title: str, year: int, own_title: str
):
    film = cast.movie(own_title, year)
    assert match(row(title, year)).movie_id == film.pk


@pytest.mark.parametrize(
    "title",
    [
        *("Season of the Witch", "Open Season", "The Third Season", "Series 7: The Contenders"),
        *("Star Wars: Episode IX - The Rise of Skywalker", "World Series 2004", "Serie noire"),
        *(
            "John Wick: Chapter 2",
            "It: Capítulo 2",
            "Kill Bill: Vol. 2",
            "S21: The Killing Machine",
        ),
    ],
)
def test_an_unknown_film_whose_title_has_such_a_word_waits(title: str):
    found = Matcher(rows := [row(title, 2019)]).match(rows[0])
    assert (found.confidence, found.no_film) == (Confidence.UNMATCHED, "")


def test_a_film_with_an_address_at_a_site_of_films_waits():
    rows = [row("Open Season 3", 2010, address="https://boxd.it/1")]
    assert Matcher(rows).match(rows[0]).no_film == ""


def test_progress_tells_the_rows_that_are_matched(tmp_path: Path):
    cast.movie("Alien", 1979)
    path = tmp_path / "ratings.csv"
    lines = [f"2020-01-01,Unknown: Film {n},1979,https://b/{n},4\n" for n in range(2_500)]
    path.write_text("Date,Name,Year,Letterboxd URI,Rating\n" + "".join(lines))
    steps: list[tuple[str, int, int]] = []
    read(path, path.name, {}, lambda *step: steps.append(step))
    assert [step for step in steps if step[0] == "matching"] == [
        ("matching", n, 2_500) for n in (0, 1_000, 2_000)
    ]


def test_the_forms_of_an_unknown_title_are_made_once(monkeypatch: pytest.MonkeyPatch):
    made: list[list[str]] = []

    def counted(titles: Iterable[str]) -> Variants:
        made.append(list(titles))
        return variants_of(made[-1])

    monkeypatch.setattr(matching, "variants_of", counted)
    rows = [row(f"Unknown {n}", 1979) for n in range(3)]
    matcher = Matcher(rows)
    assert [matcher.match(one).confidence for one in rows] == [Confidence.UNMATCHED] * 3
    assert [titles for titles in made if titles[0].startswith("Unknown")] == [
        ["Unknown 0"],
        ["Unknown 1"],
        ["Unknown 2"],
    ]


def test_the_keys_of_a_title_are_made_once(monkeypatch: pytest.MonkeyPatch):
    made: list[tuple[str, ...]] = []

    def counted(*titles: str) -> tuple[str, ...]:
        made.append(titles)
        return match_keys(*titles)

    monkeypatch.setattr(matching, "match_keys", counted)
    rows = [row(f"Unknown {n}", 1979) for n in range(3)]
    match(*rows)
    assert [titles[0] for titles in made] == ["Unknown 0", "Unknown 1", "Unknown 2"]


@pytest.mark.parametrize(
    ("title", "year"),
    [("Breaking Bad", None), ("Breaking Bad", 2008), ("Подпольная империя", 2010)],
)
def test_a_number_of_tmdb_alone_leads_to_a_film_only_by_choice(title: str, year: int | None):
    film = cast.movie("The Mirror", 1975, tmdb_id=1396)
    found = match(row(title, year, tmdb_id=1396))
    assert (found.confidence, found.movie_id) == (Confidence.LIKELY, None)
    assert (found.candidates, found.reason) == ((film.pk,), OTHER_TITLE)


@pytest.mark.parametrize("year", [1994, 1995, 1996])
def test_a_film_with_the_number_and_the_year_but_another_title_is_probable(year: int):
    film = cast.movie("Heat", 1995, tmdb_id=949)
    found = match(row("Some Series", year, tmdb_id=949))
    assert found == Match(Confidence.LIKELY, film.pk, OTHER_TITLE, is_by_id=True)


def test_a_film_with_the_number_is_probable_where_the_source_says_that_it_is_a_film():
    film = cast.movie("Alien", 1979, tmdb_id=348)
    for year in (None, 1979, 2001):
        found = match(row("Das unheimliche Wesen", year, tmdb_id=348, is_film=True))
        assert found == Match(Confidence.LIKELY, film.pk, OTHER_TITLE, is_by_id=True)
    assert match(row("", tmdb_id=348, is_film=True)).confidence == Confidence.EXACT


def test_a_number_of_tmdb_without_a_title_is_probable():
    film = cast.movie("Alien", 1979, tmdb_id=348)
    found = match(row("", tmdb_id=348))
    assert found == Match(Confidence.LIKELY, film.pk, NUMBER_ALONE, is_by_id=True)


@pytest.mark.parametrize(
    "title", ["Star Wars: Episode IV - A New Hope", "Star Wars", "Star Wars 4", "Krieg der Sterne"]
)
def test_the_number_and_a_title_of_the_film_tell_it_whatever_the_year(title: str):
    names = {"other_titles": "Krieg der Sterne; La guerra de las galaxias", "tmdb_id": 11}
    film = cast.movie("Star Wars: Episode IV - A New Hope", 1977, **names)
    for year in (None, 1977, 1999):
        found = match(row(title, year, tmdb_id=11))
        assert found == Match(Confidence.EXACT, film.pk, is_by_id=True)


def test_the_person_chooses_between_the_film_of_the_number_and_that_of_the_title():
    mirror = cast.movie("The Mirror", 1975, tmdb_id=1396)
    heat = cast.movie("Heat", 1995)
    found = match(row("Heat", 1995, tmdb_id=1396))
    assert (found.movie_id, found.candidates) == (None, (mirror.pk, heat.pk))


def test_a_number_does_not_count_against_both_the_title_and_the_id_of_imdb():
    cast.movie("The Mirror", 1975, tmdb_id=1396, imdb_id="tt0072443")
    found = match(row("Breaking Bad", 1975, tmdb_id=1396, imdb_id="tt0903747"))
    assert found.confidence == Confidence.UNMATCHED
    assert match(row("The Mirror", tmdb_id=1396, imdb_id="tt0000001")).is_by_id


def test_an_id_of_imdb_is_a_films_whatever_its_title():
    film = cast.movie("Alien", 1979, imdb_id="tt0078748")
    for year, confidence in ((None, "exact"), (1979, "exact"), (2001, "likely")):
        found = match(row("Das unheimliche Wesen", year, imdb_id="tt0078748"))
        assert (found.movie_id, found.confidence) == (film.pk, confidence)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("films.csv", "TMDb ID,Name,Your Rating,Date Rated\n1396,Breaking Bad,9,2020-01-02\n"),
        (
            "items.json",
            (
                '{"Items": [{"Name": "Breaking Bad", "Type": "Movie", "ProviderIds":'
                ' {"Tmdb": "1396"}, "UserData": {"Played": true}}]}'
            ),
        ),
        (
            "ratings-movies.json",
            (
                '[{"rated_at": "2020-01-02T00:00:00Z", "rating": 9, "movie": {"title":'
                ' "Breaking Bad", "year": null, "ids": {"trakt": 1, "tmdb": 1396}}}]'
            ),
        ),
        (
            "yamtrack.csv",
            (
                "media_id,source,media_type,title,score,status,end_date\n"
                "1396,tmdb,movie,Breaking Bad,9,Completed,2020-01-02\n"
            ),
        ),
    ],
)
def test_no_source_takes_a_number_of_tmdb_for_certain(tmp_path: Path, name: str, content: str):
    cast.movie("The Mirror", 1975, tmdb_id=1396)
    path = tmp_path / name
    path.write_text(content)
    columns = {"title": "Name", "tmdb_id": "TMDb ID", "rating": "Your Rating"}
    answers = {"columns": columns, "scale": "10"} if name == "films.csv" else {}
    (found,) = read(path, name, answers, silent).rows
    assert (found.confidence, found.note.split("; ")[0]) == (Confidence.LIKELY, OTHER_TITLE)


@pytest.mark.parametrize(
    ("title", "name", "year"),
    [
        ("盗火线 / Heat / 烈火悍将", "Heat", 1995),
        ("异形 / Alien", "Alien", 1979),
        ("Jaws / Les Dents de la mer", "Jaws", 1975),
        ("Alien³ / Alien 3", "Alien³", 1992),
        ("Terminator 2: Judgement Day", "Terminator 2: Judgment Day", 1991),
    ],
)
def test_one_of_several_titles_between_slashes_is_probably_the_film(
    title: str, name: str, year: int
):
    film = cast.movie(name, year)
    assert match(row(title, year)).movie_id == film.pk
    assert match(row(title, year)).confidence == Confidence.LIKELY
    assert match(row(title, year + 9)).confidence == Confidence.UNMATCHED

"""Lists of one film a line with its rating, and grades of schools."""

from pathlib import Path

import pytest

from movies.importers.personal.values import Scale, half_stars, scale_of
from tests.movies.importers.personal.test_generic import Table

FORMS = {
    "out of ten": ("Heat (1995) 9/10", "Alien (1979) 8/10", "10"),
    "dash": ("Heat (1995) - 4.5", "Alien (1979) - 4", "5"),
    "decimal comma": ("Heat (1995) - 4,5", "Alien (1979) - 4,0", "5"),
    "signs after a year": ("Heat (1995) ****½", "Alien (1979) ****", "5"),
    "stars": ("Heat (1995): 4.5 stars", "Alien (1979): 4 stars", "5"),
    "commas": ("Heat, 1995, ★★★★½", "Alien, 1979, ★★★★", "5"),
    "bullets": ("- Heat (1995): 9/10", "- Alien (1979): 8/10", "10"),
    "bare year": ("Heat 1995 9/10", "Alien, 1979 8/10", "10"),
    "no year": ("Heat 9/10", "Alien 8/10", "10"),
    "before": ("9/10 Heat", "8/10 Alien (1979)", "10"),
    "numbers before": ("10 Heat", "8 Alien", "10"),
    "decimals before": ("8.5 Heat", "8.0 Alien", "10"),
    "dots after numbers": ("1. Heat (1995) 9/10", "2. Alien (1979) 8/10", "10"),
    "numbers and dashes": ("1. Heat (1995) - 4.5", "2. Alien (1979) - 4", "5"),
    "brackets after numbers": ("1) Heat 9/10", "2) Alien 8/10", "10"),
    "letters": ("Heat (1995) A", "Alien (1979) B+", "letters"),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_line_gives_title_year_and_rating(tmp_path: Path, name: str):
    first, second, scale = FORMS[name]
    third = "3. " if second.startswith("2") else ""
    table = Table(tmp_path, f"{first}\n{second}\n{third}The Good, the Bad and the Ugly\n")
    assert table.suggestion["kind"] == "rating"
    assert table.suggestion["scale"] in {scale, ""}
    films = table.films(scale=scale)
    assert [title for title, _stars in films] == ["Heat", "Alien"]
    assert films[1][1] == 8


@pytest.mark.parametrize(
    "content",
    [
        "Rocky 2\nAlien 3\nToy Story 4\n",
        "1. Heat\n2. Alien\n3. Paprika\n",
        "3 Heat\n2 Alien\n1 Paprika\n",
        "I saw Heat in 1995. It was good.\nThen I saw Alien: it was better.\n",
    ],
)
def test_numbers_of_sequels_and_of_lines_are_no_ratings(tmp_path: Path, content: str):
    table = Table(tmp_path, content)
    assert table.member is None or not table.suggestion["columns"]["rating"]


def test_a_list_of_titles_with_years_stays_a_list_of_seen_films(tmp_path: Path):
    table = Table(tmp_path, "Heat (1995)\nAlien (1979)\nBlade Runner 2049 (2017)\n")
    assert table.suggestion["kind"] == "seen"


def test_a_line_without_a_rating_is_reported(tmp_path: Path):
    rows = Table(tmp_path, "Heat (1995) 9\nAlien (1979) 8\nPaprika (2006)\n").rows(scale="10")
    assert getattr(rows[2], "reason", "") == "there is no rating"


@pytest.mark.parametrize(
    ("texts", "scale"),
    [
        (["1", "2", "5"], None),
        (["1", "3", "6"], None),
        (["2-", "1", "3+"], Scale.GRADES),
        (["A+", "B", "F"], Scale.LETTERS),
        (["a", "C-"], Scale.LETTERS),
        (["1", "7"], Scale.TEN),
    ],
)
def test_grades_are_recognised_or_asked(texts: list[str], scale: Scale | None):
    assert scale_of(texts) == scale


def test_numbers_in_a_column_of_school_grades_are_grades(tmp_path: Path):
    table = Table(tmp_path, "Titel;Schulnote\nHeat;1\nAlien;6\nPaprika;2,5\n")
    assert table.suggestion["scale"] == "grades"
    assert table.films(scale="grades") == [("Heat", 10), ("Alien", 1), ("Paprika", 7)]


@pytest.mark.parametrize(
    ("text", "scale", "stars"),
    [
        ("1", Scale.GRADES, 10),
        ("4", Scale.GRADES, 4),
        ("6", Scale.GRADES, 1),
        ("2+", Scale.GRADES, 9),
        ("A+", Scale.LETTERS, 10),
        ("b-", Scale.LETTERS, 6),
        ("F", Scale.LETTERS, 1),
    ],
)
def test_the_best_grade_is_five_stars_and_the_worst_half_a_star(
    text: str, scale: Scale, stars: int
):
    assert half_stars(text, scale)[0] == stars


@pytest.mark.parametrize(("scale", "best"), [("grades", "1"), ("letters", "A+")])
def test_what_is_no_grade_is_refused(tmp_path: Path, scale: str, best: str):
    table = Table(tmp_path, f"Titel;Note\nHeat;{best}\nAlien;{best}\nPaprika;80\n")
    reasons = [getattr(row, "reason", "") for row in table.rows(scale=scale)]
    assert reasons[:2] == ["", ""]
    assert "the rating '80' is not among the grades" in reasons[2]


@pytest.mark.parametrize("before", ["{}. ", "{}) ", "#{} ", "{:02} ", "{} ", "{}: "])
@pytest.mark.parametrize("header", ["", "Title\n"])
@pytest.mark.parametrize("year", [" (1995)", ""])
def test_numbers_that_count_the_lines_are_no_part_of_the_titles(
    tmp_path: Path, before: str, header: str, year: str
):
    titles = ["Heat", "12 Angry Men", "9", *(f"Film {n}" for n in range(4, 300))]
    lines = [f"{before.format(n)}{title}{year}" for n, title in enumerate(titles, start=1)]
    table = Table(tmp_path, header + "\n".join(lines))
    if header or year:
        films = table.films(kind="seen", scale=None)
        assert [title for title, _stars in films] == titles
    else:
        assert table.member is None


@pytest.mark.parametrize(
    "titles",
    [
        ["12 Angry Men", "9", "1984", "10 Things I Hate About You"],
        ["1 Night", "3 Idiots", "2 Fast 2 Furious", "Heat", "Alien", "Jaws"],
        ["1 Night", "2 Fast 2 Furious"],
        ["1. April", "12. Mai"],
        ["2 Fast 2 Furious", "3 Idiots", "4 Lions"],
        ["1 Night", "2 Fast 2 Furious", "3 Idiots", "Heat"],
    ],
)
def test_other_numbers_are_part_of_the_titles(tmp_path: Path, titles: list[str]):
    content = "Title\n" + "".join(f"{title}\n" for title in titles)
    films = Table(tmp_path, content).films(kind="seen", scale=None)
    assert [title for title, _stars in films] == titles


def test_half_a_star_alone_is_a_rating(tmp_path: Path):
    content = "Heat (1995) ★★★★½\nRocky (1976) ½\nAlien ½\n8 ½ (1963) ★★★★\n8 ½\n"
    table = Table(tmp_path, content)
    assert table.films() == [("Heat", 9), ("Rocky", 1), ("Alien", 1), ("8 ½", 8)]

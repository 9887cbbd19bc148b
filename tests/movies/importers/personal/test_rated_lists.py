"""Lists of one film a line with its rating, and grades of schools."""

from pathlib import Path

import pytest

from movies.importers.personal.protocol import Refused, Row
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
    "decimals before": ("8.5 Heat", "8.0 Alien", "10"),
    "dots after numbers": ("1. Heat (1995) 9/10", "2. Alien (1979) 8/10", "10"),
    "numbers and dashes": ("1. Heat (1995) - 4.5", "2. Alien (1979) - 4", "5"),
    "brackets after numbers": ("1) Heat 9/10", "2) Alien 8/10", "10"),
    "remark": ("Heat 9/10 (again!)", "Alien (1979) 8/10 (director's cut)", "10"),
    "year last": ("Heat 9/10 (1995)", "Alien 8/10 (1979)", "10"),
    "dash and signs": ("Heat - ★★★★½", "Alien: ★★★★", "5"),
    "ratings behind numbers": ("1. 9/10 Heat", "2. 8/10 Alien", "10"),
    "square brackets": ("Heat [1995] 9/10", "Alien [1979] 8/10", "10"),
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
    films = Table(tmp_path, header + "\n".join(lines)).films(kind="seen", scale=None)
    assert [title for title, _stars in films] == titles


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


def titles_of(table: Table) -> list[str]:
    """Return the titles of a list as it is suggested, with their years."""
    assert table.suggestion["kind"] == "seen"
    rows = [row for row in table.rows(scale=None, kind="seen") if isinstance(row, Row)]
    return [f"{row.title} ({row.year})" if row.year else row.title for row in rows]


def reports_of(table: Table) -> dict[str, str]:
    rows = table.rows(scale=None, kind="seen")
    return {row.title: row.reason for row in rows if isinstance(row, Refused)}


FILMS = ["Heat (1995)", "Alien (1979)", "Ran (1985)", "12 Angry Men (1957)", "Fargo (1996)"]


@pytest.mark.parametrize(
    "form", ["{}. ", "{}) ", "#{} ", "({}) ", "[{}] ", "{}.", "No. {} ", "- {}. "]
)
@pytest.mark.parametrize(
    "numbers", ["5 4 3 2 1", "1 2 4 5 6", "1 2 3 3 5", "98 99 100 101 102", "10 9 8 2 1"]
)
@pytest.mark.parametrize("has_years", [True, False])
def test_numbers_with_a_sign_count_the_lines_in_any_order(
    tmp_path: Path, form: str, numbers: str, has_years: bool
):
    titles = FILMS if has_years else [title[:-7] for title in FILMS]
    lines = zip(numbers.split(), titles, strict=True)
    content = "\n".join(f"{form.format(number)}{title}" for number, title in lines)
    if form == "{}.":  # "4.12 Angry Men" would be a number
        content = content.replace("12 Angry Men", "Angry Men")
        titles = [title.replace("12 ", "") for title in titles]
    assert titles_of(Table(tmp_path, content)) == titles


@pytest.mark.parametrize(
    ("content", "headings"),
    [
        ("1. Heat (1995)\n2. Alien (1979)\n# 1980s\n3. Ran (1985)\n", ["# 1980s"]),
        (
            "2019\n1. Heat (1995)\n2. Alien (1979)\n\n2020\n1. Ran (1985)\n2. Up (2009)\n",
            ["2019", "2020"],
        ),
        ("1. Heat\n2. Alien\nThe best of all:\n3. Ran\n4. Up\n", ["The best of all:"]),
        ("1. Heat (1995)\n2. Alien (1979)\n-----\n3. Ran (1985)\n", ["-----"]),
    ],
)
def test_headings_and_comments_of_a_counted_list_are_reported(
    tmp_path: Path, content: str, headings: list[str]
):
    table = Table(tmp_path, content)
    titles = [title.split(" (")[0] for title in titles_of(table)]
    assert titles in (["Heat", "Alien", "Ran"], ["Heat", "Alien", "Ran", "Up"])
    assert reports_of(table) == dict.fromkeys(headings, "the line is a heading or a comment")


def test_a_film_without_a_number_below_a_counted_list_is_kept(tmp_path: Path):
    content = "1. Heat (1995)\n2. Alien (1979)\nUp (2009)\n"
    assert titles_of(Table(tmp_path, content)) == ["Heat (1995)", "Alien (1979)", "Up (2009)"]


def test_a_counted_list_with_ratings_may_have_comments(tmp_path: Path):
    content = "3. Heat (1995) - 9\n2. Alien (1979) - 8\n# the best\n1. Ran (1985) - 10\n"
    table = Table(tmp_path, content)
    assert table.films(scale="10") == [("Heat", 9), ("Alien", 8), ("Ran", 10)]
    (refused,) = (row for row in table.rows(scale="10") if isinstance(row, Refused))
    assert refused.reason == "the line is a heading or a comment"


def test_the_numbers_of_a_table_with_titles_that_are_counted_are_taken_off(tmp_path: Path):
    table = Table(tmp_path, "Title,Rating\n5. Heat,4.5\n4. Alien,4\n3. 12 Angry Men,3\n")
    assert table.films() == [("Heat", 9), ("Alien", 8), ("12 Angry Men", 6)]


NUMBERS = [
    *("12 Angry Men (1957)", "300 (2007)", "21 Grams (2003)", "8 1/2 (1963)", "8 ½ (1963)"),
    *("10 Things I Hate About You (1999)", "3 Idiots (2009)", "8 Mile (2002)"),
]


@pytest.mark.parametrize("before", ["", "{}. ", "{}) ", "#{} ", "{} "])
@pytest.mark.parametrize("year", ["(", ", ", "["])
def test_numbers_that_belong_to_titles_stay_there(tmp_path: Path, before: str, year: str):
    lines = [title.replace(" (", f" {year}" if year != ", " else year) for title in NUMBERS]
    if year != "(":
        lines = [line.replace(")", "]" if year == "[" else "") for line in lines]
    content = "\n".join(f"{before.format(n)}{line}" for n, line in enumerate(lines, start=1))
    assert titles_of(Table(tmp_path, content)) == NUMBERS


def test_the_person_says_what_numbers_before_titles_are_that_may_be_either(tmp_path: Path):
    table = Table(tmp_path, "10 Heat (1995)\n8 Alien (1979)\n7 Fargo (1996)\n")
    suggestion = table.suggestion
    assert (suggestion["kind"], suggestion["scale"]) == ("", "")
    assert not any(suggestion["columns"].values())
    assert suggestion["samples"][0] == ["Heat", "1995", "10", "10 Heat (1995)"]
    rated = {"title": "column 1", "year": "column 2", "rating": "column 3"}
    assert table.films(columns=rated, scale="10") == [("Heat", 10), ("Alien", 8), ("Fargo", 7)]
    whole = table.rows(columns={"title": "column 4"}, kind="seen", scale=None)
    assert [(row.title, getattr(row, "year", 0)) for row in whole] == [
        ("10 Heat", 1995),
        ("8 Alien", 1979),
        ("7 Fargo", 1996),
    ]


@pytest.mark.parametrize(
    "content",
    [
        "10 Heat\n8 Alien\n8 Ran\n7 Fargo\n8 Up\n",
        "9.5 Heat\n8.0 Alien\n7.5 Ran\n",
        "90% Heat\n80% Alien\n",
        "9 - Heat\n8 - Alien\n10 - Ran\n",
        "4 stars Heat\n3 stars Alien\n",
    ],
)
def test_numbers_before_titles_that_are_plainly_ratings_are_suggested(tmp_path: Path, content: str):
    suggestion = Table(tmp_path, content).suggestion
    assert (suggestion["kind"], suggestion["columns"]["rating"]) == ("rating", "column 3")


@pytest.mark.parametrize("bullet", ["*", "-", "•", "·"])
def test_bullets_are_no_part_of_titles(tmp_path: Path, bullet: str):
    table = Table(tmp_path, f"- Heat (1995)\n{bullet} Das Boot (1981)\nAlien (1979)\n")
    assert titles_of(table) == ["Heat (1995)", "Das Boot (1981)", "Alien (1979)"]


def test_a_star_beside_lines_with_several_is_a_rating(tmp_path: Path):
    table = Table(tmp_path, "**** Heat (1995)\n* Alien (1979)\n*** Ran (1985)\n")
    assert table.films() == [("Heat", 8), ("Alien", 2), ("Ran", 6)]


def test_films_whose_box_is_not_ticked_are_reported(tmp_path: Path):
    table = Table(tmp_path, "- [x] Heat (1995)\n- [ ] Alien (1979)\n[X] Ran (1985)\n")
    assert titles_of(table) == ["Heat (1995)", "Ran (1985)"]
    assert reports_of(table) == {"Alien (1979)": "the box of the line is not ticked"}


def test_films_of_a_list_whose_boxes_are_all_empty_are_kept(tmp_path: Path):
    table = Table(tmp_path, "[ ] Heat (1995)\n[ ] Alien (1979)\n☐ Ran (1985)\n")
    assert titles_of(table) == ["Heat (1995)", "Alien (1979)", "Ran (1985)"]


@pytest.mark.parametrize("first", ["[REC] (2007)", "{500} Days of Summer (2009)", "[Rec]² (2009)"])
def test_a_list_may_begin_with_a_bracket(tmp_path: Path, first: str):
    table = Table(tmp_path, f"{first}\nHeat (1995)\nAlien (1979)\n")
    assert titles_of(table) == [first, "Heat (1995)", "Alien (1979)"]


def test_a_table_may_begin_with_a_bracket(tmp_path: Path):
    assert Table(tmp_path, "[Title],[Rating]\nHeat,4\n").films() == [("Heat", 8)]


def test_the_rule_of_a_markdown_table_is_no_film(tmp_path: Path):
    for content in (
        "Title | Rating\n--- | ---:\nHeat | 4\n",
        "| Title | Rating |\n|:---:|---|\n| Heat | 4 |\n",
    ):
        table = Table(tmp_path, content)
        assert [(row.title, getattr(row, "half_stars", 0)) for row in table.rows()] == [("Heat", 8)]


@pytest.mark.parametrize("title", ["Alien [1979]", "Alien, 1979", "Alien (1979)"])
def test_a_year_at_the_end_of_a_title_is_the_films(tmp_path: Path, title: str):
    row = Table(tmp_path, f'Title,Rating\n"{title}",4\n').rows()[0]
    assert isinstance(row, Row)
    assert (row.title, row.year) == ("Alien", 1979)

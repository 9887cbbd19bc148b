"""Tables of any form: what is a table, which column is suggested, and which one is meant."""

from pathlib import Path
from typing import Any

import pytest

from movies.importers.errors import ImportFailed
from movies.importers.personal import generic
from movies.importers.personal.files import Upload
from movies.importers.personal.generic import Mapped, WrongAnswer, labels_of
from movies.importers.personal.protocol import Kind, Refused, Row
from movies.importers.personal.reading import read
from movies.importers.progress import silent


class Table:
    """A table in a file, and what is made of it."""

    def __init__(self, folder: Path, content: str | bytes) -> None:
        self.path = folder / "films.csv"
        self.path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.member = generic.table_of(Upload.open(self.path))

    @property
    def suggestion(self) -> dict[str, Any]:
        assert self.member is not None
        return generic.suggestion(self.member)

    def rows(self, **answers: Any) -> list[Row | Refused]:
        assert self.member is not None
        answers = {"columns": self.suggestion["columns"], "scale": "5"} | answers
        return list(generic.rows(self.member, Mapped.from_answers(self.suggestion, answers)))

    def films(self, **answers: Any) -> list[tuple[str, int | None]]:
        rows = self.rows(**answers)
        return [(row.title, row.half_stars) for row in rows if isinstance(row, Row)]


class TestColumns:
    @pytest.mark.parametrize(
        ("header", "labels"),
        [
            (["", "title"], ("column 1 (no name)", "title")),
            (["a", "a", "b"], ("a (column 1)", "a (column 2)", "b")),
            (["", "column 1 (no name)"], ("column 1 (no name)", "column 1 (no name) (column 2)")),
            (
                ["a (column 2)", "a", "a"],
                ("a (column 2)", "a (column 2) (column 2)", "a (column 3)"),
            ),
        ],
    )
    def test_every_column_has_a_label_of_its_own(self, header: list[str], labels: tuple[str, ...]):
        assert labels_of(header) == labels
        assert len(set(labels)) == len(header)

    def test_no_answer_means_a_column_without_a_name(self, tmp_path: Path):
        """The index that pandas writes has no name; its numbers must not pass for film ids."""
        table = Table(tmp_path, ",title,rating\n348,Paprika,4\n4977,Alien,3.5\n")
        assert table.suggestion["available"][0] == "column 1 (no name)"
        columns = dict.fromkeys(generic.FIELDS, "") | {"title": "title", "rating": "rating"}
        rows = table.rows(columns=columns)
        assert [row.tmdb_id for row in rows if isinstance(row, Row)] == [None, None]
        chosen = table.rows(columns=columns | {"tmdb_id": "column 1 (no name)"})
        assert [row.tmdb_id for row in chosen if isinstance(row, Row)] == [348, 4977]

    def test_each_of_two_columns_with_one_name_can_be_chosen(self, tmp_path: Path):
        table = Table(tmp_path, "title,rating,rating\nAlien,4,1\n")
        for position, half_stars in ((2, 8), (3, 2)):
            columns = {"title": "title", "rating": f"rating (column {position})"}
            assert table.films(columns=columns) == [("Alien", half_stars)]

    @pytest.mark.parametrize("name", ["Meine  Note", "meine note", "Meine_Note"])
    def test_a_column_is_found_by_its_own_spelling(self, tmp_path: Path, name: str):
        table = Table(tmp_path, "Titel;Meine  Note\nAlien;4\n")
        assert table.films(columns={"title": "Titel", "rating": name}) == [("Alien", 8)]

    def test_columns_that_differ_by_case_are_told_apart(self, tmp_path: Path):
        table = Table(tmp_path, "title,Rating,rating\nAlien,4,1\n")
        assert table.films(columns={"title": "title", "rating": "Rating"}) == [("Alien", 8)]
        assert table.films(columns={"title": "title", "rating": "rating"}) == [("Alien", 2)]
        with pytest.raises(WrongAnswer, match="no column 'RATING'"):
            table.films(columns={"title": "title", "rating": "RATING"})

    @pytest.mark.parametrize(
        "name",
        [
            *("vote", "Votes", "My vote", "your_vote", "stars", "Score", "My Score", "Note"),
            *("nota", "Mi nota", "Bewertung", "Meine Bewertung", "Wertung", "Rating (1-10)"),
            *("Rating10", "User Rating", "voto", "liked", "thumbs"),
        ],
    )
    def test_a_column_of_ratings_is_suggested(self, tmp_path: Path, name: str):
        suggestion = Table(tmp_path, f"title,{name}\nAlien,4\n").suggestion
        assert suggestion["columns"]["rating"] == name

    def test_ones_own_rating_goes_before_everybodys(self, tmp_path: Path):
        suggestion = Table(tmp_path, "title,Rating,Votes,Your Rating\nAlien,8.5,900,4\n").suggestion
        assert suggestion["columns"]["rating"] == "Your Rating"


class TestScales:
    @pytest.mark.parametrize(
        ("up", "down"),
        [
            *(("\N{THUMBS UP SIGN}", "\N{THUMBS DOWN SIGN}"), ("Thumbs up", "Thumbs down")),
            *(("thumbs_up", "thumbs-down"), ("like", "dislike"), ("Liked", "Disliked")),
            *(("+1", "-1"), ("1", "-1"), ("1", "0"), ("yes", "no"), ("ja", "nein")),
            ("\N{THUMBS UP SIGN}\U0001f3fd", "\N{THUMBS DOWN SIGN}\N{VARIATION SELECTOR-16}"),
        ],
    )
    def test_thumbs_are_a_scale(self, tmp_path: Path, up: str, down: str):
        table = Table(tmp_path, f"title,rating\nAlien,{up}\nPaprika,{down}\n")
        assert table.suggestion["scale"] == "thumbs"
        assert table.films(scale="thumbs") == [("Alien", 8), ("Paprika", 3)]

    def test_only_ones_may_be_stars(self, tmp_path: Path):
        assert Table(tmp_path, "title,rating\nAlien,1\nPaprika,1\n").suggestion["scale"] == ""


class TestDates:
    CONTENT = "title,rating,date\nAlien,4,03/04/2020\nPaprika,3,{}\n"

    def days(self, table: Table, **answers: Any) -> list[str]:
        rows = table.rows(**answers)
        return [
            f"{row.happened_at:%m-%d}"
            for row in rows
            if isinstance(row, Row) and row.happened_at is not None
        ]

    @pytest.mark.parametrize(("other", "day"), [("25/12/2020", "04-03"), ("12/25/2020", "03-04")])
    def test_one_day_above_twelve_decides_the_whole_column(
        self, tmp_path: Path, other: str, day: str
    ):
        table = Table(tmp_path, self.CONTENT.format(other))
        assert self.days(table) == [day, "12-25"]
        wrong = "mdy" if day == "04-03" else "dmy"
        assert self.days(table, date_order=wrong) == [day, "12-25"], "the column knows better"

    def test_a_column_that_shows_no_order_is_asked_about(self, tmp_path: Path):
        table = Table(tmp_path, self.CONTENT.format("01/02/2020"))
        assert table.suggestion["date_orders"] == {"date": ["dmy", "mdy"]}
        with pytest.raises(WrongAnswer, match="in the column 'date'") as raised:
            table.rows()
        assert raised.value.parameter == "date_order"
        assert self.days(table, date_order="dmy") == ["04-03", "02-01"]
        assert self.days(table, date_order="mdy") == ["03-04", "01-02"]
        columns = table.suggestion["columns"] | {"date": ""}
        assert self.days(table, columns=columns) == []

    def test_a_column_that_contradicts_itself_is_asked_about(self, tmp_path: Path):
        table = Table(tmp_path, self.CONTENT.format("12/25/2020") + "Heat,3,25/12/2020\n")
        assert table.suggestion["date_orders"] == {"date": ["dmy", "mdy"]}
        assert self.days(table, date_order="dmy") == ["04-03", "12-25", "12-25"]

    def test_the_last_row_of_a_long_table_decides(self, tmp_path: Path):
        filler = "Alien,4,01/01/2020\n" * 500
        table = Table(tmp_path, self.CONTENT.format("03/04/2020") + filler + "Heat,3,25/12/2020\n")
        assert table.suggestion["date_orders"] == {"date": ["dmy"]}


class TestFirstLine:
    @pytest.mark.parametrize(
        "content",
        [
            "Alien,1979,9,25/12/2020\nPaprika,2006,3.5,26/12/2020\n",
            "Alien,1979,9,25/12/2020",
            "\n\nAlien;1979;9;2020-12-25\n",
        ],
    )
    def test_a_film_in_the_first_line_is_a_film(self, tmp_path: Path, content: str):
        table = Table(tmp_path, content)
        suggestion = table.suggestion
        assert (suggestion["has_header"], suggestion["available"][0]) == (False, "column 1")
        assert suggestion["columns"] == dict.fromkeys(generic.FIELDS, "") | {
            "title": "column 1",
            "year": "column 2",
            "rating": "column 3",
            "date": "column 4",
        }
        assert table.films(scale="10")[0] == ("Alien", 9)

    def test_numbers_before_the_title_are_not_suggested_as_ratings(self, tmp_path: Path):
        suggestion = Table(tmp_path, "0,Alien,4\n1,Paprika,3\n").suggestion
        assert suggestion["columns"]["rating"] == "column 3"

    @pytest.mark.parametrize("has_header", [True, False])
    def test_the_person_knows_better(self, tmp_path: Path, has_header: bool):
        for content in ("Titel,Note\nAlien,4\n", "Heat,4\nAlien,4\n"):
            table = Table(tmp_path, content)
            title, rating = table.suggestion["available"]
            columns = {"title": title, "rating": rating}
            rows = table.rows(columns=columns, has_header=has_header)
            assert len(rows) == (1 if has_header else 2)

    @pytest.mark.parametrize("first", ["title,2019", "0,1", "Titel;Note"])
    def test_names_are_no_film(self, tmp_path: Path, first: str):
        delimiter = ";" if ";" in first else ","
        table = Table(tmp_path, f"{first}\nAlien{delimiter}4\n")
        assert table.suggestion["has_header"] is True

    @pytest.mark.parametrize(
        "before", ["\n", "\r\n \r\n", ",,\n", "sep=,\n", '"sep=,"\n', "\ufeff\n"]
    )
    def test_lines_before_the_names_that_say_nothing_are_passed_over(
        self, tmp_path: Path, before: str
    ):
        table = Table(tmp_path, f"{before}title,rating\nAlien,4\n")
        assert table.films() == [("Alien", 8)]
        assert [row.line for row in table.rows()] == [2 + before.count("\n")]


class TestWhatIsATable:
    @pytest.mark.parametrize(
        "text",
        [
            "Dear friend, I like films, and you?\nYes, it was good.\nAnd, well, bye, now.\n",
            "I liked Alien, it was good\nI hated Paprika, it was bad\n",
            "Dear diary, today I saw Alien.",
            "Films; that is what I like.\nI saw Alien.\nI saw Heat.\nAnd so on.\n",
        ],
    )
    def test_prose_is_none(self, tmp_path: Path, text: str):
        table = Table(tmp_path, text)
        assert table.member is None
        with pytest.raises(ImportFailed, match="none of the exports that are known"):
            read(table.path, "letter.txt", {}, silent)

    @pytest.mark.parametrize(
        "text",
        [
            "Title, Year, Rating\nAlien, 1979, 4\n",
            "Alien, 1979, 4\nPaprika, 2006, 3\n",
            "C\u00edm;Rendez\u0151\nAlien;Ridley Scott\n",
            "title,comment\nAlien,\nPaprika\nHeat\n",
        ],
    )
    def test_tables_of_other_forms_are_some(self, tmp_path: Path, text: str):
        assert Table(tmp_path, text).member is not None


class TestDamage:
    def test_a_nul_byte_spoils_its_own_row_only(self, tmp_path: Path):
        table = Table(tmp_path, b"title,rating\nAlien,4\nPap\0rika,3\nHeat,5\n")
        assert table.films() == [("Alien", 8), ("Heat", 10)]
        (refused,) = (row for row in table.rows() if isinstance(row, Refused))
        assert (refused.line, refused.reason) == (
            3,
            "the line is damaged: there is a NUL byte in it",
        )

    def test_a_picture_is_no_table(self, tmp_path: Path):
        assert Table(tmp_path, b"a,b\n" + bytes(100)).member is None
        assert Table(tmp_path, b"GIF89a,\x01\x02,\x03\n" * 20).member is None


@pytest.mark.parametrize(
    ("answers", "parameter"),
    [
        ({"columns": {"titel": "title"}}, "columns"),
        ({"columns": {"rating": "rating"}}, "columns"),
        ({"columns": {"title": "title"}}, "columns"),
        ({"columns": {"title": "nothing", "rating": "rating"}}, "columns"),
        ({"scale": ""}, "scale"),
        ({"scale": "7"}, "scale"),
        ({"kind": "nothing"}, "kind"),
        ({"date_order": "ydm"}, "date_order"),
    ],
)
def test_an_answer_that_does_not_fit_names_its_parameter(
    tmp_path: Path, answers: dict[str, Any], parameter: str
):
    table = Table(tmp_path, "title,rating\nAlien,4\n")
    with pytest.raises(WrongAnswer) as raised:
        table.rows(**answers)
    assert raised.value.parameter == parameter


def test_films_without_ratings_need_no_scale(tmp_path: Path):
    table = Table(tmp_path, "title,comment\nAlien,good\n")
    (row,) = table.rows(kind="watch_later", scale="")
    assert isinstance(row, Row)
    assert (row.kind, row.half_stars) == (Kind.WATCH_LATER, None)

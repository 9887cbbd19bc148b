"""Tables of any form: what is a table, which column is suggested, and which one is meant."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from movies.importers.errors import ImportFailed
from movies.importers.personal import generic
from movies.importers.personal.files import Upload, labels_of
from movies.importers.personal.generic import Mapped, WrongAnswer
from movies.importers.personal.protocol import Kind, Refused, Row
from movies.importers.personal.reading import read
from movies.importers.personal.works import mark_of_no_film, part_of_series
from movies.importers.progress import silent
from tests.movies.importers.personal import exports
from tests.movies.importers.personal.exports import EXPORTS


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
            *("vote", "My vote", "your_vote", "stars", "Score", "My Score", "Note"),
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

    @pytest.mark.parametrize(
        "header",
        [
            *("N\u00e1zev;Rok;Hodnocen\u00ed", "Tytu\u0142;Rok;Ocena", "Titel;Jaar;Cijfer"),
            *("Название;Год;Оценка", "Фильм;Год выпуска;Моя оценка", "Название;Год;Рейтинг"),
            *("T\u00edtulo;Ano;Avalia\u00e7\u00e3o", "タイトル;年;評価", "邦題;製作年;得点"),
            *("片名;年份;评分", "電影;年份;評分", "标题;年代;我的评分"),
            *("Gach;Pobli;Zuk", "Elokuvan nimi;Vuosi;Arvosana"),
        ],
    )
    def test_columns_are_suggested_in_any_language(self, tmp_path: Path, header: str):
        suggestion = Table(tmp_path, f"{header}\nAlien;1979;9\nHeat;1995;8\n").suggestion
        title, year, rating = header.split(";")
        assert (suggestion["has_header"], suggestion["scale"]) == (True, "10")
        found = {field: label for field, label in suggestion["columns"].items() if label}
        assert found == {"title": title, "year": year, "rating": rating}

    @pytest.mark.parametrize(
        ("name", "value", "day"),
        [
            ("Fecha de voto", "3 de enero de 2020", "2020-01-03"),
            ("Date", "44197", "2021-01-01"),
            ("Date", "44197.5", "2021-01-01"),
            ("Date", "3-Jan-20", "2020-01-03"),
            ("鑑賞日", "2020年1月5日", "2020-01-05"),
            ("WatchedDate", "2020-01-05", "2020-01-05"),
            ("dateRated", "2020.01.05.", "2020-01-05"),
        ],
    )
    def test_a_column_of_dates_is_suggested_and_read(
        self, tmp_path: Path, name: str, value: str, day: str
    ):
        table = Table(tmp_path, f"title;year;rating;{name}\nAlien;1979;4;{value}\n")
        assert table.suggestion["columns"]["date"] == name
        (row,) = table.rows()
        assert isinstance(row, Row)
        assert row.happened_at is not None
        assert row.happened_at.date().isoformat() == day

    def test_letterboxds_own_form_of_imports_is_understood(self, tmp_path: Path):
        content = "Title,Year,Rating10,WatchedDate,tmdbID,imdbID\nHeat,1995,9,2020-01-05,949,\n"
        columns = Table(tmp_path, content).suggestion["columns"]
        assert {field: label for field, label in columns.items() if label} == {
            "title": "Title",
            "year": "Year",
            "rating": "Rating10",
            "date": "WatchedDate",
            "tmdb_id": "tmdbID",
            "imdb_id": "imdbID",
        }

    @pytest.mark.parametrize("date", ["2019", "June 2018", "soon"])
    def test_a_rating_whose_date_is_not_understood_is_kept(self, tmp_path: Path, date: str):
        table = Table(tmp_path, f"title,rating,date\nHeat,4,{date}\nAlien,3,2020-01-05\n")
        columns = {"title": "title", "rating": "rating", "date": "date"}
        row = table.rows(columns=columns)[0]
        assert isinstance(row, Row)
        assert (row.half_stars, row.happened_at) == (8, None)
        assert row.note == f"the date {date!r} is not understood"

    @pytest.mark.parametrize(
        "value",
        [
            *("15.12.1995", "25/05/1995", "May 25, 1995", "(1995)", "[1995]", "1995.0"),
            *("1995-12-15", "15 d\u00e9cembre 1995", "15/12/1995 10:00 +0200"),
        ],
    )
    def test_the_year_of_a_release_date_is_the_films(self, tmp_path: Path, value: str):
        table = Table(tmp_path, f"title;Release date;rating\nHeat;{value};4\n")
        assert table.suggestion["columns"]["year"] == "Release date"
        (row,) = table.rows()
        assert isinstance(row, Row)
        assert (row.year, row.note) == (1995, "")

    @pytest.mark.parametrize(
        ("value", "note"),
        [("95", "the year '95' cannot be read"), ("", ""), ("-", ""), ("0", ""), ("n/a", "")],
    )
    def test_a_year_that_cannot_be_read_is_reported(self, tmp_path: Path, value: str, note: str):
        table = Table(tmp_path, f"title;year;rating\nHeat;{value};4\n")
        columns = {"title": "title", "year": "year", "rating": "rating"}
        (row,) = table.rows(columns=columns)
        assert isinstance(row, Row)
        assert row.note == note


class TestScales:
    @pytest.mark.parametrize(
        ("up", "down"),
        [
            *(("\N{THUMBS UP SIGN}", "\N{THUMBS DOWN SIGN}"), ("Thumbs up", "Thumbs down")),
            *(("thumbs_up", "thumbs-down"), ("like", "dislike"), ("Liked", "Disliked")),
            *(("+1", "-1"), ("1", "-1"), ("yes", "no"), ("ja", "nein")),
            ("\N{THUMBS UP SIGN}\U0001f3fd", "\N{THUMBS DOWN SIGN}\N{VARIATION SELECTOR-16}"),
        ],
    )
    def test_thumbs_are_a_scale(self, tmp_path: Path, up: str, down: str):
        table = Table(tmp_path, f"title,rating\nAlien,{up}\nPaprika,{down}\n")
        assert table.suggestion["scale"] == "thumbs"
        assert table.films(scale="thumbs") == [("Alien", 8), ("Paprika", 3)]

    @pytest.mark.parametrize("nothing", ["no", "0", "False", "nein"])
    @pytest.mark.parametrize("name", ["Liked", "Like", "Heart", "My favourite", "Gef\u00e4llt mir"])
    def test_no_mark_is_no_thumb_down(self, tmp_path: Path, name: str, nothing: str):
        table = Table(tmp_path, f"title,{name}\nAlien,yes\nPaprika,{nothing}\n")
        columns = {"title": "title", "rating": name}
        assert table.films(columns=columns, scale="thumbs") == [("Alien", 8)]
        (refused,) = (
            row for row in table.rows(columns=columns, scale="thumbs") if isinstance(row, Refused)
        )
        assert refused.reason == "there is no rating"

    @pytest.mark.parametrize("down", ["-1", "down", "\N{THUMBS DOWN SIGN}", "dislike"])
    def test_zero_beside_a_thumb_down_is_no_rating(self, tmp_path: Path, down: str):
        table = Table(tmp_path, f"title,rating\nAlien,1\nHeat,{down}\nPaprika,0\n")
        assert table.suggestion["scale"] == "thumbs"
        assert table.films(scale="thumbs") == [("Alien", 8), ("Heat", 3)]

    def test_only_ones_and_zeros_are_asked_about(self, tmp_path: Path):
        table = Table(tmp_path, "title,rating\nAlien,1\nPaprika,0\nHeat,-\n")
        assert table.suggestion["scale"] == ""
        assert table.films(scale="thumbs") == [("Alien", 8), ("Paprika", 3)]
        marks = Table(tmp_path, "title,Liked\nAlien,1\nPaprika,0\n")
        assert marks.suggestion["scale"] == "thumbs"

    @pytest.mark.parametrize(
        ("ratings", "scale", "named"),
        [
            ("9 8 8.5 17", "", ["17"]),
            ("9 8 7 6 85 90 8 7", "", ["90", "85"]),
            ("4 3 2 5 4 9", "", ["9"]),
            ("4.5 3 2 45", "", ["45"]),
            ("4 9 8 3", "10", []),
            ("5 85 60 7", "100", []),
            ("8/10 9 7 6 9 70", "", ["70"]),
        ],
    )
    def test_a_few_high_ratings_show_no_scale(
        self, tmp_path: Path, ratings: str, scale: str, named: list[str]
    ):
        lines = "".join(f"Alien,{rating}\n" for rating in ratings.split())
        suggestion = Table(tmp_path, f"title,rating\n{lines}").suggestion
        assert (suggestion["scale"], suggestion["outliers"]) == (scale, named)

    def test_totals_without_a_year_do_not_decide_the_scale(self, tmp_path: Path):
        films = "title,year,rating\nHeat,1995,9\nAlien,1979,8\n"
        suggestion = Table(tmp_path, f"{films}Total,,17\nAverage,,8.5\n").suggestion
        assert (suggestion["scale"], suggestion["outliers"]) == ("10", ["17"])
        assert Table(tmp_path, f"{films}Total,,17\n").suggestion["scale"] == "10"

    def test_only_ones_may_be_stars(self, tmp_path: Path):
        assert Table(tmp_path, "title,rating\nAlien,1\nPaprika,1\n").suggestion["scale"] == ""

    @pytest.mark.parametrize("scale", ["5", "10", "100", "percent"])
    def test_stars_as_signs_are_of_five_on_any_scale(self, tmp_path: Path, scale: str):
        table = Table(tmp_path, "title,rating\nAlien,★★★★\nHeat,9/10\nPaprika,**½\n")
        assert table.films(scale=scale) == [("Alien", 8), ("Heat", 9), ("Paprika", 5)]

    def test_stars_beside_ratings_of_more_than_five_stars_are_on_the_same_scale(
        self, tmp_path: Path
    ):
        table = Table(tmp_path, "title,rating\nAlien,★★★★\nHeat,★★★★★★★★★★\n")
        assert table.suggestion["scale"] == "10"
        assert table.films(scale="10") == [("Alien", 4), ("Heat", 10)]


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
        right, wrong = ("dmy", "mdy") if day == "04-03" else ("mdy", "dmy")
        assert self.days(table, date_order=right) == [day, "12-25"]
        with pytest.raises(WrongAnswer, match="are in another one"):
            self.days(table, date_order=wrong)

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
            "Title\nOnce I saw a film that I did not like.\nIt was long.\nAnd so on.\n",
            "I saw Heat (1995)\nand it was good.\nThen I went home.\n",
            "Heat\nAlien\nAliens\n",
        ],
    )
    def test_lines_that_are_no_titles_are_no_list(self, tmp_path: Path, text: str):
        assert Table(tmp_path, text).member is None

    @pytest.mark.parametrize("first", ["", "Title\n", "Film\n", "Gesehen\n", "\ufeffTitle\r\n"])
    @pytest.mark.parametrize("other", ["The Good, the Bad (1966)", '"The Good, the Bad (1966)"'])
    def test_a_list_of_titles_is_one_of_films_that_were_seen(
        self, tmp_path: Path, first: str, other: str
    ):
        table = Table(tmp_path, f"{first}{other}\nHeat (1995)\nAlien (1979)\n")
        suggestion = table.suggestion
        assert (suggestion["kind"], suggestion["has_header"]) == ("seen", bool(first))
        rows = table.rows(kind="seen", scale="")
        films = [(row.title, row.year, row.kind) for row in rows if isinstance(row, Row)]
        assert films == [
            ("The Good, the Bad", 1966, Kind.SEEN),
            ("Heat", 1995, Kind.SEEN),
            ("Alien", 1979, Kind.SEEN),
        ]

    def test_a_list_below_the_word_title_needs_no_years(self, tmp_path: Path):
        table = Table(tmp_path, "Titel\nHeat\nAlien\n")
        rows = table.rows(kind="seen", scale="")
        assert [row.title for row in rows] == ["Heat", "Alien"]

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

    def test_a_decimal_comma_that_is_not_quoted_refuses_its_row(self, tmp_path: Path):
        content = "Film,Year,Rating\nHeat,1995,4,5\nAlien,1979,4,\nPaprika,2006,3,,\n"
        table = Table(tmp_path, content)
        assert table.films() == [("Alien", 8), ("Paprika", 6)]
        (refused,) = (row for row in table.rows() if isinstance(row, Refused))
        assert (refused.line, refused.reason) == (
            2,
            "the line has more values than there are columns",
        )

    def test_a_last_line_that_breaks_off_is_refused(self, tmp_path: Path):
        table = Table(tmp_path, "rating,title,year\n8,Alien,1979\n10,Paprika,2006\n1")
        assert table.films(scale="10") == [("Alien", 8), ("Paprika", 10)]
        (refused,) = (row for row in table.rows(scale="10") if isinstance(row, Refused))
        assert (refused.line, refused.reason) == (4, "the file breaks off in this line")

    @pytest.mark.parametrize(
        "content",
        [
            "title,rating,comment\nAlien,4,good\nPaprika,3,so",
            "title,rating,comment\nAlien,4\nPaprika,3",
            "title,rating,comment\nAlien,4,good\nPaprika,3\n",
        ],
    )
    def test_a_whole_last_line_needs_no_line_end(self, tmp_path: Path, content: str):
        assert table_rows(tmp_path, content) == [("Alien", 8), ("Paprika", 6)]

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


def table_rows(folder: Path, content: str, **answers: Any) -> list[tuple[str, int | None]]:
    return Table(folder, content).films(**answers)


class TestKindsOfWorks:
    YAMTRACK = (
        "media_id,source,media_type,title,image,season_number,episode_number,score,status\n"
        "348,tmdb,movie,Alien,,,,9,Completed\n"
        "12,tmdb,tv,Paprika,,,,3,Completed\n"
        "12,tmdb,season,Heat,,1,,2,Completed\n"
        "12,tmdb,episode,Suspiria,,1,2,2,Completed\n"
        "7,mal,anime,Akira,,,,2,Completed\n"
        "8,igdb,game,WALL·E,,,,2,Completed\n"
    )

    def test_series_and_episodes_of_a_films_name_are_left_out(self, tmp_path: Path):
        table = Table(tmp_path, self.YAMTRACK)
        columns = table.suggestion["columns"]
        assert (columns["type"], columns["rating"]) == ("media_type", "score")
        assert table.films(scale="10") == [("Alien", 9)]
        refused = [row.reason for row in table.rows(scale="10") if isinstance(row, Refused)]
        assert refused[0] == "tv is not a film"
        assert len(refused) == 5

    def test_a_number_of_a_season_or_an_episode_tells_it_without_a_column_of_types(
        self, tmp_path: Path
    ):
        content = "title,rating,Season,Episode\nAlien,4,,\nAlien,1,2,\nAlien,2,,3\n"
        assert table_rows(tmp_path, content) == [("Alien", 8)]

    @pytest.mark.parametrize("name", ["Title Type", "type", "Typ", "item_type", "Kind"])
    @pytest.mark.parametrize(
        ("film", "other"),
        [
            *(("movie", "tvSeries"), ("Movie", "TV Mini Series"), ("film", "show")),
            *(("Film", "Serie"), ("tvMovie", "tvEpisode"), ("Spielfilm", "Folge")),
        ],
    )
    def test_the_words_of_several_sites_are_known(
        self, tmp_path: Path, name: str, film: str, other: str
    ):
        content = f"title,{name},rating\nAlien,{film},4\nPaprika,{other},3\n"
        assert table_rows(tmp_path, content) == [("Alien", 8)]

    def test_a_column_of_another_meaning_leaves_nothing_out(self, tmp_path: Path):
        table = Table(tmp_path, "title,type,rating\nAlien,DVD,4\nPaprika,Blu-ray,3\n")
        assert table.suggestion["columns"]["type"] == ""
        assert table.films() == [("Alien", 8), ("Paprika", 6)]


class TestWhoseColumn:
    @pytest.mark.parametrize(
        ("header", "own"),
        [
            (["title", "Rating", "My Score"], "My Score"),
            (["title", "Score", "Your Vote"], "Your Vote"),
            (["title", "IMDb Rating", "You rated", "Rating"], "You rated"),
            (["Titel", "Bewertung", "Meine Note"], "Meine Note"),
        ],
    )
    def test_the_persons_own_rating_goes_before_everybodys(
        self, tmp_path: Path, header: list[str], own: str
    ):
        row = ["Alien", *"875"[: len(header) - 1]]
        table = Table(tmp_path, f"{','.join(header)}\n{','.join(row)}\n")
        assert table.suggestion["columns"]["rating"] == own

    @pytest.mark.parametrize("name", ["Rank", "Votes", "Num Votes", "Position", "IMDb Rating"])
    def test_places_and_numbers_of_votes_are_no_ratings(self, tmp_path: Path, name: str):
        columns = Table(tmp_path, f"title,{name}\nAlien,4\n").suggestion["columns"]
        assert columns["rating"] == ""

    @pytest.mark.parametrize("values", ["PG-13 R", "1200 87000"])
    def test_values_that_are_no_ratings_are_not_suggested(self, tmp_path: Path, values: str):
        first, second = values.split()
        table = Table(tmp_path, f"title,Rating\nAlien,{first}\nPaprika,{second}\n")
        assert table.suggestion["columns"]["rating"] == ""

    @pytest.mark.parametrize(
        ("values", "is_id"),
        [
            ("7.9 8.1", False),
            ("8 7", False),
            ("tt0078748 tt0851578", True),
            ("78748 851578", True),
            ("https://www.imdb.com/title/tt0078748/ https://www.imdb.com/title/tt0851578/", True),
        ],
    )
    @pytest.mark.parametrize("name", ["IMDb", "TMDB"])
    def test_scores_of_a_site_are_not_its_numbers_of_films(
        self, tmp_path: Path, name: str, values: str, is_id: bool
    ):
        first, second = values.split()
        table = Table(tmp_path, f"title,{name}\nAlien,{first}\nPaprika,{second}\n")
        suggested = table.suggestion["columns"][f"{name.lower()}_id"]
        is_known = is_id and (name == "IMDb" or first.isdecimal())
        assert suggested == (name if is_known else "")


class TestRatings:
    @pytest.mark.parametrize(
        ("texts", "scale", "half_stars"),
        [
            ("8/10|3 / 10", "10", [8, 3]),
            ("4/5|2.5/5", "5", [8, 5]),
            ("80/100|7 out of 10", "100", [8, 7]),
            ("★★★½|★", "5", [7, 2]),
            ("★★★☆☆|★★★★★", "5", [6, 10]),
            ("⭐⭐⭐⭐|⭐", "5", [8, 2]),
            ("***|****½", "5", [6, 9]),
            ("★★★★★★★★|★★★", "10", [8, 3]),
            ("3½|4", "5", [7, 8]),
            ("4 stars|3.5 stars", "5", [8, 7]),
        ],
    )
    def test_ratings_in_other_forms_are_read(
        self, tmp_path: Path, texts: str, scale: str, half_stars: list[int]
    ):
        first, second = texts.split("|")
        table = Table(tmp_path, f"title,rating\nAlien,{first}\nPaprika,{second}\n")
        assert table.suggestion["columns"]["rating"] == "rating"
        assert table.suggestion["scale"] == scale
        found = [one for _title, one in table.films(scale=scale)]
        assert found == half_stars

    def test_a_rating_that_names_its_scale_is_on_it_whatever_the_others_are(self, tmp_path: Path):
        content = "title,rating\nAlien,8/10\nPaprika,4\n"
        assert table_rows(tmp_path, content) == [("Alien", 8), ("Paprika", 8)]

    @pytest.mark.parametrize(
        ("texts", "scale", "half_stars"),
        [
            ("4|3.5|80%|5|2", "5", [8, 7, 8, 10, 4]),
            ("4|80 %|5|2", "", [8, 8, 10, 4]),
            ("8|80%|9", "10", [8, 8, 9]),
            ("40%|80%|100%", "percent", [4, 8, 10]),
            ("4|***|5", "", [8, 6, 10]),
        ],
    )
    def test_signs_show_the_scale_only_if_all_ratings_have_them(
        self, tmp_path: Path, texts: str, scale: str, half_stars: list[int]
    ):
        content = "title,rating\n" + "".join(f"Alien,{text}\n" for text in texts.split("|"))
        table = Table(tmp_path, content)
        assert table.suggestion["scale"] == scale
        assert [one for _title, one in table.films(scale=scale or "5")] == half_stars

    @pytest.mark.parametrize("nothing", ["0", "0.0", "-", "", "N/A", "null"])
    def test_nothing_and_zero_are_no_ratings(self, tmp_path: Path, nothing: str):
        table = Table(tmp_path, f"title,rating\nAlien,4\nPaprika,{nothing}\n")
        assert table.films() == [("Alien", 8)]
        (reason,) = (row.reason for row in table.rows() if isinstance(row, Refused))
        assert reason == "there is no rating"

    def test_the_whole_column_shows_the_scale(self, tmp_path: Path):
        content = "title,rating\n" + "Alien,4\n" * 500 + "Paprika,9\n" * 200
        assert Table(tmp_path, content).suggestion["scale"] == "10"


class TestCommas:
    @pytest.mark.parametrize(
        "content",
        [
            "Hello, Dolly;1969;4\nAlien;1979;4\nHeat;1995;4\n",
            "The Cook, the Thief, His Wife & Her Lover;1989;4\n",
            "Hello, Dolly;4\n",
            "Alien;4,5\nHeat;3,5\n",
            "Hello, Dolly\t1969\t4\n",
            "title;rating\nHello, Dolly;4\n",
        ],
    )
    def test_a_comma_in_a_title_or_a_number_separates_no_columns(
        self, tmp_path: Path, content: str
    ):
        title = content.removeprefix("title;rating\n").replace("\t", ";").split(";")[0]
        table = Table(tmp_path, content)
        assert table.suggestion["columns"]["title"] in {"column 1", "title"}
        assert table.films()[0][0] == title

    @pytest.mark.parametrize("delimiter", [",", ";"])
    def test_quotes_after_a_delimiter_and_a_space_are_quotes(self, tmp_path: Path, delimiter: str):
        values = (
            ["rating", '"title"', "year", '"date"'],
            ["5", '"Crouching Tiger, Hidden; Dragon"', "2000", '"Nov 12 2020, 08:30"'],
            ["4", '"Heat"', "1995", '"Nov 13 2020, 08:30"'],
        )
        table = Table(tmp_path, "".join(f"{f'{delimiter} '.join(row)}\n" for row in values))
        assert table.films() == [("Crouching Tiger, Hidden; Dragon", 10), ("Heat", 8)]
        row = table.rows()[0]
        assert isinstance(row, Row)
        assert f"{row.happened_at:%Y-%m-%d %H:%M}" == "2020-11-12 08:30"


@pytest.mark.parametrize(
    "content", [b"", b"\xef\xbb\xbf", b"  \n \n", b"\xff\xfe", b"\xff\xfe \0\n\0"]
)
def test_a_file_without_any_character_is_called_empty(tmp_path: Path, content: bytes):
    with pytest.raises(ImportFailed, match=r"^films\.csv is empty\.$"):
        Table(tmp_path, content)


class TestBytes:
    def test_one_damaged_byte_spoils_its_own_row_only(self, tmp_path: Path):
        lines = "title,rating\nAmélie,4\nLéon,5\nCafé Lumière,3\n".encode()
        table = Table(tmp_path, lines.replace("Léon".encode(), b"L\xe9on"))
        assert table.films() == [("Amélie", 8), ("Café Lumière", 6)]
        (refused,) = (row for row in table.rows() if isinstance(row, Refused))
        assert (refused.line, refused.reason) == (
            3,
            "the line is damaged: there is a byte in it that is no character",
        )
        assert json.dumps(table.suggestion).encode()

    def test_a_table_of_windows_is_read_as_such(self, tmp_path: Path):
        content = "title,rating\nAmélie,4\nCafé Lumière,3\n".encode("cp1252")
        assert Table(tmp_path, content).films() == [("Amélie", 8), ("Café Lumière", 6)]

    @pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
    def test_utf_16_needs_no_mark(self, tmp_path: Path, encoding: str):
        content = "title,rating\nAmélie,4\nCafé Lumière,3\nアキラ,2\n".encode(encoding)
        films = Table(tmp_path, content).films()
        assert films == [("Amélie", 8), ("Café Lumière", 6), ("アキラ", 4)]

    @pytest.mark.parametrize(
        "damaged",
        ['"Heat,4', '"Heat,4\nSuspiria,"3"', '"Heat,4\n"Suspiria, the film",3', '"' + "x" * 200],
    )
    def test_an_open_quotation_mark_spoils_its_own_row_only(self, tmp_path: Path, damaged: str):
        table = Table(tmp_path, f"title,rating\nAlien,5\n{damaged}\nPaprika,2\nWALL·E,1\n")
        films = table.films()
        assert films[0] == ("Alien", 10)
        assert films[-2:] == [("Paprika", 4), ("WALL·E", 2)]
        (refused,) = (row for row in table.rows() if isinstance(row, Refused))
        assert refused.line == 3
        assert refused.reason == "the line is damaged: a quotation mark is not closed"
        assert len(films) == 3 + damaged.count("\n")

    def test_a_comment_of_several_lines_is_no_damage(self, tmp_path: Path):
        content = 'title,rating,comment\nAlien,5,"In space,\n\nno ""one"", hears."\nHeat,4,\n'
        assert table_rows(tmp_path, content) == [("Alien", 10), ("Heat", 8)]

    def test_rows_between_two_stray_quotation_marks_are_reported(self, tmp_path: Path):
        table = Table(tmp_path, 'title,rating\n"Alien,5\nHeat",4\nPaprika,3\n')
        assert table.films() == [("Paprika", 6)]
        (refused,) = (row for row in table.rows() if isinstance(row, Refused))
        assert refused.line == 2

    def test_a_table_full_of_open_quotation_marks_is_damaged(self, tmp_path: Path):
        table = Table(tmp_path, "title,rating\n" + 'Alien,"4\n"Heat,""\n' * 500)
        with pytest.raises(ImportFailed, match=r"films\.csv is damaged in line \d+\."):
            table.rows()


@pytest.mark.django_db
class TestRatingsAddedToAnExport:
    """A person adds a column to the file of a site: they say which ratings count."""

    @pytest.mark.parametrize("name", ["imdb-new", "letterboxd-csv", "simkl-csv", "tmdb"])
    def test_the_site_is_known_and_the_column_is_asked_about(self, tmp_path: Path, name: str):
        path = EXPORTS[name].write(tmp_path)
        head, *rows = csv.reader(io.StringIO(path.read_text()))
        path.write_text(exports.table([*head, "My Rating"], *([*row, "10"] for row in rows)))
        asked = read(path, path.name, {}, silent)
        assert asked.source == EXPORTS[name].source
        assert "My Rating" in asked.questions["available"]
        columns = asked.questions["columns"] | {"rating": "My Rating"}
        reading = read(path, path.name, {"columns": columns, "scale": "10"}, silent)
        assert reading.source == EXPORTS[name].source
        assert {row.half_stars for row in reading.rows if row.kind} == {10}

    @pytest.mark.parametrize("values", [("", ""), ("9", "")], ids=["empty", "filled"])
    def test_a_list_of_imdb_is_known_by_ratings_that_were_added(
        self, tmp_path: Path, values: tuple[str, str]
    ):
        path = tmp_path / "list.csv"
        head = ["Const", "Title", "URL", "Title Type", "Year", "My Rating"]
        films = [["tt0078748", "Alien", "u", "Movie", 1979], ["tt1", "Kin", "u", "TV Series", 1990]]
        filled = ([*film, value] for film, value in zip(films, values, strict=True))
        path.write_text(exports.table(head, *filled))
        asked = read(path, path.name, {}, silent)
        assert asked.source == ("imdb" if any(values) else "table")

    def test_an_empty_column_that_was_added_asks_nothing(self, tmp_path: Path):
        path = EXPORTS["imdb-new"].write(tmp_path)
        head, *rows = csv.reader(io.StringIO(path.read_text()))
        path.write_text(exports.table([*head, "My Rating"], *([*row, ""] for row in rows)))
        assert not read(path, path.name, {}, silent).questions


@pytest.mark.parametrize(
    ("answers", "parameter"),
    [
        ({"kind": "seen", "scale": "10"}, "scale"),
        ({"kind": "watch_later", "columns": {"title": "title", "rating": "rating"}}, "columns"),
        ({"scale": "5", "date_order": "dmy"}, "date_order"),
        ({"scale": "5", "date_order": "mdy", "columns": {"date": "date"}}, "date_order"),
        ({"scale": "5", "date_order": "ymd", "columns": {"date": "date"}}, "date_order"),
    ],
)
def test_an_answer_that_would_change_nothing_is_refused(
    tmp_path: Path, answers: dict[str, Any], parameter: str
):
    table = Table(tmp_path, "title,rating,date\nAlien,4,25/12/2020\n")
    columns = {"title": "title"}
    if answers.get("kind") is None:
        columns["rating"] = "rating"
    given = answers | {"columns": columns | answers.get("columns", {})}
    with pytest.raises(WrongAnswer) as error:
        Mapped.from_answers(table.suggestion, given)
    assert error.value.parameter == parameter


SERIES_WORDS = [
    *("сериал", "мини-сериал", "телесериал", "эпизод", "电视剧", "剧集", "连续剧", "ドラマ"),
    *("テレビ番組", "テレビシリーズ", "Serial", "odcinek", "seriál", "epizoda", "sorozat", "dizi"),
    *("σειρά", "Feuilleton", "seriado", "novela", "K-Drama", "드라마", "Sarja", "Doku-Soap"),
]
FILM_WORDS = ["фильм", "电影", "映画", "영화", "Elokuva", "ταινία", "Telefilm", "Película", "Kino"]


class TestTypes:
    """What a column of types says: films, series, and what is known as neither."""

    @pytest.mark.parametrize(
        "header",
        [
            *("Art", "Titeltyp", "Тип", "类型", "種類", "Categoria", "Rodzaj", "Typ", "Format"),
            *("Media", "Tyyppi", "Quux"),
        ],
    )
    @pytest.mark.parametrize(("film", "series"), [("Film", "serial"), ("映画", "ドラマ")])
    def test_a_column_of_types_is_suggested_by_its_name_or_values(
        self, tmp_path: Path, header: str, film: str, series: str
    ):
        lines = f"Alien;1979;9;{film}\nPsycho;1960;8;{series}\nHeat;1995;8;{film}\n"
        table = Table(tmp_path, f"Titel;Jahr;Note;{header}\n{lines}")
        assert table.suggestion["columns"]["type"] == header
        assert table.films(scale="10") == [("Alien", 9), ("Heat", 8)]

    @pytest.mark.parametrize(
        "words", ["Drama,Crime,Drama", "DVD,Blu-ray,DVD", "Scary Movie,Game,X"]
    )
    def test_other_words_are_no_types(self, tmp_path: Path, words: str):
        first, second, third = words.split(",")
        lines = f"Alien;9;{first}\nPsycho;8;{second}\nHeat;7;{third}\n"
        assert not Table(tmp_path, f"Titel;Note;Quux\n{lines}").suggestion["columns"]["type"]

    @pytest.mark.parametrize("word", SERIES_WORDS)
    def test_a_series_is_no_film_in_any_language(self, tmp_path: Path, word: str):
        table = Table(tmp_path, f"title,rating,type\nAlien,4,film\nPsycho,4,{word}\n")
        assert table.films() == [("Alien", 8)]
        assert table.suggestion["types"] == {}

    @pytest.mark.parametrize("word", FILM_WORDS)
    def test_a_film_is_one_in_any_language(self, tmp_path: Path, word: str):
        table = Table(tmp_path, f"title,rating,type\nAlien,4,{word}\nPsycho,4,series\n")
        assert table.films() == [("Alien", 8)]

    def test_a_type_that_is_not_known_is_asked_about(self, tmp_path: Path):
        lines = "Alien,4,film\nPsycho,4,Quux\nHeat,4,series\nRan,4,Zyx\nJaws,4,ZYX\nUp,4,\n"
        table = Table(tmp_path, f"title,rating,type\n{lines}")
        assert table.suggestion["types"] == {"type": ["Quux", "Zyx"]}
        for types in ({}, {"Quux": "film"}, {"Quux": "film", "Zyx": ""}):
            with pytest.raises(WrongAnswer, match=r"whether it is a film: (Quux, )?Zyx"):
                table.films(types=types)
        with pytest.raises(WrongAnswer, match="no such choice"):
            table.films(types={"Quux": "film", "Zyx": "book"})
        with pytest.raises(WrongAnswer, match="Nothing is asked about the type 'series'"):
            table.films(types={"Quux": "film", "Zyx": "other", "series": "film"})
        films = table.films(types={"quux": "film", "Zyx": "other"})
        assert films == [("Alien", 8), ("Psycho", 8), ("Up", 8)]

    def test_a_column_of_too_many_words_makes_no_films(self, tmp_path: Path):
        lines = "".join(f"Alien {n},4,Quux {chr(97 + n)}\n" for n in range(22))
        table = Table(tmp_path, f"title,rating,type\n{lines}")
        columns = {"title": "title", "rating": "rating", "type": "type"}
        assert table.suggestion["types"] == {}
        assert table.films(columns=columns) == []
        columns["type"] = "title"
        assert table.films(columns=columns) == []

    def test_a_czech_table_has_no_series(self, tmp_path: Path):
        text = "Název;Typ;Rok;Moje hodnocení;Datum\nVetřelec;film;1979;9;1.2.2020\n"
        table = Table(tmp_path, f"{text}Dispečer;seriál;1971;8;2.2.2020\n".encode("cp1250"))
        assert table.films(scale="10") == [("Vetřelec", 9)]

    @pytest.mark.parametrize("header", ["Season", "Staffel", "Odcinek", "Сезон"])
    def test_a_part_of_a_series_is_told_by_a_number_with_words(self, tmp_path: Path, header: str):
        rows_ = "Alien,4,\nFargo,4,Season 1\nLost,4,S01E02\nER,4,2.0\nHeat,4,Winter 2020\n"
        table = Table(tmp_path, f"title,rating,{header}\n{rows_}")
        assert table.films() == [("Alien", 8), ("Heat", 8)]


@pytest.mark.parametrize(
    "title",
    [
        *(
            "Alien (TV seriál)",
            "Jaws (seriál)",
            "Psycho - Série 1",
            "Heat (сериал)",
            "Heat: Сезон 2",
        ),
        *("Heat (мини-сериал)", "Heat (TV dizisi)", "Heat (televizní seriál)", "Heat - 2. évad"),
    ],
)
def test_marks_of_series_are_known_in_other_languages(title: str):
    assert mark_of_no_film(title) or part_of_series(title)


@pytest.mark.parametrize(
    ("header", "ratings", "scale"),
    [
        ("Note", "18,14,12,20", ""),
        ("Note", "18,14,12,85", ""),
        ("Note", "60,70,55,85", "100"),
        ("Note sur 20", "18,14,12,20", "20"),
        ("Note (/20)", "8,4,5", "20"),
        ("Stars (of 4)", "4,3,2.5", "4"),
        ("Stars (of 4)", "4,3,5", ""),
    ],
)
def test_a_scale_of_twenty_or_four_is_asked_for_or_named(
    tmp_path: Path, header: str, ratings: str, scale: str
):
    lines = "".join(f"Film {n};{text}\n" for n, text in enumerate(ratings.split(",")))
    table = Table(tmp_path, f"Titre;{header}\n{lines}")
    assert table.suggestion["scale"] == scale
    assert table.suggestion["columns"]["rating"] == header


def test_ratings_of_twenty_and_of_four_become_stars(tmp_path: Path):
    table = Table(tmp_path, "Titre;Note\nAlien;18\nHeat;4\n")
    assert table.films(scale="20") == [("Alien", 9), ("Heat", 2)]
    table = Table(tmp_path, "Titre;Note\nAlien;3\nHeat;4\n")
    assert table.films(scale="4") == [("Alien", 8), ("Heat", 10)]

"""Titles in old encodings are read as they were written, and the guess is told."""
# ruff: noqa: RUF001 # letters of other scripts

import codecs
from pathlib import Path

import pytest
from django.utils import translation

from movies.importers.personal.encodings import LABELS
from movies.importers.personal.files import Upload
from movies.importers.personal.reading import read
from movies.importers.personal.reasons import reason_text
from movies.importers.progress import silent
from tests import cast

CASES = [
    ("cp1250", "Miś|Człowiek z żelaza|Dług|Świat"),
    ("cp1250", "Pelíšky|Obecná škola|Příběhy obyčejného šílenství"),
    ("cp1250", "Sátántangó|Az ötödik pecsét|Megáll az idő|Tűzoltó utca 25."),
    ("iso8859_2", "Miś|Człowiek z żelaza|Dług|Świat"),
    ("cp1251", "Сталкер|Зеркало|Ирония судьбы|Брат"),
    ("koi8_r", "Сталкер|Зеркало|Ирония судьбы|Брат"),
    ("cp866", "Сталкер|Зеркало|Ирония судьбы|Брат"),
    ("cp1252", "Amélie|À bout de souffle|Léon|Männer|La niña santa"),
    ("cp1252", "Smultronstället|Ø|Hævnen|Così ridevano|São Paulo"),
    ("cp1252", "Amélie"),
    ("mac_roman", "Amélie|À bout de souffle|Männer|Das weiße Band"),
    ("cp850", "Amélie|Léon|Männer"),
    ("cp1253", "Κυνόδοντας|Ο Θίασος"),
    ("cp1254", "Kış Uykusu|Babam ve Oğlum|Üç Maymun"),
    ("cp1257", "Žalgiris|Šešėliai|Ķekatas"),
    ("cp1255", "ואלס עם באשיר|לבנון"),
    ("cp1256", "باب الحديد|وجدة"),
    ("cp874", "ลุงบุญมีระลึกชาติ|องค์บาก"),
    ("shift_jis", "千と千尋の神隠し|七人の侍|東京物語"),
    ("euc_jp", "千と千尋の神隠し|七人の侍|東京物語"),
    ("gb18030", "霸王别姬|活着|卧虎藏龙"),
    ("big5", "臥虎藏龍|悲情城市|牯嶺街少年殺人事件"),
    ("euc_kr", "기생충|올드보이|살인의 추억"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("encoding", "titles"), CASES)
def test_titles_in_an_old_encoding_are_found_and_the_guess_is_told(
    tmp_path: Path, encoding: str, titles: str
):
    films = [cast.movie(title, 1979) for title in titles.split("|")]
    path = tmp_path / "ratings.csv"
    rows = [f"2021-01-01,{film.title},1979,https://b,4\n" for film in films]
    content = "Date,Name,Year,Letterboxd URI,Rating\n" + "".join(rows)
    path.write_bytes(content.encode(encoding))
    reading = read(path, path.name, {}, silent)
    assert [row.movie_id for row in reading.rows if row.kind] == [film.pk for film in films]
    (told,) = (row.note for row in reading.rows if row.outcome == "left_out")
    assert told.startswith("read as ")
    assert films[0].title in told


@pytest.mark.django_db
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_of_unicode_nothing_is_told(tmp_path: Path, encoding: str):
    path = tmp_path / "ratings.csv"
    content = "Date,Name,Year,Letterboxd URI,Rating\n2021-01-01,Amélie,2001,https://b,4\n"
    path.write_bytes(content.encode(encoding))
    (row,) = read(path, path.name, {}, silent).rows
    assert (row.title, row.outcome) == ("Amélie", "")


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be")],
)
def test_a_table_in_utf_32_has_its_columns(tmp_path: Path, mark: bytes, encoding: str):
    path = tmp_path / "films.csv"
    path.write_bytes(mark + "Titel;Note\nAmélie;9\n".encode(encoding))
    questions = read(path, path.name, {}, silent).questions
    assert questions["available"] == ["Titel", "Note"]
    assert questions["samples"] == [["Amélie", "9"]]


def test_a_line_without_an_end_is_judged_by_its_beginning(tmp_path: Path):
    path = tmp_path / "ratings.csv"
    path.write_bytes("Title;Year\nŚwiat;1979\n".encode("cp1250") + b"\xe9" * 2_000_000)
    (member,) = Upload.open(path, path.name).members
    assert sum(map(len, member._lines_to_judge)) <= 200_000


def test_every_encoding_has_a_name_in_german():
    with translation.override("de"):
        for label in LABELS.values():
            told = reason_text(f"read as {label}: Miś")
            assert told.startswith("gelesen als ")
            assert label not in told

import gzip
import json

import pytest

from ml.data.dataset import Catalogue, DataError
from ml.io.descriptions import Article, read_articles, title_keys, with_descriptions


def described(title: str, year: float, *articles: Article) -> str:
    films = Catalogue.build([1], [title], [year], [[]])
    return with_descriptions(films, articles).descriptions[0]


def test_a_film_finds_its_article_however_the_article_word_is_placed():
    assert described("Matrix, The", 1999, Article("The Matrix", 1999, "Neo.")) == "Neo."


def test_a_film_finds_its_article_by_its_other_name():
    assert described("Seven (a.k.a. Se7en)", 1995, Article("Se7en", 1995, "Sins.")) == "Sins."


def test_of_two_articles_of_one_title_the_nearer_year_wins():
    old, new = Article("Psycho", 1960, "Shower."), Article("Psycho", 1961, "Other.")
    assert described("Psycho", 1960, new, old) == "Shower."


def test_a_film_of_the_same_title_two_years_away_is_another_film():
    assert described("Psycho", 1998, Article("Psycho", 1960, "Shower.")) == ""


def test_a_film_of_unknown_year_gets_no_article():
    assert described("Psycho", float("nan"), Article("Psycho", 1960, "Shower.")) == ""


def test_a_description_that_is_there_stays():
    films = Catalogue.build([1], ["Psycho"], [1960], [[]], ["Mine."])
    assert with_descriptions(films, [Article("Psycho", 1960, "Shower.")]).descriptions == ("Mine.",)


def test_accents_and_ampersands_do_not_part_titles():
    assert set(title_keys("Amélie & Co")) & set(title_keys("Amelie and Co"))


def test_articles_are_read_from_gzipped_lines_and_those_without_text_left_out(tmp_path):
    path = tmp_path / "films.jsonl.gz"
    lines = [
        {"title": "Psycho", "year": 1960, "extract": "Shower."},
        {"title": "Mute", "year": 1960, "extract": None},
    ]
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    assert read_articles(path) == [Article("Psycho", 1960, "Shower.")]


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"title": "A"}', '{"title":"A","year":"x","extract":"b"}']
)
def test_a_line_that_describes_no_film_is_named(tmp_path, line):
    path = tmp_path / "films.jsonl"
    path.write_text('{"title": "A", "year": 1, "extract": ""}\n' + line)
    with pytest.raises(DataError, match=r"films\.jsonl: line 2"):
        read_articles(path)


def test_a_truncated_gzip_file_is_refused(tmp_path):
    path = tmp_path / "films.jsonl.gz"
    path.write_bytes(gzip.compress(b"{}" * 999)[:20])
    with pytest.raises(DataError, match=r"films\.jsonl.gz"):
        read_articles(path)

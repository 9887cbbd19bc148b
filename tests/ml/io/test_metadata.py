import sqlite3
from dataclasses import replace

import numpy as np
import pytest

from ml.data.dataset import Catalogue, DataError, Dataset
from ml.io.metadata import read_metadata, with_metadata
from ml.io.workspace import read_inputs, write_inputs

ROWS = [
    ("The Matrix", 1999, "Lana Wachowski, Lilly Wachowski", "Lana Wachowski", "Keanu Reeves", None),
    ("Solaris", 2002, "Steven Soderbergh", None, "George Clooney", "United States"),
    ("Solyaris", 1972, "Andrei Tarkovsky", None, None, "Soviet Union"),
    ("Solaris", 1972, "Andrei Tarkovsky", None, None, "Soviet Union"),
    (None, 1999, "Nobody", None, None, None),
]


@pytest.fixture
def films(tmp_path):
    path = tmp_path / "films.db"
    with sqlite3.connect(path) as connection:
        connection.execute(
            'CREATE TABLE omdb (Title, Year, Director, Writer, "Cast", Country, Rating)'
        )
        connection.executemany("INSERT INTO omdb VALUES (?, ?, ?, ?, ?, ?, '')", ROWS)
    return read_metadata(path)


def catalogue() -> Catalogue:
    titles = ["Matrix, The", "Solaris", "Unknown", "Solaris"]
    return Catalogue.build(
        [30, 10, 20, 40], titles, [1999.0, 1973.0, 1999.0, float("nan")], [["Drama"]] * 4
    )


def test_films_meet_by_title_and_nearest_year(films):
    known = with_metadata(catalogue(), films)
    assert known.movie_ids.tolist() == [10, 20, 30, 40]
    assert known.credits["directors"] == (
        ("Andrei Tarkovsky",),
        (),
        ("Lana Wachowski", "Lilly Wachowski"),
        (),
    )
    assert known.credits["countries"] == (("Soviet Union",), (), (), ())


def test_names_that_are_known_already_stay(films):
    mine = (("Me",), (), (), ())
    own = replace(catalogue(), credits={"directors": mine})
    found = with_metadata(own, films).credits["directors"]
    assert found[0] == ("Me",)
    assert found[2] == ("Lana Wachowski", "Lilly Wachowski")


def test_names_survive_the_workspace_and_change_the_hash(films, tmp_path):
    plain = Dataset.build(catalogue(), *np.array([[1, 10, 8, 5], [1, 20, 8, 6]]).T)
    named = replace(plain, catalogue=with_metadata(plain.catalogue, films))
    write_inputs(tmp_path, named)
    assert read_inputs(tmp_path).catalogue.credits == named.catalogue.credits
    assert named.content_hash != plain.content_hash
    taken = named.catalogue.take(np.array([0, 2]))
    assert taken.credits["directors"] == (
        ("Andrei Tarkovsky",),
        ("Lana Wachowski", "Lilly Wachowski"),
    )


def test_a_file_of_another_form_is_refused_in_one_line(tmp_path):
    (tmp_path / "other.db").write_text("not a database, but long enough to be one" * 40)
    with pytest.raises(DataError, match=r"other\.db holds no films"):
        read_metadata(tmp_path / "other.db")
    with pytest.raises(DataError, match="is not a file"):
        read_metadata(tmp_path / "missing.db")


def test_the_builtin_file_knows_well_known_films():
    pytest.importorskip("bokeh_sampledata")
    films = Catalogue.build([1, 2], ["Alien", "Seven Samurai"], [1979.0, 1954.0], [["Drama"]] * 2)
    directors = with_metadata(films, read_metadata("builtin")).credits["directors"]
    assert directors == (("Ridley Scott",), ("Akira Kurosawa",))

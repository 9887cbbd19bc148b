"""Series are read from titles as a person would read them."""

import numpy as np
import pytest

from ml.serving.series import NO_SERIES, MovieSeries, series_key

TITLES = {
    "Star Wars: Episode V - The Empire Strikes Back": 1980,
    "Star Wars: Episode IV - A New Hope": 1977,
    "Raiders of the Lost Ark (Indiana Jones and the Raiders of the Lost Ark)": 1981,
    "Indiana Jones and the Last Crusade": 1989,
    "Godfather, The": 1972,
    "Godfather: Part II, The": 1974,
    "Batman Returns": 1992,
    "Batman": 1989,
    "Hamlet": 1948,
    "Hamlet ": 1996,
    "Apollo 13": 1995,
    "Mission, The": 1986,
    "Mission: Impossible": 1996,
    "Mission: Impossible II": 2000,
}
NAMES = list(TITLES)
YEARS = np.array(list(TITLES.values()), dtype=np.float32)
FOUND = MovieSeries.of(NAMES, YEARS, np.full(len(NAMES), 50.0))


@pytest.mark.parametrize(
    ("first", "sequel"),
    [
        ("Star Wars: Episode IV - A New Hope", "Star Wars: Episode V - The Empire Strikes Back"),
        (NAMES[2], "Indiana Jones and the Last Crusade"),
        ("Godfather, The", "Godfather: Part II, The"),
        ("Batman", "Batman Returns"),
        ("Mission: Impossible", "Mission: Impossible II"),
    ],
)
def test_parts_of_a_series_are_found_and_ordered(first, sequel):
    one, two = NAMES.index(first), NAMES.index(sequel)
    assert FOUND.series[one] == FOUND.series[two] != NO_SERIES
    assert (FOUND.part[one], FOUND.part[two]) == (0, 1)


@pytest.mark.parametrize("title", ["Hamlet", "Apollo 13", "Mission, The"])
def test_remakes_and_numbers_in_titles_are_no_series(title):
    assert FOUND.series[NAMES.index(title)] == NO_SERIES


def test_numbered_titles_without_a_first_film_are_no_series():
    names = [f"Comedy {number}" for number in range(2, 9)]
    found = MovieSeries.of(names, np.full(7, 1990, np.float32), np.full(7, 9.0))
    assert (found.series == NO_SERIES).all()


def test_a_series_begins_with_a_film_that_people_know():
    names = ["Batman", "Batman ", "Batman Returns"]
    years = np.array([1966, 1989, 1992], dtype=np.float32)
    found = MovieSeries.of(names, years, np.array([4.0, 90.0, 60.0]))
    assert found.part.tolist() == [1, 0, 2]


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Kill Bill: Vol. 1", "kill bill"),
        ("Hot Shots! Part Deux", "hot shots"),
        ("Harry Potter and the Goblet of Fire", "harry potter"),
        ("Amélie", "amelie"),
        ("9", "9"),
        ("2: Duo", "2: duo"),
    ],
)
def test_the_key_is_what_the_parts_have_in_common(title, key):
    assert series_key(title)[0] == key


def test_movies_keep_their_series_when_taken_and_new_ones_have_none():
    taken = FOUND.with_new_movies(1).take(np.array([len(NAMES), 1]))
    assert taken.series.tolist() == [NO_SERIES, FOUND.series[1]]

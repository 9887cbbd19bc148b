import numpy as np
import pytest

from ml.data.dataset import Catalogue, DataError, Dataset, positions
from tests.ml.worlds import catalogue


def build(user_ids, movie_ids, half_stars, timestamps=None):
    times = np.zeros(len(user_ids), dtype=np.int64) if timestamps is None else timestamps
    return Dataset.build(
        catalogue(3),
        np.array(user_ids, dtype=np.int64),
        np.array(movie_ids, dtype=np.int64),
        np.array(half_stars, dtype=np.int64),
        np.array(times),
    )


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (([], [], []), "there are no ratings"),
        (([-1], [0], [5]), "rating 1 is of user -1, a negative id"),
        (([1, 1], [0, 1], [5, 14]), "rating 2 is 7, not 0.5 to 5"),
        (([1, 1], [0, 8], [5, 5]), "rating 2 is of film 8, which is not listed"),
    ],
)
def test_ratings_that_cannot_be_used_are_refused_with_the_reason(rows, message):
    with pytest.raises(DataError, match=message):
        build(*rows)


@pytest.mark.parametrize("time", [-1, 2**33, 1_600_000_000_000])
def test_a_time_that_cannot_be_in_seconds_is_refused(time):
    with pytest.raises(DataError, match=f"rating 2 is of {time}, which is no time in seconds"):
        build([1, 1], [0, 1], [5, 5], [0, time])


def test_of_several_ratings_by_one_user_on_one_film_the_latest_stays():
    data = build([5, 5, 5], [1, 1, 0], [2, 8, 4], [20, 10, 1])
    assert data.ratings.movie_index.tolist() == [0, 1]
    assert data.ratings.half_stars.tolist() == [4, 2]


def test_the_order_of_the_rows_does_not_matter():
    there = build([7, 5, 5], [1, 2, 0], [2, 8, 4])
    back = build([5, 5, 7], [0, 2, 1], [4, 8, 2])
    assert there.content_hash == back.content_hash


def test_one_changed_rating_changes_the_hash():
    assert build([7], [1], [2]).content_hash != build([7], [1], [3]).content_hash


def test_films_that_nobody_rated_can_be_left_out():
    data = build([7, 7], [0, 2], [2, 3]).rated_movies_only()
    assert data.catalogue.movie_ids.tolist() == [0, 2]
    assert data.ratings.movie_index.tolist() == [0, 1]
    assert data.ratings.n_movies == 2


def test_a_film_id_may_occur_once_and_not_be_negative():
    with pytest.raises(DataError, match="film id 3 occurs twice"):
        Catalogue.build([3, 3], ["A", "B"], [1999, 1999], [[], []])
    with pytest.raises(DataError, match="film id -3 is negative"):
        Catalogue.build([-3], ["A"], [1999], [[]])
    with pytest.raises(DataError, match="there are no films"):
        Catalogue.build([], [], [], [])


def test_what_stands_for_no_genre_is_no_genre():
    films = Catalogue.build([1, 2], ["A", "B"], [1999, 1999], [["(no genres listed)"], ["Drama"]])
    assert films.genre_names == ("Drama",)
    assert films.genres.tolist() == [[0], [1]]


def test_nothing_is_found_among_no_ids():
    assert positions(np.array([], dtype=np.int64), np.array([4])).tolist() == [-1]

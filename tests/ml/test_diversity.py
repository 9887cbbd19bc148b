import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.diversity import POOL, FilmLikeness, choose

N_FILMS = 30
"""The first half comedies, the second horror films."""
GENRES = np.repeat(np.eye(2, dtype=np.float32), N_FILMS // 2, axis=0)
LIKENESS = FilmLikeness(np.zeros((N_FILMS, 3), dtype=np.float32), GENRES)
COMEDIES_FIRST = np.linspace(1, 0, N_FILMS, dtype=np.float32)
ALL = np.arange(N_FILMS)


def test_films_of_the_same_genres_and_text_are_wholly_alike():
    text = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    genres = np.array([[1, 1], [1, 1], [0, 1]], dtype=np.float32)
    found = FilmLikeness(text, genres).among(np.arange(3))
    half = (0 + np.sqrt(0.5)) / 2
    assert found == pytest.approx(np.array([[1, 1, half], [1, 1, half], [half, half, 1]]))


def test_at_nought_the_order_of_the_scores_is_the_list():
    assert choose(COMEDIES_FIRST, ALL, 5, 0.0, LIKENESS).tolist() == [0, 1, 2, 3, 4]


def test_at_one_every_next_film_is_of_the_other_genre_if_it_can_be():
    listed = choose(COMEDIES_FIRST, ALL, 2, 1.0, LIKENESS)
    assert listed[0] == 0
    assert listed[1] >= N_FILMS // 2


def test_a_small_turn_of_the_dial_takes_the_film_that_costs_least():
    scores = np.array([1.0, 0.9, 0.85, 0.0], dtype=np.float32)
    genres = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=np.float32)
    alike = FilmLikeness(np.zeros((4, 1), dtype=np.float32), genres)
    # .8 * .9 - .2 * .5 = .62 for the second comedy, .8 * .85 = .68 for the horror film.
    assert choose(scores, np.arange(4), 2, 0.2, alike).tolist() == [0, 2]


def test_only_the_pool_of_the_best_is_looked_at():
    n = POOL + 1
    scores = np.linspace(1, 0, n, dtype=np.float32)
    genres = np.zeros((n, 2), dtype=np.float32)
    genres[:, 0], genres[-1] = 1, [0, 1]
    alike = FilmLikeness(np.zeros((n, 1), dtype=np.float32), genres)
    assert n - 1 not in choose(scores, np.arange(n), 10, 1.0, alike)


@given(
    st.lists(st.floats(-5, 5, width=32), min_size=N_FILMS, max_size=N_FILMS),
    st.sets(st.integers(0, N_FILMS - 1)),
    st.integers(1, 12),
    st.floats(0, 1),
)
def test_a_list_holds_different_open_films_and_the_best_one_first(scores, open_films, k, diversity):
    films = np.array(sorted(open_films), dtype=np.int64)
    values = np.array(scores, dtype=np.float32)
    listed = choose(values, films, k, diversity, LIKENESS)
    assert len(listed) == min(k, len(films))
    assert len(set(listed.tolist())) == len(listed)
    assert set(listed.tolist()) <= open_films
    if len(listed):
        assert values[listed[0]] == values[films].max()


@pytest.mark.parametrize("diversity", [-0.1, 1.1, float("nan")])
def test_a_dial_turned_too_far_is_refused(diversity):
    with pytest.raises(ValueError, match="between 0 and 1"):
        choose(COMEDIES_FIRST, ALL, 5, diversity, LIKENESS)

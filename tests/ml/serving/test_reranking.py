import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.serving.base_models import Rated
from ml.serving.reranking import POOL, Beside, ReRanker, Taste, choose, taste_of
from ml.serving.series import NO_SERIES, MovieSeries
from ml.serving.similarity import MovieSimilarity

N_FILMS = 30
"""The first half comedies, the second horror films."""
GENRES = np.repeat(np.eye(2, dtype=np.float32), N_FILMS // 2, axis=0)
LIKENESS = MovieSimilarity(np.zeros((N_FILMS, 3), dtype=np.float32), GENRES)
COMEDIES_FIRST = np.linspace(1, 0, N_FILMS, dtype=np.float32)
ALL = np.arange(N_FILMS)


def test_films_of_the_same_genres_and_text_are_wholly_alike():
    text = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    genres = np.array([[1, 1], [1, 1], [0, 1]], dtype=np.float32)
    found = MovieSimilarity(text, genres).among(np.arange(3))
    half = (0 + np.sqrt(0.5)) / 2
    assert found == pytest.approx(np.array([[1, 1, half], [1, 1, half], [half, half, 1]]))


def test_at_nought_the_order_of_the_scores_is_the_list():
    assert choose(COMEDIES_FIRST, ALL, 5, LIKENESS).tolist() == [0, 1, 2, 3, 4]


def test_at_one_every_next_film_is_of_the_other_genre_if_it_can_be():
    listed = choose(COMEDIES_FIRST, ALL, 2, LIKENESS, diversity=1.0)
    assert listed[0] == 0
    assert listed[1] >= N_FILMS // 2


def test_a_small_turn_of_the_dial_takes_the_film_that_costs_least():
    scores = np.array([1.0, 0.9, 0.85, 0.0], dtype=np.float32)
    genres = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=np.float32)
    alike = MovieSimilarity(np.zeros((4, 1), dtype=np.float32), genres)
    # The weight is .8 * .2 ** .6 = .3: .7 * .9 - .3 * .5 = .48 for the second comedy,
    # .7 * .85 = .6 for the horror film.
    assert choose(scores, np.arange(4), 2, alike, diversity=0.2).tolist() == [0, 2]


def test_only_the_pool_of_the_best_is_looked_at():
    n = POOL + 1
    scores = np.linspace(1, 0, n, dtype=np.float32)
    genres = np.zeros((n, 2), dtype=np.float32)
    genres[:, 0], genres[-1] = 1, [0, 1]
    alike = MovieSimilarity(np.zeros((n, 1), dtype=np.float32), genres)
    assert n - 1 not in choose(scores, np.arange(n), 10, alike, diversity=1.0)


@given(
    st.lists(st.floats(-5, 5, width=32), min_size=N_FILMS, max_size=N_FILMS),
    st.sets(st.integers(0, N_FILMS - 1)),
    st.integers(1, 12),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 50),
)
def test_a_list_holds_different_open_films_the_best_first(
    scores, open_films, k, diversity, comedy, weight
):
    films = np.array(sorted(open_films), dtype=np.int64)
    taste = Taste(np.array([comedy, 1 - comedy], dtype=np.float32), weight)
    values = np.array(scores, dtype=np.float32)
    listed = choose(values, films, k, LIKENESS, taste=taste, diversity=diversity)
    assert len(listed) == min(k, len(films))
    assert len(set(listed.tolist())) == len(listed)
    assert set(listed.tolist()) <= open_films
    assert (np.diff(values[listed]) <= 0).all()
    if len(listed):
        assert values[listed[0]] == values[films].max()


@pytest.mark.parametrize("diversity", [-0.1, 1.1, float("nan")])
def test_a_dial_turned_too_far_is_refused(diversity):
    with pytest.raises(ValueError, match="between 0 and 1"):
        choose(COMEDIES_FIRST, ALL, 5, LIKENESS, diversity=diversity)


def test_seven_comedies_for_each_three_horror_films_that_somebody_liked():
    scores = np.zeros(N_FILMS, dtype=np.float32)
    scores[: N_FILMS // 2] = 1
    taste = Taste(np.array([0.7, 0.3], dtype=np.float32), 1_000.0)
    listed = choose(scores, ALL, 10, LIKENESS, taste=taste)
    assert (listed < N_FILMS // 2).sum() == 7
    assert (np.diff(scores[listed]) <= 0).all(), "the best stand first"


def test_a_film_of_a_missing_genre_comes_in_when_its_score_is_worth_the_divergence_it_mends():
    scores = np.array([1, 0.9, 0, 0], dtype=np.float32)
    alike = MovieSimilarity(np.zeros((4, 1), np.float32), np.eye(2, dtype=np.float32)[[0, 0, 1, 1]])
    half = np.array([0.5, 0.5], dtype=np.float32)
    # With the second comedy a share of .05 * .5 is left for horror, and .975 of comedy:
    # .5 * log(.5 / .975) + .5 * log(.5 / .025) = 1.164 nats; with the horror film none.
    worth = 0.9 / (0.5 * np.log(0.5 / 0.975) + 0.5 * np.log(0.5 / 0.025))
    for weight, second in ((0.99 * worth, 1), (1.01 * worth, 2)):
        listed = choose(scores, np.arange(4), 2, alike, taste=Taste(half, weight))
        assert listed.tolist() == [0, second]


def test_the_taste_is_the_genres_of_the_liked_films_each_split_evenly():
    genres = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1]], dtype=np.float32)
    films = np.tile(np.arange(3), 10)
    half_stars = np.tile(np.array([8, 10, 7], dtype=np.int8), 10)
    taste = taste_of(Rated(films, half_stars), genres, 1.5)
    # (1 + 1/2) / 2 of the first, (1/2) / 2 of the second; 3.5 stars are no liking.
    assert taste.genres == pytest.approx([3 / 4, 1 / 4, 0])
    assert taste.weight == 1.5


@pytest.mark.parametrize(("n_films", "share"), [(0, 0), (10, 0), (20, 1 / 2), (30, 1), (500, 1)])
def test_the_taste_of_a_newcomer_weighs_nothing_yet(n_films, share):
    rated = Rated(np.zeros(n_films, dtype=np.int64), np.full(n_films, 8, dtype=np.int8))
    assert taste_of(rated, np.ones((1, 2), np.float32), 1.5).weight == pytest.approx(1.5 * share)


def test_the_smallest_share_of_a_genre_makes_no_division_by_zero():
    tiny = np.array([1e-45, 1], dtype=np.float32)
    listed = choose(COMEDIES_FIRST, ALL, 10, LIKENESS, taste=Taste(tiny, 1.0))
    assert len(listed) == 10


def test_who_liked_nothing_gets_the_films_of_the_highest_scores():
    rated = Rated(np.arange(30), np.full(30, 2, dtype=np.int8))
    taste = taste_of(rated, GENRES, 1.5)
    assert choose(COMEDIES_FIRST, ALL, 5, LIKENESS, taste=taste).tolist() == [0, 1, 2, 3, 4]


SERIES = MovieSeries.of(
    [
        "Saga",
        "Saga 2",
        "Saga 3",
        "Saga 4",
        *(f"Single {letter}" for letter in "abcdefghijklmnopqrstuvwxyz"),
    ],
    np.arange(1970, 1970 + N_FILMS, dtype=np.float32),
    np.full(N_FILMS, 10.0),
)
IN_SERIES = ReRanker(LIKENESS, series=SERIES)
SEQUELS_FIRST = np.concatenate([[0.5, 1.0, 0.99, 0.98], np.linspace(0.9, 0, N_FILMS - 4)]).astype(
    np.float32
)


def rated_as(*films: int, half_stars: int = 9) -> Rated:
    return Rated(np.array(films, dtype=np.int64), np.full(len(films), half_stars, dtype=np.int8))


def test_of_a_series_that_is_not_begun_the_first_film_takes_the_place_of_its_sequels():
    listed = IN_SERIES(SEQUELS_FIRST, ALL, 10, rated_as()).tolist()
    assert listed[0] == 0
    assert not {1, 2, 3} & set(listed)


@pytest.mark.parametrize(("n_rated", "sequels_come"), [(29, False), (30, True)])
def test_who_rated_many_films_is_taken_to_know_the_first_of_a_series(n_rated, sequels_come):
    # Rated movies of no series, so that nothing of "Saga" is begun.
    other = np.concatenate([SERIES.series, np.full(n_rated, NO_SERIES, np.int32)])
    series = MovieSeries(other, np.concatenate([SERIES.part, np.zeros(n_rated, np.int32)]))
    n_films = N_FILMS + n_rated
    alike = MovieSimilarity(np.zeros((n_films, 3), np.float32), np.ones((n_films, 2), np.float32))
    scores = np.concatenate([SEQUELS_FIRST, np.zeros(n_rated, np.float32)])
    rated = rated_as(*range(N_FILMS, n_films))
    listed = ReRanker(alike, series=series)(scores, ALL, 10, rated).tolist()
    assert (1 in listed and 2 in listed) is sequels_come
    assert (0 in listed) is not sequels_come


def test_a_sequel_may_come_where_the_first_film_was_ruled_out():
    listed = IN_SERIES(SEQUELS_FIRST, ALL[1:], 10, rated_as()).tolist()
    assert listed[:2] == [1, 2]
    assert 3 not in listed


def beside(*shown: int, seen: tuple[int, ...] = ()) -> Beside:
    return Beside(np.array(shown, dtype=np.int64), np.array(seen, dtype=np.int64))


def test_no_sequel_comes_while_the_first_film_is_shown_elsewhere():
    listed = IN_SERIES(SEQUELS_FIRST, ALL[1:], 10, rated_as(), beside=beside(0)).tolist()
    assert len(listed) == 10
    assert not {1, 2, 3} & set(listed)


@pytest.mark.parametrize(
    ("rated", "elsewhere"),
    [
        pytest.param(rated_as(3), beside(0), id="rated a film of it"),
        pytest.param(rated_as(), beside(0, seen=(3,)), id="saw a film of it"),
        pytest.param(rated_as(), beside(seen=(0,)), id="saw the first film"),
        pytest.param(rated_as(), beside(3), id="another film of it is shown"),
    ],
)
def test_a_sequel_comes_to_who_knows_the_series_or_if_the_first_film_is_not_shown(rated, elsewhere):
    listed = IN_SERIES(SEQUELS_FIRST, np.array([1, *ALL[4:]]), 10, rated, beside=elsewhere)
    assert listed[0] == 1


@pytest.mark.parametrize("diversity", [0.0, 0.3, 1.0])
def test_a_list_holds_two_films_of_a_series(diversity):
    listed = IN_SERIES(SEQUELS_FIRST, ALL[1:], 10, rated_as(0), diversity)
    assert len(listed) == 10
    assert len({1, 2, 3} & set(listed.tolist())) <= 2


def test_who_liked_two_of_a_series_may_get_three_more():
    more = np.concatenate([SERIES.series[:3], SERIES.series])
    series = MovieSeries(more, np.concatenate([[4, 5, 6], SERIES.part]).astype(np.int32))
    alike = MovieSimilarity(
        np.zeros((N_FILMS + 3, 3), dtype=np.float32), np.ones((N_FILMS + 3, 2), dtype=np.float32)
    )
    scores = np.linspace(1, 0, N_FILMS + 3, dtype=np.float32)
    open_films = np.setdiff1d(np.arange(N_FILMS + 3), [3, 4])
    for half_stars, n_listed in ((9, 3), (2, 2)):
        listed = ReRanker(alike, series=series)(
            scores, open_films, 10, rated_as(3, 4, half_stars=half_stars)
        )
        assert (series.series[listed] == SERIES.series[0]).sum() == n_listed


def test_a_list_is_filled_with_a_series_rather_than_left_short():
    assert len(IN_SERIES(SEQUELS_FIRST, np.arange(4), 10, rated_as())) == 4

"""Genre metrics worked out by hand."""

from math import log2, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.data.genre_shares import genre_distribution, genre_gains
from ml.metrics import genre_ndcg, genre_rank_ndcg

A, B, BOTH, NEITHER = [1, 0], [0, 1], [1, 1], [0, 0]


def matrix(*rows) -> np.ndarray:
    return np.array(rows, dtype=np.float32)


def test_a_films_mass_is_split_over_its_genres():
    shares = genre_distribution(matrix([1, 1, 0]), matrix(A, BOTH, B))
    assert shares[0].tolist() == pytest.approx([3 / 4, 1 / 4])


def test_the_gain_is_the_cosine_of_shares_and_genres():
    gains = genre_gains(matrix([3 / 4, 1 / 4]), matrix(A, BOTH, NEITHER))
    length = sqrt(10) / 4
    assert gains[0].tolist() == pytest.approx([(3 / 4) / length, 1 / (length * sqrt(2)), 0])


def test_the_ideal_of_genre_ndcg_is_taken_over_the_catalogue_and_not_over_the_list():
    genres = matrix(A, A, B, B)
    liked = matrix([1, 0, 0, 0])
    candidates = np.array([[False, True, True, True]])
    value = genre_ndcg(np.array([[2, 1]]), liked, genres, candidates)
    ideal = 1 / log2(2)  # one candidate of genre A is left, then only films of gain 0
    assert value == pytest.approx([(1 / log2(3)) / ideal])


def test_genre_metrics_are_unknown_where_what_was_liked_has_no_genre():
    liked = matrix([1, 0])
    genres = matrix(NEITHER, A)
    assert np.isnan(genre_ndcg(np.array([[1]]), liked, genres, np.array([[True, True]]))).all()
    assert np.isnan(genre_rank_ndcg(np.array([[1]]), liked, genres)).all()


def test_genres_are_ranked_by_their_share_in_the_list():
    genres = matrix(A, B, BOTH)
    liked = matrix([0, 2, 1])  # shares 1/6 and 5/6
    by_a = genre_rank_ndcg(np.array([[0, 2]]), liked, genres)  # A has 3/4 of the list
    ideal = (5 / 6) / log2(2) + (1 / 6) / log2(3)
    assert by_a == pytest.approx([((1 / 6) / log2(2) + (5 / 6) / log2(3)) / ideal])
    assert genre_rank_ndcg(np.array([[1, 2]]), liked, genres) == pytest.approx([1])


def test_genres_of_equal_share_rank_by_where_their_films_stand():
    genres = matrix(A, B)
    liked = matrix([0, 1])
    assert genre_rank_ndcg(np.array([[1, 0]]), liked, genres) == pytest.approx([1])
    assert genre_rank_ndcg(np.array([[0, 1]]), liked, genres) == pytest.approx([1 / log2(3)])


def test_an_empty_place_in_the_list_gains_nothing():
    candidates = np.array([[False, True]])
    full = genre_ndcg(np.array([[1, -1]]), matrix([1, 0]), matrix(A, A), candidates)
    assert full == pytest.approx([1])


@given(st.integers(0, 10_000))
def test_genre_metrics_lie_between_0_and_1_and_do_not_mind_the_genres_order(seed):
    rng = np.random.default_rng(seed)
    genres = (rng.random((12, 4)) < 0.4).astype(np.float32)
    liked = (rng.random((1, 12)) < 0.3).astype(np.float32)
    liked[0, 0], genres[0, 0] = 1, 1
    top = rng.permutation(12)[None, :5]
    candidates = np.ones((1, 12), dtype=bool)
    value = genre_ndcg(top, liked, genres, candidates)
    assert 0 <= value[0] <= 1 + 1e-6
    assert genre_ndcg(top, liked, genres[:, ::-1], candidates) == pytest.approx(value)
    assert 0 <= genre_rank_ndcg(top, liked, genres)[0] <= 1 + 1e-6


def test_of_a_catalogue_smaller_than_the_list_the_ideal_is_all_of_it():
    genres = np.array([[1, 0], [0, 1]], dtype=np.float32)
    top = np.array([[1, 0, -1, -1]])
    held_out = np.array([[1, 0]], dtype=np.float32)
    found = genre_ndcg(top, held_out, genres, np.ones((1, 2), dtype=bool))
    # Gains 0 and 1 in the wrong order: 1 / log2(3) of an ideal 1 / log2(2).
    assert found == pytest.approx([1 / log2(3)])

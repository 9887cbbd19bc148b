from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ml.serving.series import NO_SERIES
from ml.serving.similar import SimilarMovies, without_year
from ml.serving.tfidf import TfidfTerms

N = 6
NOTHING = np.zeros((N, 2), dtype=np.float32)


def movies(**changes: Any) -> SimilarMovies:
    """Six movies that have nothing in common but what a test gives them."""
    plain = SimilarMovies(
        vectors=NOTHING,
        evidence=np.ones(N, dtype=np.float32),
        text=NOTHING,
        genres=NOTHING,
        terms=TfidfTerms.of([""] * N),
        series=np.full(N, NO_SERIES, dtype=np.int32),
    )
    return replace(plain, **changes)


def along(*angles: float) -> np.ndarray:
    return np.array([(np.cos(a), np.sin(a)) for a in angles], dtype=np.float32)


def test_co_ratings_order_movies_that_were_rated_often_enough():
    found = movies(vectors=along(0, 0.1, 0.2, 3, 3, 3))
    assert found.nearest(0, 3)[0].tolist()[:2] == [1, 2]
    seldom = np.array([1, 0, 1, 1, 1, 1], dtype=np.float32)
    assert replace(found, evidence=seldom).nearest(0, 3)[0].tolist()[0] == 2


def test_a_movie_that_nobody_rated_is_compared_by_content_alone():
    unrated = np.array([0, 1, 1, 1, 1, 1], dtype=np.float32)
    text = along(0, 3, 3, 3, 0.1, 3)
    found = movies(vectors=along(0, 0, 0, 3, 3, 3), text=text, evidence=unrated)
    assert found.nearest(0, 1)[0].tolist() == [4]


def test_a_series_and_what_the_caller_names_come_first():
    series = np.array([7, NO_SERIES, NO_SERIES, 7, NO_SERIES, NO_SERIES], dtype=np.int32)
    found = movies(genres=along(0, 1, 1, 1, 1, 1), series=series)
    order, scores = found.nearest(0, 5, related=np.array([5]))
    assert order.tolist()[:2] == [3, 5]
    assert (np.diff(scores) <= 0).all()
    assert 0 not in order.tolist()
    assert len(found.nearest(0, 99)[0]) == N - 1


def test_movies_without_a_series_are_not_of_one():
    scores = movies().scores(0)
    assert scores == pytest.approx(np.zeros(N))


def test_what_movies_of_a_year_have_in_common_is_taken_away():
    rng = np.random.default_rng(0)
    years = np.repeat([1990.0, 2000.0], 200).astype(np.float32)
    own = rng.normal(size=(400, 8))
    own[:, 0] += np.where(years == 1990, 4, -4)  # one direction tells the year
    rows = (own / np.linalg.norm(own, axis=1, keepdims=True)).astype(np.float32)

    def same_year_share(vectors: np.ndarray) -> float:
        cosines = vectors @ vectors.T
        np.fill_diagonal(cosines, -2)
        nearest = np.argsort(-cosines, axis=1)[:, :12]
        return float((years[nearest] == years[:, None]).mean())

    assert same_year_share(rows) > 0.95
    assert same_year_share(without_year(rows, years)) < 0.6

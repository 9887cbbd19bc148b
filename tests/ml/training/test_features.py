"""What the ranking head is told of movies: nothing that lies behind the moment of asking."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ml.serving.features import FEATURES, features, user_states
from ml.training.features import TREND_SECONDS, movie_features, movie_terms
from tests.ml import two_tastes as world

TRAINING = world.training()
TREND = [FEATURES.index("trend"), FEATURES.index("recent_trend")]


def at_times(seed: int):
    """Return the world's ratings over ten periods, at random times."""
    times = np.random.default_rng(seed).integers(0, int(10 * TREND_SECONDS), len(TRAINING.ratings))
    times[:2] = 0, int(10 * TREND_SECONDS)  # the first and the last stay where they are
    return replace(TRAINING.ratings, timestamps=times)


def trends(ratings, asked_at: int) -> np.ndarray:
    catalogue = TRAINING.catalogue
    films = movie_features(catalogue, TRAINING.text, movie_terms(catalogue), ratings)
    one = np.array([0]), np.array([10], dtype=np.int8), np.array([asked_at])
    return features(films, user_states(films, *one, without_each=False))[0][:, TREND]


@given(seed=st.integers(0, 99), share=st.floats(0.05, 0.95))
def test_ratings_after_the_moment_of_asking_change_no_trend(seed, share):
    ratings = at_times(seed)
    asked_at = int(share * 10 * TREND_SECONDS)
    is_first_or_earlier = (ratings.timestamps <= asked_at) | (np.arange(len(ratings)) == 1)
    known = trends(ratings.take(is_first_or_earlier), asked_at)
    np.testing.assert_array_equal(trends(ratings, asked_at), known)


def test_earlier_ratings_do_and_fade():
    ratings = at_times(0)
    early, late = (trends(ratings, int(share * 10 * TREND_SECONDS)) for share in (0.05, 0.95))
    assert early.max() == 0, "nobody rated before the first period"
    counts = np.bincount(ratings.movie_index, minlength=world.N_FILMS + 1)
    rated = counts > 0
    assert (late[rated] > 0).all()
    assert (late[rated, 0] < np.log1p(counts[rated])).all()
    assert (late[rated, 1] < late[rated, 0]).all(), "the recent trend forgets faster"

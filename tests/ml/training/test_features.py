"""What the ranking head is told of movies: nothing that lies behind the moment of asking."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ml.serving.features import FEATURES, features, user_states
from ml.serving.new_movies import NewMovies
from ml.training.features import (
    TREND_SECONDS,
    country_names,
    movie_features,
    movie_terms,
)
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


def test_countries_of_many_films_are_attributes_and_unknown_ones_are_the_usual(monkeypatch):
    monkeypatch.setattr("ml.training.features.MIN_COUNTRY_MOVIES", 6)
    catalogue, ratings = TRAINING.catalogue, TRAINING.ratings
    france, italy = 6, 5
    listed: list[tuple[str, ...]] = [*[("France",)] * france, *[("Italy",)] * italy]
    listed += [()] * (len(catalogue) - len(listed))
    known = replace(catalogue, credits={"countries": tuple(listed)})
    assert country_names(catalogue) == ()
    assert country_names(known) == ("France",)
    films = movie_features(known, TRAINING.text, movie_terms(known), ratings)
    counts = np.bincount(ratings.movie_index, minlength=len(catalogue))
    usual = counts[:france].sum() / counts[: france + italy].sum()
    assert (films.countries[:france] == 1).all()
    assert not films.countries[france : france + italy].any(), "of another country than France"
    np.testing.assert_allclose(films.countries[france + italy :], usual, rtol=1e-5)
    text = np.zeros((1, TRAINING.text.shape[1]), dtype=np.float32)
    year, words = np.array([2000], dtype=np.float32), np.array([""])
    new = films.with_new_films(NewMovies(np.array([99]), text, films.genres[:1], year, words))
    np.testing.assert_allclose(new.countries[-1], usual, rtol=1e-4)

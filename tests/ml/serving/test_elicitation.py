"""What a newcomer is asked about: films that are known, that tell, and that were not asked yet."""

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from ml.serving.base_models import AlsModel, ItemSide, LinearModel, Rated
from ml.serving.elicitation import NOISE, Onboarding
from ml.serving.ensemble import Ensemble

# Four films of one taste, four of the other, the first of each known best; a ninth unrated.
TASTES = np.array([[1, 0]] * 4 + [[0, 1]] * 4 + [[0.6, 0.8]], dtype=np.float32)
COUNTS = np.array([60, 40, 30, 20, 50, 35, 25, 15, 0])
NOTHING = Rated(np.empty(0, np.int64), np.empty(0, np.int8))


def rated(*films: int, half_stars: int = 9) -> Rated:
    return Rated(np.array(films, np.int64), np.full(len(films), half_stars, np.int8))


@pytest.fixture
def onboarding() -> Onboarding:
    items = ItemSide(3 * TASTES, np.zeros(9, np.float32))
    linear = LinearModel(items, TASTES, np.linspace(-1, 1, 10, dtype=np.float32))
    als = AlsModel(items, np.eye(2, dtype=np.float32), np.ones(10, np.float32))
    films = SimpleNamespace(popularity=np.log1p(COUNTS).astype(np.float32))
    ensemble = SimpleNamespace(base_models=(linear, als, als, als), films=films)
    return Onboarding.of(cast(Ensemble, ensemble), 100)


def test_a_film_that_nobody_rated_is_not_asked_about(onboarding):
    assert 8 not in onboarding.choose(NOTHING, (), 20)
    assert len(onboarding.choose(NOTHING, (), 20)) == 8


def test_without_answers_the_film_most_people_know_comes_first(onboarding):
    assert onboarding.choose(NOTHING, (), 1) == [0]


def test_a_row_is_of_films_that_differ(onboarding):
    first, second = onboarding.choose(NOTHING, (), 2)
    assert TASTES[first] @ TASTES[second] == 0


def test_rated_films_and_those_asked_about_never_come(onboarding):
    found = onboarding.choose(rated(0, 4), {1, 5, 8}, 20)
    assert sorted(found) == [2, 3, 6, 7]


def test_what_an_answer_leaves_open_is_the_posterior_variance(onboarding):
    # One answer on the first axis: 1 - 1 / (1 + NOISE) of it is open, all of the second.
    familiar = onboarding.familiarity(rated(0))
    spread = np.where(TASTES[onboarding.movie_index, 0] == 1, 1 - 1 / (1 + NOISE), 1)
    worth = familiar * spread
    worth[onboarding.movie_index == 0] = 0
    assert onboarding.choose(rated(0), (), 1) == onboarding.movie_index[worth.argmax()]


def test_who_knows_a_film_knows_its_kind_whatever_they_think_of_it(onboarding):
    before, after = onboarding.familiarity(NOTHING), onboarding.familiarity(rated(1))
    same = TASTES[onboarding.movie_index, 0] == 1
    assert (after[same] > before[same]).all()
    assert (after[~same] < before[~same]).all()
    np.testing.assert_array_equal(after, onboarding.familiarity(rated(1, half_stars=1)))
    assert ((after > 0) & (after < 1)).all()


def test_the_same_question_gets_the_same_answer(onboarding):
    first = onboarding.choose(rated(0, 5), {1}, 6)
    np.testing.assert_array_equal(first, onboarding.choose(rated(0, 5), {1}, 6))

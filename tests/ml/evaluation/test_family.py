"""What every recommender of the family must do, in a world of two tastes whose answer is known."""

from dataclasses import replace
from functools import cache, partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.evaluation.family import ABLATIONS, FAMILY, GRIDS, recommender
from ml.serving.ensemble import Ensemble
from ml.training import served
from ml.training.config import PipelineConfig
from ml.training.protocol import RankingModel, Recommender
from ml.training.ranking_head import RankingHeadConfig
from ml.training.served import Served
from tests.ml import two_tastes as world

VARIANTS = [name for name in ABLATIONS if name.startswith("served-")]
NAMES = [name for name in (*FAMILY, *ABLATIONS) if name not in VARIANTS]
WITH_ROWS = [name for name in NAMES if name == "bpr" or name.startswith("neumf")]
"""Models that keep a row for each training user, and train another for a stranger."""
SOLVERS = [name for name in NAMES if name not in ("popularity", "neumf-hard")]
EVERYBODY = np.arange(world.N_USERS)
TRAINING = world.training()
SMALL_STEPS = {"batch_size": 32, "epochs": 40}
"""The world has 240 positives: one default batch would be a whole epoch."""
SMALL: dict[str, dict[str, float]] = {
    "ials-frequency": {"factors": 8, "regularisation": 0.1},
    "ease-content": {"text_weight": 1.0, "genre_weight": 0.5},
}
"""Among 20 films the default weights of content would drown the ratings, and the default
regularisation would let 8 factors learn them by heart."""
SMALL_NETWORK = {"epochs": 1, "dimension": 8, "factors": 8, "linear_rank": 12}


def toy(name: str) -> Recommender:
    """Return the named model."""
    return recommender(name, **(SMALL_STEPS if name.startswith("neumf") else SMALL.get(name, {})))


@cache
def fitted(name: str) -> RankingModel:
    return toy(name).fit(TRAINING, seed=0)


def unseen_first(scores: np.ndarray, seen: np.ndarray, k: int) -> set[int]:
    open_films = np.setdiff1d(np.arange(world.N_FILMS), seen)
    return set(open_films[np.argsort(-scores[open_films])][:k].tolist())


@pytest.mark.parametrize("name", SOLVERS)
def test_people_get_the_films_of_their_own_taste_that_they_have_not_seen(name):
    ratings = TRAINING.ratings
    scores = fitted(name).scores(ratings, EVERYBODY)
    for user in range(world.N_USERS):
        seen = ratings.movie_index[ratings.user_index == user]
        wanted = set(world.own_films(user).tolist()) - set(seen.tolist())
        assert unseen_first(scores[user], seen, 4) == wanted


@pytest.mark.parametrize("name", SOLVERS)
def test_a_stranger_with_three_ratings_gets_their_own_taste(name):
    histories = world.strangers({0: 10, 3: 9, 4: 10}, {12: 10, 15: 9, 18: 10})
    scores = fitted(name).scores(histories, np.array([0, 1]))

    assert unseen_first(scores[0], np.array([0, 3, 4]), 5) <= set(world.COMEDIES.tolist())
    assert unseen_first(scores[1], np.array([12, 15, 18]), 5) <= set(world.HORRORS.tolist())


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_history_gets_finite_scores_for_every_film(name):
    scores = fitted(name).scores(world.strangers({}), np.array([0]))
    assert scores.shape == (1, world.N_FILMS + 1)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", NAMES)
def test_who_else_is_asked_for_does_not_change_anyones_scores(name):
    histories = world.strangers({0: 10, 3: 9}, {12: 10}, {})
    together = fitted(name).scores(histories, np.array([0, 1, 2]))
    alone = [fitted(name).scores(histories, np.array([user]))[0] for user in range(3)]
    np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in WITH_ROWS])
def test_a_training_users_own_ratings_folded_in_give_the_users_own_scores(name):
    ratings = TRAINING.ratings
    as_strangers = replace(ratings, user_ids=90_000 + ratings.user_ids)
    users = EVERYBODY[:4]
    np.testing.assert_array_equal(
        fitted(name).scores(as_strangers, users), fitted(name).scores(ratings, users)
    )


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=8)
@given(
    films=st.dictionaries(st.integers(0, world.N_FILMS), st.integers(1, 10)),
    number=st.integers(0, 10**6),
)
def test_whoever_has_a_history_is_folded_in_to_the_same_finite_scores(name, films, number):
    """Any history, with the film that nobody rated in it too; the stranger's number is no input."""
    histories = world.strangers(films)
    renamed = replace(histories, user_ids=histories.user_ids + number)
    scores = fitted(name).scores(histories, np.array([0]))
    assert scores.shape == (1, world.N_FILMS + 1)
    assert np.isfinite(scores).all()
    np.testing.assert_array_equal(fitted(name).scores(renamed, np.array([0])), scores)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_scores(name):
    again = toy(name).fit(TRAINING, seed=0)
    np.testing.assert_array_equal(
        fitted(name).scores(TRAINING.ratings, EVERYBODY), again.scores(TRAINING.ratings, EVERYBODY)
    )


@pytest.mark.parametrize("name", NAMES)
def test_people_who_liked_nothing_do_not_break_training(name):
    ratings = TRAINING.ratings
    gloomy = ratings.take((ratings.user_index > 0) | (ratings.half_stars < 6))
    training = type(TRAINING)(gloomy, TRAINING.catalogue, TRAINING.text)
    scores = toy(name).fit(training, seed=0).scores(gloomy, EVERYBODY)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", VARIANTS)
def test_a_step_of_the_method_can_be_changed_alone_and_kept(name, monkeypatch):
    short = partial(RankingHeadConfig, epochs=2, cold_start_lists=2)
    monkeypatch.setattr(served, "RankingHeadConfig", short)
    variant = recommender(name, **SMALL_NETWORK)
    assert isinstance(variant, Served)
    assert variant != Served(PipelineConfig.from_dict(SMALL_NETWORK))
    model = variant.fit(TRAINING, seed=0)
    scores = model.scores(TRAINING.ratings, EVERYBODY[:2])
    assert np.isfinite(scores).all()
    loaded = replace(model, ensemble=Ensemble.from_tensors(model.ensemble.to_tensors()))
    again = loaded.scores(TRAINING.ratings, EVERYBODY[:2])
    np.testing.assert_allclose(again, scores, atol=1e-6)


def test_popularity_gives_everybody_the_films_that_most_people_liked():
    scores = fitted("popularity").scores(TRAINING.ratings, EVERYBODY)
    liked = TRAINING.ratings.movie_index[TRAINING.ratings.half_stars >= 6]
    assert (scores == np.bincount(liked, minlength=world.N_FILMS + 1)).all()


def test_literal_negatives_order_what_was_rated_but_not_the_catalogue():
    ratings = TRAINING.ratings
    # Weight decay hides it here: two tastes are so few that small weights alone tell them apart.
    literal = recommender("neumf-hard", factors=16, weight_decay=0.0, **SMALL_STEPS)
    scores = literal.fit(TRAINING, seed=0).scores(ratings, EVERYBODY)
    wrong = 0
    for user in range(world.N_USERS):
        rows = ratings.user_index == user
        films, liked = ratings.movie_index[rows], ratings.half_stars[rows] >= 6
        assert scores[user, films[liked]].min() > scores[user, films[~liked]].max()
        wrong += not unseen_first(scores[user], films, 4) <= set(world.own_films(user).tolist())
    # Uniform negatives get nobody wrong here.
    assert wrong > world.N_USERS / 4, "a model that never saw an unseen film as a negative"


def test_history_ncf_places_a_film_that_nobody_rated_by_its_description():
    users = np.array([0, 1])
    comedy_lover, horror_lover = fitted("history-ncf").scores(TRAINING.ratings, users)
    assert comedy_lover[world.UNRATED_FILM] > horror_lover[world.UNRATED_FILM]


def test_every_grid_names_settings_that_its_model_has():
    for name, grid in GRIDS.items():
        recommender(name, **{parameter: values[0] for parameter, values in grid.items()})


@pytest.mark.parametrize("name", FAMILY)
def test_what_a_model_is_measured_with_lies_in_the_grid_that_it_is_tuned_by(name):
    """The baselines' as well as the served model's."""
    made = recommender(name)
    settings = getattr(made, "config", made)
    for parameter, values in GRIDS[name].items():
        assert getattr(settings, parameter) in values


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="no model svd; there are popularity"):
        recommender("svd")


def test_a_fine_tune_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="fine_tune must be one of none, genre, control"):
        recommender("neumf", fine_tune="magic")

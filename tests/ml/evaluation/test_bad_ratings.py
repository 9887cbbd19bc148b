"""What the served model and its baselines make of data that a site or a file may hold."""

from collections.abc import Mapping

import numpy as np
import pytest

from ml.data.dataset import Catalogue, DataError, Dataset
from ml.evaluation.family import FAMILY, USES_TEXT, recommender
from ml.training.protocol import TrainingData

NEUMF = ("neumf", "neumf-hard", "neumf-mixed", "neumf-genre", "neumf-control")
SMALL_NETWORK = {"epochs": 1, "dimension": 4, "factors": 4, "linear_rank": 4, "threads": 1}
FEW_EPOCHS: Mapping[str, Mapping[str, object]] = {
    "bpr": {"epochs": 1},
    "history-ncf": {"dimension": 4, "epochs": 1},
    **{name: {"epochs": 1} for name in NEUMF},
    "served": SMALL_NETWORK,
}
NAMES = (*FAMILY, *NEUMF[3:], "ease-128", "ease-scalable")
N_USERS, N_FILMS = 4, 6
EVERYTHING = [
    (user, film, 2 + (3 * user + film) % 9) for user in range(N_USERS) for film in range(5)
]

WORLDS = {
    "one user": [(0, film, 2 * film + 1) for film in range(5)],
    "one film": [(user, 0, 3 + user) for user in range(N_USERS)],
    "one rating": [(0, 0, 10)],
    "all ratings equal": [(user, film, 8) for user, film, _ in EVERYTHING],
    "nobody liked anything": [(user, film, 2) for user, film, _ in EVERYTHING],
    "two people alike": [(user, film, 2 * film + 1) for user in (0, 1) for film in range(5)],
    "people with one rating each": [(user, user, 9) for user in range(N_USERS)],
    "somebody rated every film": [*EVERYTHING, *((9, film, 1 + film) for film in range(N_FILMS))],
    "one user liked nothing": [(user, film, 1 if user == 0 else 9) for user, film, _ in EVERYTHING],
    "ordinary": EVERYTHING,
}


def training(rows: list[tuple[int, int, int]], genres: list[list[str]]) -> TrainingData:
    films = Catalogue.build(
        np.arange(N_FILMS),
        [f"Film {film}" for film in range(N_FILMS)],
        [np.nan] * N_FILMS,
        genres,
    )
    user, movie, half_stars = np.array(rows).T
    data = Dataset.build(films, user, movie, half_stars, np.arange(len(rows)))
    text = np.random.default_rng(0).normal(size=(N_FILMS, 8)).astype(np.float32)
    return TrainingData(data.ratings, films, text / np.linalg.norm(text, axis=1, keepdims=True))


def scores_of(name: str, data: TrainingData) -> np.ndarray:
    model = recommender(name, **FEW_EPOCHS.get(name, {}))
    fitted = model.fit(data, seed=0)
    return fitted.scores(data.ratings, np.arange(data.ratings.n_users))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rows", WORLDS.values(), ids=WORLDS)
def test_odd_ratings_give_a_finite_score_for_every_film(name, rows):
    data = training(rows, [["Drama"], ["Comedy"]] * 3)
    scores = scores_of(name, data)
    assert scores.shape == (data.ratings.n_users, N_FILMS)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", [name for name in NAMES if name in USES_TEXT])
@pytest.mark.parametrize(
    "genres",
    [
        [[]] * N_FILMS,
        [["Drama"], *[[]] * (N_FILMS - 1)],
        [*[[]] * (N_FILMS - 1), ["Drama"]],
        [["(no genres listed)"]] * N_FILMS,
    ],
    ids=[
        "no film has a genre",
        "one film has",
        "the only genre is of an unrated film",
        "none listed",
    ],
)
def test_films_without_a_genre_are_scored_as_others_are(name, genres):
    assert np.isfinite(scores_of(name, training(EVERYTHING, genres))).all()


@pytest.mark.parametrize("name", [name for name in NAMES if name in USES_TEXT])
def test_a_film_that_lost_all_its_text_is_scored(name):
    data = training(EVERYTHING, [["Drama"]] * N_FILMS)
    data.text[2] = 0
    assert np.isfinite(scores_of(name, data)).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_pair_rated_twice_counts_as_its_latest_rating(name):
    films = [["Drama"], ["Comedy"]] * 3
    twice = training([(0, 0, 1), (1, 1, 1), *EVERYTHING], films)
    np.testing.assert_array_equal(
        scores_of(name, twice), scores_of(name, training(EVERYTHING, films))
    )


def test_no_rating_at_all_is_refused_in_words():
    films = training(EVERYTHING, [["Drama"]] * N_FILMS).catalogue
    nothing = np.zeros(0, dtype=np.int64)
    with pytest.raises(DataError, match="there are no ratings"):
        Dataset.build(films, nothing, nothing, nothing, nothing)

"""What the served model and its baselines make of data that a site or a file may hold."""

import numpy as np
import pytest

from ml.dataset import Catalogue, DataError, Dataset
from ml.models.family import recommender
from ml.models.protocol import Training

SMALL_NETWORK = {"epochs": 1, "dimension": 4, "factors": 4, "linear_rank": 4, "threads": 1}
CLOSED_FORM = ("popularity", "itemknn", "ease", "ials")
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
    "one user liked nothing": [(user, film, 1 if user == 0 else 9) for user, film, _ in EVERYTHING],
    "ordinary": EVERYTHING,
}


def training(rows: list[tuple[int, int, int]], genres: list[list[str]]) -> Training:
    films = Catalogue.build(
        np.arange(N_FILMS),
        [f"Film {film}" for film in range(N_FILMS)],
        [np.nan] * N_FILMS,
        genres,
    )
    user, movie, half_stars = np.array(rows).T
    data = Dataset.build(films, user, movie, half_stars, np.arange(len(rows)))
    text = np.random.default_rng(0).normal(size=(N_FILMS, 8)).astype(np.float32)
    return Training(data.ratings, films, text / np.linalg.norm(text, axis=1, keepdims=True))


def scores_of(name: str, data: Training) -> np.ndarray:
    model = recommender(name, **(SMALL_NETWORK if name == "served" else {}))
    fitted = model.fit(data, seed=0)
    return fitted.scores(data.ratings, np.arange(data.ratings.n_users))


@pytest.mark.parametrize("name", [*CLOSED_FORM, "served"])
@pytest.mark.parametrize("rows", WORLDS.values(), ids=WORLDS)
def test_odd_ratings_give_a_finite_score_for_every_film(name, rows):
    data = training(rows, [["Drama"], ["Comedy"]] * 3)
    scores = scores_of(name, data)
    assert scores.shape == (data.ratings.n_users, N_FILMS)
    assert np.isfinite(scores).all()


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
def test_films_without_a_genre_are_scored_as_others_are(genres):
    assert np.isfinite(scores_of("served", training(EVERYTHING, genres))).all()


def test_a_film_that_lost_all_its_text_is_scored():
    data = training(EVERYTHING, [["Drama"]] * N_FILMS)
    data.text[2] = 0
    assert np.isfinite(scores_of("served", data)).all()


def test_no_rating_at_all_is_refused_in_words():
    films = training(EVERYTHING, [["Drama"]] * N_FILMS).catalogue
    nothing = np.zeros(0, dtype=np.int64)
    with pytest.raises(DataError, match="there are no ratings"):
        Dataset.build(films, nothing, nothing, nothing, nothing)

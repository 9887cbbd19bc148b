import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

import ml.training.linear as linear_module
import ml.training.served as served_module
from ml.data.dataset import Dataset
from ml.progress import ignore_progress
from ml.serving.base_models import LinearModel
from ml.training.config import PipelineConfig
from ml.training.linear import EXACT_LIMIT, fit_linear, grade_table, rating_matrix
from ml.training.protocol import TrainingData, history
from tests.ml.worlds import catalogue, ratings_of

N_USERS, N_FILMS, LAMBDA = 12, 9, 3.0
GRADES = grade_table(2.0)
RNG = np.random.default_rng(0)
CELLS = np.argwhere(RNG.random((N_USERS, N_FILMS)) < 0.5)
RATINGS = ratings_of([(u, i, int(RNG.integers(1, 11))) for u, i in CELLS], N_FILMS)
CONTENT = RNG.normal(size=(N_FILMS, 3)).astype(np.float32)


def textbook_scores(content) -> np.ndarray:
    """Steck (2019), equation 8, on the rows of ratings and attributes."""
    ratings = rating_matrix(RATINGS, GRADES[RATINGS.half_stars - 1]).toarray()
    rows = ratings if content is None else np.vstack([ratings, content.T])
    precision = np.linalg.inv(rows.T @ rows + LAMBDA * np.eye(N_FILMS))
    weights = -precision / np.diag(precision)
    np.fill_diagonal(weights, 0)
    return ratings @ weights


def fitted(content, rank: int = 99, exact_limit: int = EXACT_LIMIT) -> LinearModel:
    return fit_linear(
        RATINGS,
        content,
        regularisation=LAMBDA,
        rank=rank,
        grades=GRADES,
        seed=0,
        exact_limit=exact_limit,
    )


def unrated_scores(base_model: LinearModel) -> np.ndarray:
    """Scores of the films that each user has not rated: a film's own effect is cut from those."""
    users = np.stack([base_model.user_vector(history(RATINGS, user)) for user in range(N_USERS)])
    return np.where(rated(), 0, users @ base_model.items.vectors.T)


def rated() -> np.ndarray:
    return rating_matrix(RATINGS, np.ones(len(RATINGS), np.float32)).toarray() > 0


@pytest.mark.parametrize("content", [None, CONTENT], ids=["ratings", "with content"])
def test_the_two_towers_score_as_the_textbooks_matrix_does(content):
    expected = np.where(rated(), 0, textbook_scores(content))
    assert unrated_scores(fitted(content)) == pytest.approx(expected, abs=1e-4)


def test_fewer_films_than_users_and_more_give_the_same():
    square = ratings_of([(u, i, 8) for u, i in CELLS if u < 5], N_FILMS)
    base_model = fit_linear(square, None, regularisation=LAMBDA, rank=99, grades=GRADES, seed=0)
    matrix = rating_matrix(square, GRADES[square.half_stars - 1]).toarray()
    precision = np.linalg.inv(matrix.T @ matrix + LAMBDA * np.eye(N_FILMS))
    weights = -precision / np.diag(precision)
    found = base_model.inputs @ base_model.items.vectors.T
    off = ~np.eye(N_FILMS, dtype=bool)
    assert found[off] == pytest.approx(weights[off], abs=1e-4)


@pytest.fixture
def randomised(monkeypatch) -> list[object]:
    """Return the calls of the randomised decomposition."""
    calls: list[object] = []
    decompose = linear_module._randomised

    def recorded(*arguments):
        calls.append(arguments)
        return decompose(*arguments)

    monkeypatch.setattr(linear_module, "_randomised", recorded)
    return calls


def test_the_scalable_form_comes_near_the_exact_one(randomised):
    exact = unrated_scores(fitted(CONTENT, rank=6))
    assert not randomised
    scalable = unrated_scores(fitted(CONTENT, rank=6, exact_limit=1))
    assert len(randomised) == 1
    assert scalable == pytest.approx(exact, abs=1e-3)


def test_the_served_model_goes_over_to_the_scalable_form_beyond_the_limit(randomised, monkeypatch):
    """And holds nothing of users x films or films x films on the way."""
    monkeypatch.setattr(served_module, "ALS_ITERATIONS", 1)
    n = EXACT_LIMIT + 1
    user = np.repeat(np.arange(n), 2)
    film = (user + np.tile([0, 7], n)) % n
    ones = np.full(len(user), 8)
    data = Dataset.build(catalogue(n, [["Drama"]] * n), user, film, ones, np.arange(len(user)))
    training = TrainingData(data.ratings, data.catalogue, np.ones((n, 1), dtype=np.float32))
    tracemalloc.start()
    linear, als = served_module.closed_form(
        training, PipelineConfig(linear_rank=4, factors=4), ignore_progress
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(randomised) == 1
    assert peak < n * n  # bytes: a fourth of such an array
    assert np.isfinite(linear.items.vectors).all()
    assert np.isfinite(als.items.vectors).all()


def test_at_the_limit_the_form_is_exact(randomised):
    few = fitted(CONTENT, exact_limit=min(N_USERS + CONTENT.shape[1], N_FILMS))
    assert not randomised
    assert unrated_scores(few) == pytest.approx(unrated_scores(fitted(CONTENT)), abs=1e-5)


def test_a_reduced_rank_loses_little_of_what_people_are_scored_by():
    whole, reduced = unrated_scores(fitted(None)), unrated_scores(fitted(None, rank=7))
    assert reduced.shape == whole.shape
    assert np.linalg.norm(whole - reduced) < 0.3 * np.linalg.norm(whole)


def test_a_film_outside_the_fit_is_scored_as_if_its_column_had_been_there():
    new = np.arange(N_FILMS) == 4
    known = RATINGS.take(RATINGS.movie_index != 4)
    whole = fit_linear(known, CONTENT, regularisation=LAMBDA, rank=99, grades=GRADES, seed=0)
    rest = replace(
        known,
        n_movies=N_FILMS - 1,
        movie_index=(known.movie_index - (known.movie_index > 4)).astype(np.int32),
    )
    without = fit_linear(rest, CONTENT[~new], regularisation=LAMBDA, rank=99, grades=GRADES, seed=0)
    found = without.with_new_films(CONTENT[new])
    expected = whole.inputs @ whole.items.vectors[4]
    assert found.inputs[:-1] @ found.items.vectors[-1] == pytest.approx(expected[~new], abs=1e-4)

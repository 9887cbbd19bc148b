import numpy as np
import pytest

import ml.models.linear as linear_module
from ml.members import LinearMember
from ml.models.linear import fit_linear, grade_table, rating_matrix
from ml.models.protocol import history
from tests.ml.worlds import ratings_of

N_USERS, N_FILMS, LAMBDA = 12, 9, 3.0
GRADES = grade_table(2.0)
RNG = np.random.default_rng(0)
CELLS = np.argwhere(RNG.random((N_USERS, N_FILMS)) < 0.5)
RATINGS = ratings_of([(u, i, int(RNG.integers(1, 11))) for u, i in CELLS], N_FILMS)
ATTRIBUTES = RNG.normal(size=(3, N_FILMS)).astype(np.float32)


def textbook_scores(attributes) -> np.ndarray:
    """Steck (2019), equation 8, on the rows of ratings and attributes."""
    ratings = rating_matrix(RATINGS, GRADES[RATINGS.half_stars - 1]).toarray()
    rows = ratings if attributes is None else np.vstack([ratings, attributes])
    precision = np.linalg.inv(rows.T @ rows + LAMBDA * np.eye(N_FILMS))
    weights = -precision / np.diag(precision)
    np.fill_diagonal(weights, 0)
    return ratings @ weights


def fitted(attributes, rank: int = 99) -> LinearMember:
    return fit_linear(RATINGS, attributes, regularisation=LAMBDA, rank=rank, grades=GRADES, seed=0)


def unrated_scores(member: LinearMember) -> np.ndarray:
    """Scores of the films that each user has not rated: a film's own effect is cut from those."""
    users = np.stack([member.user_vector(history(RATINGS, user)) for user in range(N_USERS)])
    return np.where(rated(), 0, users @ member.items.vectors.T)


def rated() -> np.ndarray:
    return rating_matrix(RATINGS, np.ones(len(RATINGS), np.float32)).toarray() > 0


@pytest.mark.parametrize("attributes", [None, ATTRIBUTES], ids=["ratings", "with attributes"])
def test_the_two_towers_score_as_the_textbooks_matrix_does(attributes):
    expected = np.where(rated(), 0, textbook_scores(attributes))
    assert unrated_scores(fitted(attributes)) == pytest.approx(expected, abs=1e-4)


def test_fewer_films_than_users_and_more_give_the_same():
    square = ratings_of([(u, i, 8) for u, i in CELLS if u < 5], N_FILMS)
    member = fit_linear(square, None, regularisation=LAMBDA, rank=99, grades=GRADES, seed=0)
    matrix = rating_matrix(square, GRADES[square.half_stars - 1]).toarray()
    precision = np.linalg.inv(matrix.T @ matrix + LAMBDA * np.eye(N_FILMS))
    weights = -precision / np.diag(precision)
    found = member.inputs @ member.items.vectors.T
    off = ~np.eye(N_FILMS, dtype=bool)
    assert found[off] == pytest.approx(weights[off], abs=1e-4)


def test_the_scalable_form_comes_near_the_exact_one(monkeypatch):
    exact = unrated_scores(fitted(ATTRIBUTES, rank=6))
    monkeypatch.setattr(linear_module, "EXACT_LIMIT", 1)
    assert unrated_scores(fitted(ATTRIBUTES, rank=6)) == pytest.approx(exact, abs=1e-3)


def test_a_reduced_rank_loses_little_of_what_people_are_scored_by():
    whole, reduced = unrated_scores(fitted(None)), unrated_scores(fitted(None, rank=7))
    assert reduced.shape == whole.shape
    assert np.linalg.norm(whole - reduced) < 0.3 * np.linalg.norm(whole)

"""The linear branch: EASE with attribute rows, as two towers of bounded rank.

EASE (Steck, 2019) has the closed form B = I - P / diag(P), P = (A'A + lambda I)^-1. With the
singular values s and right singular vectors W of A, shrunk to c = s^2 / (s^2 + lambda),
P = (I - W diag(c) W') / lambda: so off the diagonal B = W diag(c) W' / diag(I - W diag(c) W'), a
product of two item towers, and nothing of size N x N is needed. Rows of film attributes below the
ratings make films that share them resemble each other, rated or not.

The towers are then reduced to `rank` dimensions by balanced truncation (Moore, 1981): a direction
stays if users reach it AND items answer to it. Cutting the singular values themselves would keep
the long texts and lose the people.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ml.data.dataset import Ratings
from ml.serving.base_models import ItemSide, LinearModel, diagonal_basis
from ml.serving.new_movies import ContentTowers

EXACT_LIMIT = 6_000
"""Largest smaller side of A (users with attributes, or films) that is decomposed exactly, in
memory of EXACT_LIMIT^2 doubles; above it a randomised decomposition is used."""
OVERSAMPLING = 32
RANDOMISED_FACTOR = 2
POWER_ITERATIONS = 3


def grade_table(power: float) -> NDArray[np.float32]:
    """Input of a rating of 1 to 10 half stars: (r / 5) ** power."""
    return ((np.arange(1, 11) / 10) ** power).astype(np.float32)


def binary_grades(minimum_half_stars: int) -> NDArray[np.float32]:
    """[10] 1 for a rating that reaches the minimum, else 0.

    >>> binary_grades(8).astype(int).tolist()
    [0, 0, 0, 0, 0, 0, 0, 1, 1, 1]
    """
    return (np.arange(1, 11) >= minimum_half_stars).astype(np.float32)


def fit_linear(
    ratings: Ratings,
    content: NDArray[np.float32] | None,
    *,
    regularisation: float,
    rank: int,
    grades: NDArray[np.float32],
    seed: int,
    content_weights: NDArray[np.float32] | None = None,
    exact_limit: int = EXACT_LIMIT,
    names: NDArray[np.float32] | None = None,
) -> LinearModel:
    """Fit in closed form, then reduce to `rank` dimensions.

    Where users with attributes and films are both more than `exact_limit`, the decomposition is a
    randomised one of `RANDOMISED_FACTOR * rank` directions.

    `content` [N, C] is that of the films, `content_weights` [C] what its columns count beside the
    ratings; 1 each where it is None. `names` [N, P], already weighted, are further attributes that
    a movie added later does not bring: they shape the fit, and no tower reads them.

    A film outside the fit, whose column of A holds nothing but its attributes a, is scored from
    film i by A_i' (A A' + lambda I)^-1 a: what its own column would do to its own weight cancels.
    """
    matrix = rating_matrix(ratings, grades[ratings.half_stars - 1])
    read = np.zeros((ratings.n_movies, 0), dtype=np.float32) if content is None else content
    weights = np.ones(read.shape[1], np.float32) if content_weights is None else content_weights
    attributes = np.ascontiguousarray((read * weights).T)
    rows = attributes if names is None else np.vstack([attributes, names.T])
    squares, right = _singular(matrix, rows, rank, seed, exact_limit)
    inputs = right * np.sqrt(squares / (squares + regularisation))
    leverage = (inputs**2).sum(axis=1)
    vectors = inputs / (1 - leverage)[:, None]
    to_inputs, to_vectors = _balancing(matrix, inputs, vectors, rank)
    is_rated = rated_movies(ratings)
    basis = diagonal_basis((vectors @ to_vectors)[is_rated])
    to_inputs, to_vectors = to_inputs @ basis, to_vectors @ basis
    bias = np.zeros(ratings.n_movies, dtype=np.float32)
    items = ItemSide(_float32(vectors @ to_vectors), bias, is_rated)
    of_content = weights[:, None] * (attributes @ inputs / squares)
    towers = ContentTowers(
        _float32(of_content @ to_inputs),
        _float32(of_content @ to_vectors),
        np.zeros(1, dtype=np.float32),
    )
    return LinearModel(
        items, _float32(inputs @ to_inputs), grades, None if content is None else towers
    )


def _balancing(
    matrix: sp.csr_array, inputs: NDArray[np.float64], vectors: NDArray[np.float64], rank: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what turns both towers to the `rank` directions that matter to users and to items.

    The users' second moment counts one more user per film, who rated it alone: without them a film
    that few rated would be lost, and so would those who start with it.
    """
    if vectors.shape[1] <= rank:
        return np.eye(vectors.shape[1]), np.eye(vectors.shape[1])
    users = matrix @ inputs
    squares, axes = np.linalg.eigh(users.T @ users + inputs.T @ inputs)
    length = np.sqrt(np.maximum(squares, 1e-9 * squares.max()))
    root, inverse = (axes * length) @ axes.T, (axes / length) @ axes.T
    directions = np.linalg.eigh(root @ (vectors.T @ vectors) @ root)[1][:, ::-1][:, :rank]
    return inverse @ directions, root @ directions


def rated_movies(ratings: Ratings) -> NDArray[np.bool_]:
    """[N] films that somebody rated; all of them where nobody rated any."""
    counts = np.bincount(ratings.movie_index, minlength=ratings.n_movies)
    is_rated: NDArray[np.bool_] = counts > 0
    return is_rated if is_rated.any() else np.ones_like(is_rated)


def rating_matrix(ratings: Ratings, values: NDArray[np.float32]) -> sp.csr_array:
    """[U, N] sparse matrix of one value for each rating."""
    return sp.csr_array(
        (values, ratings.movie_index, ratings.offsets), shape=(ratings.n_users, ratings.n_movies)
    )


def _singular(
    matrix: sp.csr_array, attributes: NDArray[np.float32], rank: int, seed: int, exact_limit: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Squared singular values of the stacked rows and their right vectors, largest first.

    All of them up to `exact_limit`; beyond it the first `RANDOMISED_FACTOR * rank`.
    """
    n_rows, n_columns = matrix.shape[0] + len(attributes), matrix.shape[1]
    if min(n_rows, n_columns) > exact_limit:
        return _randomised(matrix, attributes, RANDOMISED_FACTOR * rank, seed)
    if n_rows <= n_columns:
        return _exact_by_rows(matrix, attributes)
    gram = (matrix.T @ matrix).toarray() + attributes.T.astype(np.float64) @ attributes
    squares, vectors = np.linalg.eigh(gram)
    keep = _largest(squares, len(squares))
    return squares[keep], vectors[:, keep]


def _exact_by_rows(
    matrix: sp.csr_array, extra: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    corner = (matrix @ matrix.T).toarray()
    cross = matrix @ extra.T
    gram = np.block([[corner, cross], [cross.T, extra @ extra.T]]).astype(np.float64)
    squares, left = np.linalg.eigh(gram)
    keep = _largest(squares, len(squares))
    squares, left = squares[keep], left[:, keep]
    n_users = matrix.shape[0]
    right = matrix.T @ left[:n_users] + extra.T @ left[n_users:]
    return squares, right / np.sqrt(squares)


def _randomised(
    matrix: sp.csr_array, extra: NDArray[np.float32], rank: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Subspace iteration (Halko, Martinsson and Tropp, 2011, algorithm 4.4) on A'A."""
    rng = np.random.default_rng([seed, 3])
    width = min(rank + OVERSAMPLING, *matrix.shape)
    basis = rng.standard_normal((matrix.shape[1], width)).astype(np.float32)
    for _ in range(POWER_ITERATIONS):
        basis = np.linalg.qr(matrix.T @ (matrix @ basis) + extra.T @ (extra @ basis))[0]
    tall, wide = matrix @ basis, extra @ basis
    squares, rotation = np.linalg.eigh((tall.T @ tall + wide.T @ wide).astype(np.float64))
    keep = _largest(squares, rank)
    return squares[keep], basis @ rotation[:, keep]


def _largest(squares: NDArray[np.float64], rank: int) -> NDArray[np.int64]:
    """Positions of the largest `rank` values that are not rounding noise, largest first."""
    order = np.argsort(squares)[::-1][:rank]
    kept: NDArray[np.int64] = order[squares[order] > 1e-6 * max(squares.max(), 1e-12)]
    return kept


def _float32(values: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.ascontiguousarray(values, dtype=np.float32)

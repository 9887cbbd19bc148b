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

from ml.dataset import Catalogue, Ratings
from ml.members import ItemSide, LinearMember, diagonal_basis

EXACT_LIMIT = 6_000
"""Largest smaller side of A (users with attributes, or films) that is decomposed exactly, in
memory of EXACT_LIMIT^2 doubles; above it a randomised decomposition is used."""
GENRE_WEIGHT = 2.0
TEXT_WEIGHT = 15.0
OVERSAMPLING = 32
RANDOMISED_FACTOR = 2
POWER_ITERATIONS = 3


def grade_table(power: float) -> NDArray[np.float32]:
    """Input of a rating of 1 to 10 half stars: (r / 5) ** power."""
    return ((np.arange(1, 11) / 10) ** power).astype(np.float32)


def attribute_rows(
    catalogue: Catalogue, text: NDArray[np.float32], *, genre_weight: float, text_weight: float
) -> NDArray[np.float32]:
    """[G + D, N] unit genre rows of each film and its centred unit text embedding, weighted."""
    genres = unit_rows(catalogue.genres)
    centred = unit_rows(text - text.mean(axis=0))
    return np.vstack([genre_weight * genres.T, text_weight * centred.T]).astype(np.float32)


def fit_linear(
    ratings: Ratings,
    attributes: NDArray[np.float32] | None,
    *,
    regularisation: float,
    rank: int,
    grades: NDArray[np.float32],
    seed: int,
) -> LinearMember:
    """Fit in closed form, then reduce to `rank` dimensions."""
    matrix = rating_matrix(ratings, grades[ratings.half_stars - 1])
    squares, right = _singular(matrix, attributes, rank, seed)
    inputs = right * np.sqrt(squares / (squares + regularisation))
    leverage = (inputs**2).sum(axis=1)
    vectors = inputs / (1 - leverage)[:, None]
    inputs, vectors = _balanced(matrix, inputs, vectors, rank)
    basis = diagonal_basis(vectors)
    items = ItemSide(
        np.ascontiguousarray(vectors @ basis, dtype=np.float32),
        np.zeros(ratings.n_movies, dtype=np.float32),
    )
    return LinearMember(items, np.ascontiguousarray(inputs @ basis, dtype=np.float32), grades)


def _balanced(
    matrix: sp.csr_array, inputs: NDArray[np.float64], vectors: NDArray[np.float64], rank: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both towers in the `rank` directions that matter to users and to items, [N, rank] each.

    The users' second moment counts one more user per film, who rated it alone: without them a film
    that few rated would be lost, and so would those who start with it.
    """
    if vectors.shape[1] <= rank:
        return inputs, vectors
    users = matrix @ inputs
    squares, axes = np.linalg.eigh(users.T @ users + inputs.T @ inputs)
    length = np.sqrt(np.maximum(squares, 1e-9 * squares.max()))
    root, inverse = (axes * length) @ axes.T, (axes / length) @ axes.T
    directions = np.linalg.eigh(root @ (vectors.T @ vectors) @ root)[1][:, ::-1][:, :rank]
    return inputs @ (inverse @ directions), vectors @ (root @ directions)


def rating_matrix(ratings: Ratings, values: NDArray[np.float32]) -> sp.csr_array:
    """[U, N] sparse matrix of one value for each rating."""
    return sp.csr_array(
        (values, ratings.movie_index, ratings.offsets), shape=(ratings.n_users, ratings.n_movies)
    )


def unit_rows(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows scaled to length 1; zero rows stay zero."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(length > 0, length, 1)).astype(np.float32)


def _singular(
    matrix: sp.csr_array, attributes: NDArray[np.float32] | None, rank: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Squared singular values of the stacked rows and their right vectors, largest first.

    All of them up to EXACT_LIMIT; beyond it the first `RANDOMISED_FACTOR * rank`.
    """
    extra = np.zeros((0, matrix.shape[1]), np.float32) if attributes is None else attributes
    n_rows, n_columns = matrix.shape[0] + len(extra), matrix.shape[1]
    if min(n_rows, n_columns) > EXACT_LIMIT:
        return _randomised(matrix, extra, RANDOMISED_FACTOR * rank, seed)
    if n_rows <= n_columns:
        return _exact_by_rows(matrix, extra)
    gram = (matrix.T @ matrix).toarray().astype(np.float64) + extra.T.astype(np.float64) @ extra
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

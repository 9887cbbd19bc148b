"""Implicit ALS (Hu, Koren and Volinsky, 2008) on graded input, in batches of equal length."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ml.data.dataset import Ratings
from ml.progress import Progress, Reporter
from ml.serving.base_models import AlsModel, ItemSide, diagonal_basis
from ml.training.linear import rated_movies, rating_matrix

CELLS_PER_BATCH = 4_000_000
"""Numbers held at once while the systems of a batch are built: bounds memory, not results."""


def fit_ials(
    ratings: Ratings,
    *,
    factors: int,
    regularisation: float,
    alpha: float,
    grades: NDArray[np.float32],
    iterations: int,
    seed: int,
    report: Reporter,
) -> AlsModel:
    """Alternate ridge regressions; a rating of grade g weighs 1 + alpha * g, everything else 1.

    A film that nobody rated has a zero vector by that; it is exported as an average film.
    """
    rng = np.random.default_rng([seed, 4])
    by_user = rating_matrix(ratings, alpha * grades[ratings.half_stars - 1])
    by_movie = by_user.T.tocsr()
    by_movie.sort_indices()
    users = rng.normal(0, 0.1, (ratings.n_users, factors)).astype(np.float32)
    movies = rng.normal(0, 0.1, (ratings.n_movies, factors)).astype(np.float32)
    # The systems are small: shared among threads, each costs many times what it costs alone.
    with threadpool_limits(1, user_api="blas"):
        for iteration in range(iterations):
            users = _half_step(by_user, movies, regularisation)
            movies = _half_step(by_movie, users, regularisation)
            report(Progress(iteration + 1, iterations, "iterations"))
    is_rated = rated_movies(ratings)
    basis = diagonal_basis(movies[is_rated].astype(np.float64))
    vectors = np.ascontiguousarray(movies @ basis, dtype=np.float32)
    gram = vectors.astype(np.float64).T @ vectors + regularisation * np.eye(factors)
    vectors[~is_rated] = vectors[is_rated].mean(axis=0)
    items = ItemSide(vectors, np.zeros(ratings.n_movies, dtype=np.float32), is_rated)
    return AlsModel(items, gram.astype(np.float32), (alpha * grades).astype(np.float32))


def _half_step(
    weights: object, fixed: NDArray[np.float32], regularisation: float
) -> NDArray[np.float32]:
    """Solve every row's regression on the fixed side; rows without entries become zero.

    With G = F'F + regularisation I, shared by all rows, V the fixed vectors of a row's n entries
    and C their extra weights, the solution is (G + V'CV)^-1 V'(1 + c). A row of fewer entries than
    factors, as most films are, takes the same from a system of n equations instead of D:
    G^-1 V' (I + C V G^-1 V')^-1 (1 + c).
    """
    indptr, indices, data = weights.indptr, weights.indices, weights.data  # type: ignore[attr-defined]
    factors = fixed.shape[1]
    padded = np.vstack([fixed, np.zeros((1, factors), dtype=np.float32)])
    gram = fixed.T @ fixed + regularisation * np.eye(factors, dtype=np.float32)
    answered = np.linalg.solve(gram, padded.T).T.astype(np.float32)
    solved = np.zeros((len(indptr) - 1, factors), dtype=np.float32)
    for rows, width in _batches(np.diff(indptr), factors):
        place = indptr[rows][:, None] + np.arange(width)
        inside = place < indptr[rows + 1][:, None]
        place = np.minimum(place, len(indices) - 1)
        entries = np.where(inside, indices[place], len(fixed))
        confidence = np.where(inside, data[place], 0)[:, :, None]
        vectors = padded[entries]
        if width < factors:
            turned = answered[entries].transpose(0, 2, 1)
            systems = np.eye(width, dtype=np.float32) + confidence * (vectors @ turned)
            solved[rows] = (turned @ np.linalg.solve(systems, 1 + confidence))[:, :, 0]
        else:
            systems = gram + vectors.transpose(0, 2, 1) @ (vectors * confidence)
            targets = (vectors * (1 + confidence)).sum(axis=1)
            solved[rows] = np.linalg.solve(systems, targets[:, :, None])[:, :, 0]
    return solved


def _batches(counts: NDArray[np.int64], factors: int) -> Iterator[tuple[NDArray[np.int64], int]]:
    """Rows of similar count together, so that padding costs little; each batch with its width."""
    order = np.argsort(counts, kind="stable")
    order = order[counts[order] > 0]
    start = 0
    while start < len(order):
        stop, width = start + 1, int(counts[order[start]])
        while stop < len(order):
            grown = int(counts[order[stop]])
            fits = (stop - start + 1) * (grown + factors) * factors <= CELLS_PER_BATCH
            if not fits or grown > 1.5 * counts[order[start]] + 8:
                break
            width, stop = grown, stop + 1
        yield order[start:stop], width
        start = stop

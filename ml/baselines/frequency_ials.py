"""Implicit ALS whose regularisation grows with a row's frequency (Rendle et al., 2022)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ml.data.dataset import Ratings
from ml.progress import Progress, Reporter, ignore_progress
from ml.training.linear import grade_table, rating_matrix
from ml.training.protocol import TrainingData

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class FrequencyIals:
    """iALS on graded input, each row regularised by how often it was rated.

    A row with n entries of M possible ones has the ridge penalty
    `regularisation` * (n + `unobserved_weight` * M) ** `frequency_power`.

    References
    ----------
    Rendle, Krichene, Zhang, Koren: Revisiting the Performance of iALS on Item Recommendation
    Benchmarks, RecSys 2022.
    """

    factors: int = 64
    regularisation: float = 0.01
    unobserved_weight: float = 0.1
    frequency_power: float = 1.0
    grade_power: float = 2.0
    iterations: int = 10

    def fit(
        self, training: TrainingData, *, seed: int, report: Reporter = ignore_progress
    ) -> FittedFrequencyIals:
        """Alternate between users and movies."""
        ratings = training.ratings
        grades = grade_table(self.grade_power)
        by_user = rating_matrix(ratings, grades[ratings.half_stars - 1])
        by_movie = by_user.T.tocsr()
        penalty = Penalty(self.regularisation, self.unobserved_weight, self.frequency_power)
        rng = np.random.default_rng([seed, 9])
        scale = 0.1 / np.sqrt(self.factors)
        movies = rng.normal(0, scale, (ratings.n_movies, self.factors)).astype(np.float32)
        with threadpool_limits(1, user_api="blas"):
            for iteration in range(self.iterations):
                users = solved(by_user, movies, penalty)
                movies = solved(by_movie, users, penalty)
                report(Progress(iteration + 1, self.iterations, "iterations"))
        return FittedFrequencyIals(movies, grades, penalty)


@dataclass(frozen=True)
class Penalty:
    """How a row is regularised."""

    regularisation: float
    unobserved_weight: float
    frequency_power: float


@dataclass(frozen=True)
class FittedFrequencyIals:
    """Movie vectors, into which one regression folds each history."""

    movies: Floats
    """[N, D]."""
    grades: Floats
    """[10] weight of a rating of 1 to 10 half stars."""
    penalty: Penalty

    def scores(self, histories: Ratings, users: NDArray[np.int64]) -> Floats:
        """Return [B, N] scores of the users at these positions."""
        weights = rating_matrix(histories, self.grades[histories.half_stars - 1])[users]
        scores: Floats = solved(weights, self.movies, self.penalty) @ self.movies.T
        return scores


def solved(weights: sp.csr_array, fixed: Floats, penalty: Penalty) -> Floats:
    """Return each row's ridge regression on the fixed side.

    With V the fixed vectors of a row's entries and C their weights, the row's vector is
    (V' C V + unobserved_weight F' F + lambda I)^-1 V' C 1, lambda by the row's frequency.
    """
    factors = fixed.shape[1]
    gram = np.float32(penalty.unobserved_weight) * (fixed.T @ fixed)
    identity = np.eye(factors, dtype=np.float32)
    counts = np.diff(weights.indptr)
    unseen = penalty.unobserved_weight * len(fixed)
    strength = penalty.regularisation * (counts + unseen) ** penalty.frequency_power
    rows = np.zeros((len(counts), factors), dtype=np.float32)
    for row in np.flatnonzero(counts):
        entries = slice(weights.indptr[row], weights.indptr[row + 1])
        vectors, values = fixed[weights.indices[entries]], weights.data[entries]
        system = gram + np.float32(strength[row]) * identity
        system += vectors.T @ (vectors * values[:, None])
        rows[row] = np.linalg.solve(system, values @ vectors)
    return rows

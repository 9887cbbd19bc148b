"""ItemKNN: movies rated by the same users are similar (Sarwar et al., 2001).

The similarity of movies i and j is the cosine of their columns, shrunk when few users rated both:
x_i . x_j / (|x_i| |x_j| + shrinkage). Each movie keeps its nearest neighbours only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ml.data.dataset import Ratings
from ml.progress import Progress, Reporter, ignore_progress
from ml.training.linear import rating_matrix
from ml.training.protocol import TrainingData

FILMS_PER_BLOCK = 512
"""Columns of the similarity matrix computed at a time. It bounds memory and changes no result."""


@dataclass(frozen=True)
class ItemKNN:
    """Score movies by the cosine similarity to the movies of the history."""

    n_neighbours: int = 100
    shrinkage: float = 20.0
    minimum_half_stars: int = 8
    """Ratings below this are ignored; 1 takes all."""

    def fit(
        self,
        training: TrainingData,
        *,
        seed: int,  # noqa: ARG002 - nothing is random
        report: Reporter = ignore_progress,
    ) -> FittedItemKNN:
        """Compute the nearest neighbours of each movie, one block of movies at a time."""
        ratings = training.ratings
        ratings = ratings.take(ratings.half_stars >= self.minimum_half_stars)
        matrix = rating_matrix(ratings, np.ones(len(ratings), dtype=np.float32))
        columns = matrix.T.tocsr()
        length = np.sqrt(np.diff(columns.indptr).astype(np.float32))
        blocks = []
        for start in range(0, ratings.n_movies, FILMS_PER_BLOCK):
            stop = min(start + FILMS_PER_BLOCK, ratings.n_movies)
            common = (columns[start:stop] @ matrix).toarray()
            bottom = length[start:stop, None] * length[None] + self.shrinkage
            similarity = common / np.where(bottom > 0, bottom, 1)
            similarity[np.arange(stop - start), np.arange(start, stop)] = 0
            blocks.append(_nearest(similarity, self.n_neighbours))
            report(Progress(stop, ratings.n_movies, "films"))
        # Row i holds the neighbours of i; a history is scored by each film's OWN neighbours.
        weights = sp.vstack(blocks).T.tocsr()
        return FittedItemKNN(
            weights.data.astype(np.float32),
            weights.indices.astype(np.int32),
            weights.indptr.astype(np.int64),
            np.array([self.minimum_half_stars], dtype=np.int8),
        )


@dataclass(frozen=True)
class FittedItemKNN:
    """Fitted ItemKNN: sparse weights [N, N]; entry (j, i) is what j in a history adds to i."""

    data: NDArray[np.float32]
    indices: NDArray[np.int32]
    indptr: NDArray[np.int64]
    minimum_half_stars: NDArray[np.int8]
    """[1] ratings below this are ignored."""

    def scores(self, histories: Ratings, users: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the sum of similarities with the movies of each history, [B, N]."""
        shape = (histories.n_movies, histories.n_movies)
        weights = sp.csr_array((self.data, self.indices, self.indptr), shape=shape)
        counted = (histories.half_stars >= self.minimum_half_stars[0]).astype(np.float32)
        scores: NDArray[np.float32] = (rating_matrix(histories, counted)[users] @ weights).toarray()
        return scores


def _nearest(similarity: NDArray[np.float32], k: int) -> sp.csr_array:
    """Keep the k largest positive entries of each row."""
    if k < similarity.shape[1]:
        threshold = np.partition(similarity, -k, axis=1)[:, -k, None]
        similarity = np.where(similarity >= threshold, similarity, 0)
    return sp.csr_array(similarity.astype(np.float32))

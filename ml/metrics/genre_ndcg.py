"""Genre NDCG: how well a list matches the genres of the user's held-out relevant movies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.data.genre_shares import genre_distribution, genre_gains
from ml.metrics.discount import discounts


def genre_ndcg(
    top: NDArray[np.int64],
    held_out: NDArray[np.float32],
    genres: NDArray[np.float32],
    candidates: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Return the Genre NDCG at k of each user, 0 to 1.

    The gain of a movie is the cosine of its genres with the genre distribution of the user's
    held-out relevant movies. The ideal is the best list of all candidates, not the best order of
    the recommended list: a list-ideal genre NDCG gives .81 to a random ranker.

    Parameters
    ----------
    top
        [B, k] movie positions, best first; -1 where the list is shorter.
    held_out
        [B, N] 1 on the user's held-out relevant movies, else 0.
    genres
        [N, G] 1 where the movie has the genre, else 0.
    candidates
        [B, N] true on the movies that could have been recommended.

    Returns
    -------
    numpy.ndarray
        [B]; NaN for a user whose held-out movies have no genre.
    """
    return GenreGains.of(held_out, genres, candidates, top.shape[1]).share(top)


@dataclass(frozen=True)
class GenreGains:
    """What Genre NDCG compares lists with: it depends on the users, and on no model."""

    gains: NDArray[np.float32]
    """[B, N] of each movie for each user."""
    ideal: NDArray[np.float64]
    """[B] discounted gain of the best list of candidates."""

    @classmethod
    def of(
        cls,
        held_out: NDArray[np.float32],
        genres: NDArray[np.float32],
        candidates: NDArray[np.bool_],
        k: int,
    ) -> GenreGains:
        """Return the gains for lists of `k` movies; the other parameters are `genre_ndcg`'s."""
        gains = genre_gains(genre_distribution(held_out, genres), genres)
        open_gains = np.where(candidates, gains, 0)
        n_best = min(k, genres.shape[0])
        best = -np.sort(-np.partition(open_gains, -n_best, axis=1)[:, -n_best:], axis=1)
        return cls(gains, best @ discounts(n_best))

    def share(self, top: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the Genre NDCG of these lists [B, k]."""
        found = np.where(top >= 0, np.take_along_axis(self.gains, np.maximum(top, 0), axis=1), 0)
        return (found @ discounts(top.shape[1])) / np.where(self.ideal > 0, self.ideal, np.nan)

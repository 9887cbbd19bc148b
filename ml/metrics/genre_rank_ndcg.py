"""GenreRank NDCG: the order of the genres that a list implies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.data.genre_shares import genre_distribution, movie_genre_shares
from ml.metrics.discount import discounts


def genre_rank_ndcg(
    top: NDArray[np.int64], held_out: NDArray[np.float32], genres: NDArray[np.float32], k: int = 10
) -> NDArray[np.float64]:
    """Return the NDCG of the genres, ranked by their share in the list, 0 to 1.

    The relevance of a genre is its share in the user's held-out relevant movies. Genres with equal
    shares in the list are ranked by their rank-discounted share, then by name.

    Parameters
    ----------
    top
        [B, k] movie positions, best first; -1 where the list is shorter.
    held_out
        [B, N] 1 on the user's held-out relevant movies, else 0.
    genres
        [N, G] 1 where the movie has the genre, else 0.
    k
        Number of genres that count.

    Returns
    -------
    numpy.ndarray
        [B]; NaN for a user whose held-out movies have no genre.
    """
    truth = genre_distribution(held_out, genres).astype(np.float64)
    order = _genre_order(top, genres)[:, :k]
    weights = discounts(order.shape[1])
    gain = np.take_along_axis(truth, order, axis=1) @ weights
    ideal = -np.sort(-truth, axis=1)[:, :k] @ weights
    return gain / np.where(ideal > 0, ideal, np.nan)


def _genre_order(top: NDArray[np.int64], genres: NDArray[np.float32]) -> NDArray[np.int64]:
    split = movie_genre_shares(genres)
    listed = np.where((top >= 0)[:, :, None], split[np.maximum(top, 0)], 0)
    share = listed.sum(axis=1).round(6)  # sums of thirds must tie exactly
    discounted = np.einsum("bkg,k->bg", listed, discounts(top.shape[1]))
    return np.lexsort((-discounted, -share), axis=1)

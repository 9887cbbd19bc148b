"""Genre NDCG: how well the list matches the genres of what the user went on to like."""

from __future__ import annotations

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
    """DCG of the list's genre gains over that of the best k candidates, [B] in 0 to 1.

    `held_out` [B, N] is 1 on the user's held-out relevant films, whose genres are the truth;
    `candidates` [B, N] are the films that could have been listed. The ideal is taken over those,
    not over the list: a list-ideal genre NDCG gives .81 to a random ranker. NaN for a user whose
    held-out films have no genre.
    """
    k = top.shape[1]
    gains = genre_gains(genre_distribution(held_out, genres), genres)
    found = np.where(top >= 0, np.take_along_axis(gains, np.maximum(top, 0), axis=1), 0)
    open_gains = np.where(candidates, gains, 0)
    n_best = min(k, genres.shape[0])
    best = -np.sort(-np.partition(open_gains, -n_best, axis=1)[:, -n_best:], axis=1)
    ideal = best @ discounts(n_best)
    return (found @ discounts(k)) / np.where(ideal > 0, ideal, np.nan)

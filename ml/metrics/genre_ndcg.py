"""Genre NDCG: how well the list matches the genres of what the user went on to like."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.metrics.discount import discounts


def genre_distribution(
    weights: NDArray[np.float32], genres: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Share of each genre [B, G] in films weighted [B, N]; a film's mass is split over its genres.

    A row of zeros where no weighted film has a genre.
    """
    mass = weights @ film_shares(genres)
    total = mass.sum(axis=1, keepdims=True)
    share: NDArray[np.float32] = (mass / np.where(total > 0, total, 1)).astype(np.float32)
    return share


def film_shares(genres: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each film's mass split evenly over its genres, [N, G] of 0/1; zeros where it has none."""
    shares: NDArray[np.float32] = genres / np.maximum(genres.sum(axis=1, keepdims=True), 1)
    return shares


def genre_gains(
    distribution: NDArray[np.float32], genres: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Cosine of each user's genre distribution with each film's genres as 0/1 vector, [B, N]."""
    gains: NDArray[np.float32] = _unit(distribution) @ _unit(genres).T
    return gains


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


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(length > 0, length, 1)).astype(np.float32)

"""Genres as shares of a movie, and of the movies that a user likes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def genre_distribution(
    weights: NDArray[np.float32], genres: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Share of each genre [B, G] in films weighted [B, N]; a film's mass is split over its genres.

    A row of zeros where no weighted film has a genre.
    """
    mass = weights @ movie_genre_shares(genres)
    total = mass.sum(axis=1, keepdims=True)
    share: NDArray[np.float32] = (mass / np.where(total > 0, total, 1)).astype(np.float32)
    return share


def movie_genre_shares(genres: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each film's mass split evenly over its genres, [N, G] of 0/1; zeros where it has none."""
    shares: NDArray[np.float32] = genres / np.maximum(genres.sum(axis=1, keepdims=True), 1)
    return shares


def genre_gains(
    distribution: NDArray[np.float32], genres: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Cosine of each user's genre distribution with each film's genres as 0/1 vector, [B, N]."""
    gains: NDArray[np.float32] = _unit(distribution) @ _unit(genres).T
    return gains


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(length > 0, length, 1)).astype(np.float32)

"""The served model: NumPy only, so that a web process scores a visitor without torch."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.artifacts import Manifest


@dataclass(frozen=True)
class History:
    """The films that one person rated, possibly none; ids unknown to the model are ignored."""

    movie_ids: NDArray[np.int64]
    half_stars: NDArray[np.int8]
    """1 to 10, aligned with `movie_ids`."""
    timestamps: NDArray[np.int64] | None = None
    """Seconds since 1970; None where the time is unknown. Order matters only through these."""


@dataclass(frozen=True)
class Reason:
    """What one rated film did for a recommendation: its score minus the score without that film."""

    movie_id: int
    contribution: float


@dataclass(frozen=True)
class Recommendation:
    """One recommended film; `reasons` holds the positive contributions, largest first."""

    movie_id: int
    score: float
    reasons: tuple[Reason, ...]


class ServedModel:
    """A trained model that turns a history into films with reasons."""

    manifest: Manifest
    movie_ids: NDArray[np.int64]
    item_vectors: NDArray[np.float32]
    genre_names: tuple[str, ...]

    @classmethod
    def load(cls, directory: Path) -> ServedModel:
        """Read a model. Raises `ArtifactError` on a missing, damaged or mismatched file."""
        raise NotImplementedError

    def score(self, history: History) -> NDArray[np.float32]:
        """Score every film of the catalogue, rated ones included."""
        raise NotImplementedError

    def recommend(
        self,
        history: History,
        *,
        k: int = 10,
        exclude: Collection[int] = (),
        allowed: NDArray[np.bool_] | None = None,
        diversity: float = 0.0,
        max_reasons: int = 3,
    ) -> list[Recommendation]:
        """The best `k` films with reasons; rated and excluded films never come back."""
        raise NotImplementedError

"""What a rating says: hard and soft, positive and negative (step 1 of the method)."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Label(IntEnum):
    """The four classes of rated films. Above zero means interaction 1, below zero 0."""

    HARD_NEGATIVE = -2
    """r <= 1 star."""
    SOFT_NEGATIVE = -1
    """1 < r < 3. The method names 2 <= r < 3 and is silent on MovieLens' 1.5, which joins it."""
    SOFT_POSITIVE = 1
    """3 <= r < 4."""
    HARD_POSITIVE = 2
    """r >= 4."""


SOFT_POSITIVE_HALF_STARS = 6
HARD_POSITIVE_HALF_STARS = 8
HARD_NEGATIVE_HALF_STARS = 2


def labels(half_stars: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return the `Label` of each rating (1 to 10 half stars).

    >>> labels(np.array([2, 3, 5, 6, 7, 8], dtype=np.int8)).tolist()
    [-2, -1, -1, 1, 1, 2]
    """
    return np.select(
        [
            half_stars >= HARD_POSITIVE_HALF_STARS,
            half_stars >= SOFT_POSITIVE_HALF_STARS,
            half_stars > HARD_NEGATIVE_HALF_STARS,
        ],
        [Label.HARD_POSITIVE, Label.SOFT_POSITIVE, Label.SOFT_NEGATIVE],
        default=Label.HARD_NEGATIVE,
    ).astype(np.int8)


def is_positive(half_stars: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Whether the label is a positive one, hard or soft: three stars or more."""
    return half_stars >= SOFT_POSITIVE_HALF_STARS


def relevance(
    half_stars: NDArray[np.int8], soft: float = 0.3, liked: int = HARD_POSITIVE_HALF_STARS
) -> NDArray[np.float32]:
    """Training target of a rating: 1 from `liked` half stars on, `soft` if positive, else 0."""
    grades = np.select(
        [half_stars >= liked, half_stars >= SOFT_POSITIVE_HALF_STARS],
        [1.0, soft],
        default=0.0,
    )
    return grades.astype(np.float32)


def label_counts(half_stars: NDArray[np.int8]) -> dict[str, int]:
    """How many ratings bear each label, by its name.

    >>> label_counts(np.array([10, 9, 1], dtype=np.int8))
    {'hard_negative': 1, 'soft_negative': 0, 'soft_positive': 0, 'hard_positive': 2}
    """
    found = labels(half_stars)
    return {label.name.lower(): int((found == label).sum()) for label in Label}

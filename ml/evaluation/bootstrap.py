"""How sure a mean over users is: bootstrap intervals, alone and paired (Efron, 1979)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

N_RESAMPLES = 2_000
MAX_CELLS = 4_000_000


@dataclass(frozen=True)
class Interval:
    """A mean and the percentile interval around it."""

    mean: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero: a difference that can be told."""
        return self.low > 0 or self.high < 0


def interval(values: NDArray[np.float64], *, seed: int = 0, confidence: float = 0.95) -> Interval:
    """Percentile bootstrap of the mean of one value per user; NaN entries are left out.

    NaN three times where no value is known.
    """
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return Interval(float("nan"), float("nan"), float("nan"))
    tail = (1 - confidence) / 2
    low, high = np.quantile(_resampled_means(known, seed), [tail, 1 - tail])
    return Interval(float(known.mean()), float(low), float(high))


def paired_difference(
    left: NDArray[np.float64],
    right: NDArray[np.float64],
    *,
    seed: int = 0,
    confidence: float = 0.95,
) -> Interval:
    """Bootstrap of mean(left - right), both over the same users in the same order.

    Raises
    ------
    ValueError
        The two are not of the same length, so cannot be of the same users.

    """
    if left.shape != right.shape:
        raise ValueError(f"{len(left)} and {len(right)} users cannot be paired")
    return interval(left - right, seed=seed, confidence=confidence)


def _resampled_means(values: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    rng = np.random.default_rng([seed, 5])
    step = max(1, MAX_CELLS // len(values))
    means = [
        values[rng.integers(len(values), size=(min(step, N_RESAMPLES - start), len(values)))].mean(
            1
        )
        for start in range(0, N_RESAMPLES, step)
    ]
    return np.concatenate(means)

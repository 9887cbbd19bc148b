"""How sure one can be of a rate, a mean, or a difference between two of them. NumPy only."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Z_95 = 1.959964
"""Of the two-sided 95 % interval of a normal distribution."""
Z_POWER_80 = 0.841621
N_RESAMPLES = 2_000


@dataclass(frozen=True)
class Estimate:
    """A value and its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Ratio:
    """A ratio of two sums over people, such as hits to lists, with its standard error."""

    value: float
    error: float
    n_people: int

    @property
    def estimate(self) -> Estimate:
        """The ratio with its 95 % interval."""
        return Estimate(self.value, self.value - Z_95 * self.error, self.value + Z_95 * self.error)


def wilson(n_successes: int, n_trials: int) -> Estimate | None:
    """Return a rate with Wilson's score interval; None if there are no trials.

    It stays within 0 and 1 and holds for few trials and for rates near 0 (Wilson, 1927).

    >>> [round(part, 3) for part in (wilson(5, 10).low, wilson(5, 10).high)]
    [0.237, 0.763]
    """
    if n_trials == 0:
        return None
    rate, z2 = n_successes / n_trials, Z_95**2
    centre = (rate + z2 / (2 * n_trials)) / (1 + z2 / n_trials)
    spread = math.sqrt(rate * (1 - rate) / n_trials + z2 / (4 * n_trials**2))
    spread *= Z_95 / (1 + z2 / n_trials)
    return Estimate(rate, max(0.0, centre - spread), min(1.0, centre + spread))


def bootstrap_mean(
    counts: NDArray[np.int64], values: NDArray[np.float64], seed: int = 0
) -> Estimate | None:
    """Return the mean of counted values with a percentile bootstrap interval.

    Resampling n observations is drawing their counts from a multinomial, so that a million ratings
    cost no more than ten. None of no observations.

    Parameters
    ----------
    counts
        [V] how often each value occurred.
    values
        [V].
    seed
        Of the resampling.

    """
    n = int(counts.sum())
    if n == 0:
        return None
    drawn = np.random.default_rng(seed).multinomial(n, counts / n, N_RESAMPLES)
    low, high = np.percentile(drawn @ values / n, [2.5, 97.5])
    return Estimate(float(counts @ values / n), float(low), float(high))


def ratio(numerators: NDArray[np.float64], denominators: NDArray[np.float64]) -> Ratio | None:
    """Return a ratio of sums over people with an interval; a person's numbers are not independent.

    Ten lists of one person are not ten independent trials, so the error is that between people: the
    delta method (Deng, Knoblich and Lu, 2018, "Applying the Delta Method in Metric Analytics").
    None of fewer than two people, or where all denominators are 0.

    Parameters
    ----------
    numerators
        [P] of each person, such as the lists with a hit.
    denominators
        [P] of each person, such as the lists.

    """
    n, total = len(denominators), float(denominators.sum())
    if n < 2 or total == 0:
        return None
    value = float(numerators.sum()) / total
    residuals = numerators - value * denominators
    variance = n / (n - 1) * float(residuals @ residuals) / total**2
    return Ratio(value, math.sqrt(variance), n)


def difference(a: Ratio, b: Ratio) -> Estimate:
    """B minus A, of two groups with nobody in common."""
    value, error = b.value - a.value, math.hypot(a.error, b.error)
    return Estimate(value, value - Z_95 * error, value + Z_95 * error)


def people_needed(a: Ratio, b: Ratio, share_b: float) -> int | None:
    """How many people both groups together need to tell a difference as large as the one seen.

    In four of five repetitions, at the 95 % level. None where no difference is seen.

    Parameters
    ----------
    a
        The ratio of one group.
    b
        That of the other.
    share_b
        Of all people, how many are in B: above 0, below 1.

    """
    distance = b.value - a.value
    if distance == 0:
        return None
    spread = a.error**2 * a.n_people / (1 - share_b) + b.error**2 * b.n_people / share_b
    return math.ceil((Z_95 + Z_POWER_80) ** 2 * spread / distance**2)

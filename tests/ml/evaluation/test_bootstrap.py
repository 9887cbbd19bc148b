import numpy as np
import pytest

from ml.evaluation.bootstrap import interval, paired_difference

RNG = np.random.default_rng(0)


def test_the_interval_of_a_constant_is_a_point():
    found = interval(np.full(50, 0.25))
    assert (found.mean, found.low, found.high) == (0.25, 0.25, 0.25)


def test_the_interval_is_as_wide_as_the_central_limit_theorem_says():
    values = RNG.normal(0.3, 0.2, 900)
    found = interval(values)
    half_width = 1.96 * values.std() / np.sqrt(900)
    assert (found.high - found.low) / 2 == pytest.approx(half_width, rel=0.1)
    assert found.low < found.mean < found.high


def test_unknown_values_are_left_out():
    assert interval(np.array([1.0, np.nan, 1.0])).mean == 1.0
    assert np.isnan(interval(np.array([np.nan])).mean)


def test_pairing_finds_a_small_gain_that_two_separate_intervals_hide():
    base = RNG.uniform(0, 1, 400)
    better = base + 0.01 + RNG.normal(0, 0.02, 400)

    assert interval(better).low < interval(base).high
    assert paired_difference(better, base).excludes_zero
    assert not paired_difference(base, base).excludes_zero


def test_different_users_cannot_be_paired():
    with pytest.raises(ValueError, match="cannot be paired"):
        paired_difference(np.zeros(3), np.zeros(4))


def test_the_same_seed_gives_the_same_interval():
    values = RNG.uniform(0, 1, 100)
    assert interval(values, seed=1) == interval(values, seed=1)
    assert interval(values, seed=1) != interval(values, seed=2)

import numpy as np
import pytest

from common.statistics import (
    Ratio,
    bootstrap_mean,
    difference,
    people_needed,
    ratio,
    wilson,
)


def test_wilsons_interval_is_that_of_the_textbook():
    # 10 of 20: centre (.5 + 3.8415/40) / (1 + 3.8415/20) = .5, spread .2007
    found = wilson(10, 20)
    assert found
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.2993, 0.7007), abs=1e-4)


def test_wilsons_interval_stays_within_zero_and_one():
    none, every = wilson(0, 5), wilson(5, 5)
    assert none
    assert every
    assert 0 <= none.low < 1e-9 < none.high < 0.5
    assert 0.5 < every.low < 1 - 1e-9 < every.high <= 1


def test_nothing_is_said_of_nothing():
    assert wilson(0, 0) is None
    assert bootstrap_mean(np.zeros(10, np.int64), np.arange(10.0)) is None
    assert ratio(np.array([1.0]), np.array([2.0])) is None
    assert ratio(np.zeros(3), np.zeros(3)) is None


def test_the_bootstrap_of_a_mean_agrees_with_its_standard_error():
    counts, values = np.array([50, 50]), np.array([1.0, 5.0])
    found = bootstrap_mean(counts, values)
    assert found
    assert found.value == 3
    assert found.high - found.low == pytest.approx(2 * 1.96 * 2 / 10, rel=0.1)


def test_one_value_alone_is_certain():
    found = bootstrap_mean(np.array([0, 7]), np.array([1.0, 4.0]))
    assert found
    assert (found.low, found.value, found.high) == (4, 4, 4)


def test_a_ratio_of_equal_people_is_their_mean_with_its_standard_error():
    found = ratio(np.array([0.0, 1.0, 1.0, 2.0]), np.full(4, 2.0))
    assert found
    # of the people's own rates 0, 1/2, 1/2, 1: mean 1/2, deviation sqrt(1/6), error / sqrt(4)
    assert found.value == 1 / 2
    assert found.error == pytest.approx((1 / 6) ** 0.5 / 2)


def test_lists_of_few_people_say_less_than_lists_of_many():
    hits, lists = np.array([10.0, 0.0]), np.array([10.0, 10.0])
    few, naive = ratio(hits, lists), wilson(10, 20)
    assert few
    assert naive
    assert few.estimate.high - few.estimate.low > 2 * (naive.high - naive.low)


def test_a_difference_is_b_minus_a_with_both_errors():
    found = difference(Ratio(0.2, 0.03, 50), Ratio(0.3, 0.04, 50))
    assert found.value == pytest.approx(0.1)
    assert found.high - found.value == pytest.approx(1.96 * 0.05, abs=1e-4)
    assert found.excludes_zero


def test_the_people_needed_grow_with_the_square_of_a_smaller_difference():
    a, near, far = Ratio(0.2, 0.02, 100), Ratio(0.21, 0.02, 100), Ratio(0.22, 0.02, 100)
    few, many = people_needed(a, far, 0.5), people_needed(a, near, 0.5)
    assert few
    assert many
    # (1.96 + .84)^2 * (2 * .02^2 * 100 / .5) / .02^2 = 7.85 * 400
    assert few == pytest.approx(3140, rel=0.01)
    assert many == pytest.approx(4 * few, rel=0.001)
    assert people_needed(a, a, 0.5) is None

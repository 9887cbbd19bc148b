import numpy as np

from ml.data.labels import Label, is_positive, labels, relevance

EVERY_HALF_STAR = np.arange(1, 11, dtype=np.int8)


def test_four_stars_and_more_are_hard_positives_and_three_to_four_soft_ones():
    found = labels(EVERY_HALF_STAR)
    assert found[7:].tolist() == [Label.HARD_POSITIVE] * 3
    assert found[5:7].tolist() == [Label.SOFT_POSITIVE] * 2


def test_one_star_and_less_are_hard_negatives_and_what_lies_between_is_soft():
    found = labels(EVERY_HALF_STAR)
    assert found[:2].tolist() == [Label.HARD_NEGATIVE] * 2
    assert found[2:5].tolist() == [Label.SOFT_NEGATIVE] * 3  # 1.5, on which the method is silent


def test_a_positive_is_what_has_a_positive_label():
    assert (is_positive(EVERY_HALF_STAR) == (labels(EVERY_HALF_STAR) > 0)).all()


def test_only_positives_are_relevant_and_hard_ones_more_than_soft_ones():
    grades = relevance(EVERY_HALF_STAR)
    assert (grades[:5] == 0).all()
    assert (grades[5:7] == np.float32(0.3)).all()
    assert (grades[7:] == 1).all()


def test_what_counts_as_liked_can_begin_earlier():
    assert (relevance(EVERY_HALF_STAR, liked=1) == 1).all()
    assert relevance(EVERY_HALF_STAR, liked=7)[5:7].tolist() == [np.float32(0.3), 1]

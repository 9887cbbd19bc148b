"""What is named as the reason of a recommendation."""

from dataclasses import astuple

import numpy as np
import pytest

from ml.serving.reasons import Parts, ReasonKind, explanations

IDS = np.array([7, 8, 9])
GENRES = ("Horror", "Western")
COUNTRIES = ("France", "Italy", "Japan")


def explained(
    contributions,
    *,
    personal=1.0,
    genres=(0.0, 0.0),
    countries=(0.0, 0.0, 0.0),
    is_popular=False,
    disliked=(),
):
    parts = Parts(
        np.array([personal], dtype=np.float32),
        np.array(contributions, dtype=np.float32)[:, None],
        np.array(genres, dtype=np.float32)[:, None],
        np.array(countries, dtype=np.float32)[:, None],
        np.array([is_popular]),
    )
    return explanations(parts, IDS, np.isin(IDS, disliked), GENRES, COUNTRIES, 2)[0]


def test_films_that_carry_fifteen_percent_are_named_the_strongest_first():
    found = explained([0.2, 0.1, 0.5])
    assert [reason.movie_id for reason in found.reasons] == [9, 7]
    assert astuple(found.because) == (ReasonKind.MOVIES, None, pytest.approx(0.7), None)


def test_a_disliked_film_is_never_named():
    (reason,) = explained([0.2, 0.1, 0.5], disliked=[9]).reasons
    assert astuple(reason) == (7, pytest.approx(0.2))


def test_a_genre_that_carries_more_than_the_named_films_is_the_reason():
    found = explained([0.2, 0.1, 0.0], genres=(0.1, 0.6))
    assert astuple(found.because) == (ReasonKind.GENRE, "Western", pytest.approx(0.6), None)
    assert [reason.movie_id for reason in found.reasons] == [7]


def test_of_a_genre_and_a_country_the_larger_part_is_the_reason():
    found = explained([0.2, 0.1, 0.0], genres=(0.1, 0.4), countries=(0.1, 0.5, 0.2))
    assert astuple(found.because) == (ReasonKind.COUNTRY, None, pytest.approx(0.5), "Italy")
    found = explained([0.2, 0.1, 0.0], genres=(0.1, 0.6), countries=(0.1, 0.5, 0.2))
    assert found.because.genre == "Western"


def test_a_country_that_carries_little_is_no_reason():
    found = explained([0.1, 0.1, 0.1], countries=(0.1, 0.1, 0.1))
    assert found.because.kind is ReasonKind.TASTE


@pytest.mark.parametrize(("is_popular", "kind"), [(True, "popular"), (False, "taste")])
def test_without_a_strong_reason_the_truth_is_said(is_popular, kind):
    found = explained([0.1, 0.1, 0.1], genres=(0.1, 0.1), is_popular=is_popular)
    assert (found.reasons, found.because.kind) == ((), kind)


def test_a_film_that_the_ratings_speak_against_is_there_for_its_popularity():
    found = explained([0.3, 0.1, 0.1], personal=-0.5, genres=(0.9, 0.0))
    assert (found.reasons, found.because.kind) == ((), ReasonKind.POPULAR)

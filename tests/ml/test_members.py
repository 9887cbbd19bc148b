"""Every branch and the context: leaving one film out is exact, and means are those of all films."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.context import FilmContext, features, user_states
from ml.members import AlsMember, HistoryMember, ItemSide, LinearMember, Rated, diagonal_basis

N, D = 30, 5
RNG = np.random.default_rng(0)


def normal(*shape) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


VECTORS = normal(N, D)
ITEMS = ItemSide(
    (VECTORS @ diagonal_basis(VECTORS.astype(np.float64))).astype(np.float32), normal(N)
)
GRADES = np.linspace(0.1, 1, 10, dtype=np.float32)
GRAM = (ITEMS.vectors.T @ ITEMS.vectors + np.eye(D)).astype(np.float32)
LAYERS = {"w1": normal(D, D), "b1": normal(D), "w2": normal(D, D), "b2": normal(D)}
MEMBERS = [
    LinearMember(ITEMS, normal(N, D), GRADES),
    AlsMember(ITEMS, GRAM, 10 * GRADES),
    HistoryMember(ITEMS, normal(N, D), GRADES, LAYERS),
]
FILMS = FilmContext(
    popularity=normal(N),
    quality=normal(N),
    trend=normal(4, N),
    trend_start=0.0,
    trend_seconds=100.0,
    last_seen=399.0,
    text=(normal(N, 3) / 2).astype(np.float32),
    genres=(RNG.random((N, 4)) < 0.4).astype(np.float32),
    years=np.round(1990 + 10 * normal(N)),
)

histories = st.dictionaries(st.integers(0, N - 1), st.integers(1, 10), min_size=1, max_size=12)


def rated(films: dict[int, int]) -> Rated:
    return Rated(
        np.array(list(films), dtype=np.int64), np.array(list(films.values()), dtype=np.int8)
    )


def without(history: Rated, place: int) -> Rated:
    return Rated(np.delete(history.movie_index, place), np.delete(history.half_stars, place))


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: type(member).__name__)
@given(films=histories)
def test_a_user_without_one_film_is_the_same_as_one_who_never_rated_it(member, films):
    history = rated(films)
    left_out = member.user_vectors_without_each(history)
    for place in range(len(history)):
        expected = member.user_vector(without(history, place))
        assert left_out[place] == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: type(member).__name__)
def test_somebody_who_rated_nothing_has_a_finite_vector(member):
    assert np.isfinite(member.user_vector(rated({}))).all()


def test_the_mean_and_deviation_of_scores_need_no_pass_over_the_catalogue():
    users = normal(3, D)
    scores = users @ ITEMS.vectors.T + ITEMS.bias
    mean, deviation = ITEMS.mean_and_deviation(users)
    assert mean == pytest.approx(scores.mean(axis=1), abs=1e-5)
    assert deviation == pytest.approx(scores.std(axis=1), rel=1e-4)


def test_z_scores_of_a_few_films_are_those_of_all():
    users = normal(3, D)
    few = np.array([4, 2])
    assert ITEMS.z_scores(users, few) == pytest.approx(ITEMS.z_scores(users)[:, few], abs=1e-5)


def test_a_user_who_scores_all_films_alike_gets_zeros_and_no_infinities():
    flat = ItemSide(VECTORS, np.full(N, 3, dtype=np.float32))
    assert flat.z_scores(np.zeros((1, D), dtype=np.float32)) == pytest.approx(np.zeros((1, N)))


@given(films=histories, with_times=st.booleans())
def test_the_contexts_features_without_one_film_are_exact(films, with_times):
    history = rated(films)
    times = np.arange(len(history)) * 40 if with_times else None
    left_out = features(
        FILMS, user_states(FILMS, history.movie_index, history.half_stars, times, without_each=True)
    )
    for place in range(len(history)):
        rest = without(history, place)
        rest_times = None if times is None else np.delete(times, place)
        state = user_states(
            FILMS, rest.movie_index, rest.half_stars, rest_times, without_each=False
        )
        assert left_out[place] == pytest.approx(features(FILMS, state)[0], abs=1e-3)


def test_a_few_films_get_the_features_that_they_have_among_all():
    history = rated({0: 9, 4: 2})
    states = user_states(
        FILMS, history.movie_index, history.half_stars, np.array([5, 9]), without_each=True
    )
    few = np.array([8, 1])
    assert features(FILMS, states, few) == pytest.approx(features(FILMS, states)[:, few], abs=1e-6)


def test_somebody_who_rates_after_the_training_data_end_is_asked_as_of_their_end():
    history = rated({0: 9, 4: 2})
    later = np.array([10, 10_000])
    states = [
        user_states(FILMS, history.movie_index, history.half_stars, times, without_each=False)
        for times in (later, None)
    ]
    assert (features(FILMS, states[0]) == features(FILMS, states[1])).all()

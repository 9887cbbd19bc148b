"""Every branch and the context: leaving one film out is exact, and means are those of all films."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.serving import features as context
from ml.serving.base_models import (
    AlsModel,
    HistoryModel,
    ItemSide,
    LinearModel,
    Rated,
    diagonal_basis,
)
from ml.serving.features import MovieFeatures, features, user_states
from ml.serving.new_movies import ContentTowers, NewMovies, movie_content
from ml.serving.tfidf import TfidfTerms

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
N_NEW, D_TEXT, N_GENRES = 3, 6, 4
TOWERS = ContentTowers(normal(D_TEXT + N_GENRES, D), normal(D_TEXT + N_GENRES, D), normal(1))
BASE_MODELS: list[LinearModel | AlsModel | HistoryModel] = [
    LinearModel(ITEMS, normal(N, D), GRADES, TOWERS),
    AlsModel(ITEMS, GRAM, 10 * GRADES),
    HistoryModel(ITEMS, normal(N, D), GRADES, LAYERS, TOWERS),
]
NEW = NewMovies(
    np.array([7, 3, 5]),
    normal(N_NEW, D_TEXT),
    np.eye(N_NEW, N_GENRES, dtype=np.float32),
    np.array([1990, np.nan, 2030], dtype=np.float32),
    np.array(["jaws quint", "nothing", ""], dtype=object),
)
TEXTS = [" ".join(RNG.choice(["jaws", "quint", "ripley", "nostromo", "the"], 3)) for _ in range(N)]
FILMS = MovieFeatures(
    popularity=normal(N),
    quality=normal(N),
    trend=normal(4, N),
    trend_start=0.0,
    trend_seconds=100.0,
    last_seen=399.0,
    recent_trend=normal(4, N),
    text=(normal(N, 3) / 2).astype(np.float32),
    genres=(RNG.random((N, N_GENRES)) < 0.4).astype(np.float32),
    years=np.round(1990 + 10 * normal(N)),
    countries=(RNG.random((N, 2)) < 0.3).astype(np.float32),
    text_centre=normal(D_TEXT),
    text_axes=normal(D_TEXT, 3),
    words=TfidfTerms.of(TEXTS),
)

histories = st.dictionaries(st.integers(0, N - 1), st.integers(1, 10), min_size=1, max_size=12)


def rated(films: dict[int, int]) -> Rated:
    return Rated(
        np.array(list(films), dtype=np.int64), np.array(list(films.values()), dtype=np.int8)
    )


def without(history: Rated, place: int) -> Rated:
    return Rated(np.delete(history.movie_index, place), np.delete(history.half_stars, place))


def ignoring(member, half_stars: int):
    """Return the base model with weight 0 for ratings below `half_stars`."""
    name = {LinearModel: "grades", AlsModel: "weights", HistoryModel: "rating_weights"}[
        type(member)
    ]
    kept = np.arange(1, 11) >= half_stars
    return replace(member, **{name: getattr(member, name) * kept})


@pytest.mark.parametrize("member", BASE_MODELS, ids=lambda member: type(member).__name__)
def test_a_rating_of_weight_zero_is_as_if_it_were_not_there(member):
    branch = ignoring(member, 6)
    mixed, liked = rated({3: 10, 4: 1, 7: 8, 9: 5}), rated({3: 10, 7: 8})
    assert branch.user_vector(mixed) == pytest.approx(branch.user_vector(liked), abs=1e-5)
    nobody = rated({})
    assert branch.user_vector(rated({4: 1, 9: 5})) == pytest.approx(branch.user_vector(nobody))
    without_each = branch.user_vectors_without_each(mixed)
    for place, vector in enumerate(without_each):
        expected = branch.user_vector(without(mixed, place))
        assert vector == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("member", BASE_MODELS, ids=lambda member: type(member).__name__)
@given(films=histories, random=st.randoms())
def test_the_order_of_a_history_does_not_matter(member, films, random):
    history = rated(films)
    order = list(range(len(history)))
    random.shuffle(order)
    shuffled = Rated(history.movie_index[order], history.half_stars[order])
    assert member.user_vector(shuffled) == pytest.approx(
        member.user_vector(history), rel=1e-3, abs=1e-4
    )


@pytest.mark.parametrize("member", BASE_MODELS, ids=lambda member: type(member).__name__)
@given(films=histories)
def test_a_user_without_one_film_is_the_same_as_one_who_never_rated_it(member, films):
    history = rated(films)
    left_out = member.user_vectors_without_each(history)
    for place in range(len(history)):
        expected = member.user_vector(without(history, place))
        assert left_out[place] == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize("member", BASE_MODELS, ids=lambda member: type(member).__name__)
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
    few = np.array([8, 1, 8])
    assert features(FILMS, states, few) == pytest.approx(features(FILMS, states)[:, few], abs=1e-6)


def test_the_nearest_text_is_the_same_when_films_are_compared_in_parts(monkeypatch):
    history = rated({0: 9, 4: 10, 7: 8})
    states = user_states(FILMS, history.movie_index, history.half_stars, None, without_each=False)
    at_once = features(FILMS, states)
    monkeypatch.setattr(context, "MAX_COSINES", 7)
    assert features(FILMS, states) == pytest.approx(at_once, abs=1e-6)


def test_somebody_who_rates_after_the_training_data_end_is_asked_as_of_their_end():
    history = rated({0: 9, 4: 2})
    later = np.array([10, 10_000])
    states = [
        user_states(FILMS, history.movie_index, history.half_stars, times, without_each=False)
        for times in (later, None)
    ]
    assert (features(FILMS, states[0]) == features(FILMS, states[1])).all()


CONTENT = movie_content(NEW.text_vectors, FILMS.text_centre, NEW.genres)


@pytest.mark.parametrize("member", BASE_MODELS, ids=lambda member: type(member).__name__)
@given(films=histories)
def test_new_films_change_no_score_of_the_others(member, films):
    wider = member.with_new_films(CONTENT)
    users = member.user_vector(rated(films))[None]
    assert wider.user_vector(rated(films)) == pytest.approx(users[0], abs=1e-5)
    expected = member.items.z_scores(users)
    assert wider.items.z_scores(users)[:, :N] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("member", BASE_MODELS, ids=lambda member: type(member).__name__)
@given(films=histories, stars=st.integers(1, 10))
def test_a_rated_new_film_is_left_out_as_exactly_as_another(member, films, stars):
    wider = member.with_new_films(CONTENT)
    history = rated({**films, N + 1: stars})
    left_out = wider.user_vectors_without_each(history)
    for place in range(len(history)):
        expected = wider.user_vector(without(history, place))
        assert left_out[place] == pytest.approx(expected, abs=2e-4)


def test_a_branch_that_cannot_read_content_takes_new_films_for_average_ones():
    als = BASE_MODELS[1].with_new_films(CONTENT)
    users = normal(2, D)
    assert als.items.z_scores(users)[:, N:] == pytest.approx(np.zeros((2, N_NEW)), abs=1e-4)
    rated_one = als.user_vector(rated({0: 9, N: 10}))
    assert rated_one == pytest.approx(als.user_vector(rated({0: 9})), abs=1e-5)


@pytest.mark.parametrize("member", BASE_MODELS, ids=lambda member: type(member).__name__)
def test_films_can_be_put_in_any_order(member):
    order = RNG.permutation(N + N_NEW)
    wider = member.with_new_films(CONTENT)
    moved = wider.take(order)
    users = normal(2, D)
    expected = wider.items.z_scores(users)[:, order]
    assert moved.items.z_scores(users) == pytest.approx(expected, abs=1e-5)


def test_new_films_have_their_content_and_nobodys_ratings_in_the_context():
    wider = FILMS.with_new_films(NEW)
    for numbers in (wider.popularity, wider.quality, *wider.trend):
        assert numbers[N:].tolist() == [0] * N_NEW
    assert np.linalg.norm(wider.text[N:], axis=1) == pytest.approx(np.ones(N_NEW), abs=1e-5)
    assert (wider.genres[N:] == NEW.genres).all()
    assert wider.years[N:].tolist() == [1990, np.median(FILMS.years), 2030]


@pytest.mark.parametrize(
    ("text", "genres", "message"),
    [(normal(1, 5), normal(1, 4), "dimensions 5"), (normal(1, 6), normal(1, 3), "genres are 3")],
)
def test_new_films_of_another_width_are_refused(text, genres, message):
    years = np.array([2000], dtype=np.float32)
    films = NewMovies(np.array([1]), text, genres, years, np.array([""], dtype=object))
    with pytest.raises(ValueError, match=message):
        FILMS.with_new_films(films)


@pytest.mark.parametrize(
    ("ids", "text", "message"),
    [
        ([1], normal(2, 3), "differ in length"),
        ([1, 1], normal(2, 3), "occurs twice"),
        ([1, 2], np.full((2, 3), np.nan, dtype=np.float32), "NaN or infinity"),
    ],
)
def test_new_films_that_cannot_be_are_refused(ids, text, message):
    years, texts = np.zeros(2, dtype=np.float32), np.full(2, "", dtype=object)
    with pytest.raises(ValueError, match=message):
        NewMovies(np.array(ids), text, normal(2, 4), years, texts)

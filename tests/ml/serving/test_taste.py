"""The explicit score terms: what a few ratings say of genres, popularity and dislikes."""

import tracemalloc
from dataclasses import astuple, replace

import numpy as np
import pytest

from ml.serving.base_models import ItemSide, Rated
from ml.serving.features import MovieFeatures
from ml.serving.taste import (
    BEFORE_SHAPES,
    DEFAULT_NOVELTY,
    TasteShape,
    TasteStates,
    TasteTerms,
    TasteWeights,
    own_scale,
    taste_scores,
    taste_states,
)
from ml.serving.tfidf import TfidfTerms

N_MOVIES = 30
WESTERN, DRAMA = np.arange(10), np.arange(10, N_MOVIES)
"""A third of the movies are westerns, which get one rating in twenty; the others are dramas."""
GENRES = np.zeros((N_MOVIES, 2), dtype=np.float32)
GENRES[WESTERN, 0], GENRES[DRAMA, 1] = 1, 1
SHARES = np.array([0.05, 0.95], dtype=np.float32)
FRENCH, UNKNOWN = np.arange(20, 28), np.arange(28, N_MOVIES)
"""Dramas: of France, which gets one rating in twenty, and of a country that nobody knows."""
COUNTRIES = np.zeros((N_MOVIES, 2), dtype=np.float32)
COUNTRIES[:, 1], COUNTRIES[FRENCH], COUNTRIES[UNKNOWN] = 1, (1, 0), SHARES
RNG = np.random.default_rng(0)


def films() -> MovieFeatures:
    popularity = np.full(N_MOVIES, 2.0, dtype=np.float32)
    popularity[DRAMA[:5]] = 5.0
    zeros = np.zeros(N_MOVIES, dtype=np.float32)
    return MovieFeatures(
        popularity=popularity,
        quality=zeros,
        trend=zeros[None],
        recent_trend=zeros[None],
        trend_start=0.0,
        trend_seconds=1.0,
        last_seen=1.0,
        text=np.zeros((N_MOVIES, 2), dtype=np.float32),
        genres=GENRES,
        years=np.full(N_MOVIES, 1990, dtype=np.float32),
        countries=COUNTRIES,
        text_centre=np.zeros(2, dtype=np.float32),
        text_axes=np.zeros((2, 2), dtype=np.float32),
        words=TfidfTerms.none(N_MOVIES),
    )


FILMS = films()
VECTORS = (
    GENRES @ np.array([[1, 0, 0.2], [0, 1, 0.2]]) + 0.05 * RNG.normal(size=(N_MOVIES, 3))
).astype(np.float32)
ITEMS = ItemSide(VECTORS, np.zeros(N_MOVIES, dtype=np.float32))


def terms(**weights: float) -> TasteTerms:
    rates = np.zeros(FILMS.attributes.shape[1], dtype=np.float32)
    rates[:2], rates[2 + 7], rates[-2:] = SHARES, 1.0, SHARES
    return TasteTerms(
        TasteWeights(**weights),
        rates,
        SHARES,
        np.array([2.5, 1.0, 4.0], dtype=np.float32),
        np.array([3.5], dtype=np.float32),
    )


def scores(movies, stars, **weights: float) -> np.ndarray:
    half_stars = np.broadcast_to(np.array(2 * np.array(stars), dtype=np.int8), len(movies))
    rated = Rated(np.array(movies, dtype=np.int64), half_stars)
    wanted = terms(**weights)
    state = taste_states(wanted, FILMS, ITEMS, rated, without_each=False)
    return taste_scores(wanted, state, FILMS, ITEMS)[0]


def gap(movies, stars, **weights: float) -> float:
    """Score of a western less that of a drama."""
    found = scores(movies, stars, **weights)
    return float(found[WESTERN[-1]] - found[DRAMA[-1]])


def test_users_scored_together_get_the_scores_that_each_gets_alone():
    weights = dict.fromkeys(vars(TasteWeights()), 0.5)
    wanted = terms(**weights)
    histories = [(WESTERN[:4], 4.5), (DRAMA[:7], 1.0), ([], 3.0), ([0, 12], 0.5)]
    states = []
    for movies, stars in histories:
        index = np.array(movies, dtype=np.int64)
        rated = Rated(index, np.full(len(index), 2 * stars, np.int8))
        state = taste_states(wanted, FILMS, ITEMS, rated, without_each=False)
        assert state is not None
        states.append(state)
    together = taste_scores(wanted, TasteStates.joined(states), FILMS, ITEMS)
    alone = [scores(movies, stars, **weights) for movies, stars in histories]
    assert together == pytest.approx(np.stack(alone), abs=1e-5)


def test_every_western_lifts_the_others_further():
    gaps = [gap(WESTERN[:n], 4.5, lift=0.6, match=1.0) for n in range(10)]
    assert gaps[0] == 0
    assert (np.diff(gaps) > 0).all()


def test_dramas_are_no_evidence_since_nearly_all_ratings_are_of_dramas():
    assert abs(gap(DRAMA[:3], 4.5, lift=1.0)) < gap(WESTERN[:3], 4.5, lift=1.0) / 20


def test_french_films_lift_the_others_and_a_film_of_unknown_country_stays_between():
    found = scores(FRENCH[:3], 4.5, country=0.6)
    assert found[FRENCH[-1]] > 0.5
    assert found[DRAMA[0]] < -0.5
    assert found[DRAMA[0]] < found[UNKNOWN[0]] < 0.1
    assert not scores(UNKNOWN, 4.5, country=0.6).round(6).any(), "they say nothing of countries"


def test_a_weight_of_a_whole_number_leaves_the_others_what_they_are():
    assert gap(WESTERN[:3], 4.5, lift=0.6, country=0) == gap(WESTERN[:3], 4.5, lift=0.6)


def test_disliked_french_films_lower_the_others():
    found = scores(FRENCH[:5], 0.5, country=0.6, aversion=1.0)
    assert found[FRENCH[-1]] < found[DRAMA[0]] - 0.5


def test_ten_westerns_at_half_a_star_put_every_western_below_every_drama():
    found = scores(WESTERN[:9], 0.5, lift=0.6, match=1.5, dislike=0.6)
    assert found[WESTERN].max() < found[DRAMA].min()


def test_a_one_star_rating_lowers_what_resembles_it_and_five_stars_do_not():
    assert gap(WESTERN[:1], 1.0, dislike=0.6) < -0.2
    with_likes = gap([0, *DRAMA[:12]], [1.0, *[4.5] * 12], dislike=0.6)
    assert gap(WESTERN[:1], 1.0, dislike=0.6) < with_likes < 0
    assert gap(WESTERN[:1], 5.0, dislike=0.6) == 0


def test_disliked_westerns_lose_what_liked_ones_gain_by_being_westerns():
    # The other half of what liked westerns gain is what dramas lose.
    gained = gap(WESTERN[:5], 4.5, lift=0.6) / 2
    assert gap(WESTERN[:5], 0.5, lift=0.6, aversion=1.0) == pytest.approx(-gained, rel=0.01)
    assert gap(WESTERN[:5], 0.5, lift=0.6) == 0
    assert gap(WESTERN[:5], 0.5, aversion=1.0) == 0


def test_disliked_westerns_lift_no_drama_above_what_it_has_without_a_rating():
    rates = taste_states(
        terms(lift=0.6, aversion=1.0),
        FILMS,
        ITEMS,
        Rated(WESTERN[:5], np.ones(5, dtype=np.int8)),
        without_each=False,
    )
    assert rates.lift[0, 0] < 0
    assert rates.lift[0, 1] == 0


def test_disliked_dramas_say_nothing_since_nearly_all_ratings_are_of_dramas():
    disliked = gap(DRAMA[:3], 0.5, lift=1.0, aversion=1.0)
    assert abs(disliked) < gap(WESTERN[:3], 4.5, lift=1.0) / 20


def test_a_model_of_before_aversion_ranks_as_it_did():
    tensors = terms(lift=0.6, dislike=1.2, penalty=0.5).to_tensors()
    tensors["taste.weights"] = tensors["taste.weights"][:7]
    assert TasteTerms.from_tensors(tensors).weights == TasteWeights(
        lift=0.6, dislike=1.2, penalty=0.5
    )


def test_three_stars_of_a_harsh_user_count_as_a_like():
    harsh = [3.0, *[1.0] * 6]
    movies = [WESTERN[0], *DRAMA[:6]]
    assert own_scale(np.array([6, *[2] * 6], dtype=np.int8), 3.5)[0] >= 4
    assert gap(movies, harsh, lift=1.0) > 0.5
    assert gap(WESTERN[:1], 3.0, lift=1.0) < 0.01


def test_half_a_star_stays_a_dislike_however_harsh_the_user_is():
    assert (own_scale(np.ones(500, dtype=np.int8), 3.5) <= 2).all()


def test_who_likes_rarely_rated_movies_gets_rarely_rated_movies():
    rare, popular = DRAMA[10:15], DRAMA[:5]
    after_rare = scores(rare, 4.5, popularity_taste=1.0)
    after_popular = scores(popular[:3], 4.5, popularity_taste=1.0)
    assert after_rare[rare[0]] > after_rare[popular[0]]
    assert after_popular[rare[0]] < after_popular[popular[-1]]


@pytest.mark.parametrize("movies", [WESTERN[:0], WESTERN[:3]])
def test_the_novelty_penalty_is_the_same_whatever_was_rated(movies):
    found = scores(movies, 4.5, penalty=1.0)
    expected = -DEFAULT_NOVELTY * (FILMS.popularity - 2.5)
    assert found == pytest.approx(expected, abs=1e-6)


def test_an_unrated_movie_is_no_hidden_gem():
    assert terms(penalty=1.0).penalty(np.zeros(1, dtype=np.float32), 1.0) == 0


EVERY_TERM = {
    "lift": 0.6,
    "match": 1.0,
    "kinship": 0.5,
    "dislike": 1.2,
    "aversion": 0.6,
    "popularity_taste": 0.3,
}


@pytest.mark.parametrize("most_stars", [2.5, 5])  # a harsh user, whose ratings are raised, and not
@pytest.mark.parametrize("n_rated", [1, 2, 5, N_MOVIES])
def test_a_history_without_one_rating_is_what_was_rated_without_it(most_stars, n_rated):
    rng, wanted = np.random.default_rng(n_rated), terms(**EVERY_TERM)
    movies = rng.permutation(N_MOVIES)[:n_rated]
    half_stars = rng.integers(1, 2 * most_stars + 1, n_rated).astype(np.int8)
    rated = Rated(movies, half_stars)
    states = taste_states(wanted, FILMS, ITEMS, rated, without_each=True)
    found = taste_scores(wanted, states, FILMS, ITEMS)
    for place in range(n_rated):
        rest = Rated(np.delete(movies, place), np.delete(half_stars, place))
        state = taste_states(wanted, FILMS, ITEMS, rest, without_each=False)
        expected = taste_scores(wanted, state, FILMS, ITEMS)[0]
        assert found[place] == pytest.approx(expected, abs=2e-6)


def test_histories_without_each_of_many_ratings_take_memory_by_their_number_not_its_square():
    n_rated, wanted = 5_000, terms(**EVERY_TERM)
    rated = Rated(np.arange(n_rated) % N_MOVIES, (np.arange(n_rated) % 10 + 1).astype(np.int8))
    tracemalloc.start()
    states = taste_states(wanted, FILMS, ITEMS, rated, without_each=True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert states is not None
    assert {len(values) for values in astuple(states) if values.ndim == 1} == {n_rated}
    assert peak < 50e6  # one matrix of n x n float32 has 100 MB


def test_without_weights_nothing_is_added():
    assert not scores(WESTERN[:3], 4.5).any()


@pytest.mark.parametrize("n_picks", [1, 3, 5, 10, 30, 100])
def test_a_theme_has_most_of_its_lift_and_mixed_picks_little_of_any_length(n_picks):
    picks = np.array([[n_picks]], dtype=np.float32)
    rate = 0.05  # of a genre in everybody's ratings

    def share(of_genre: float) -> float:
        rates = (of_genre * picks + 2 * rate) / (picks + 2)
        evidence = of_genre * picks * np.log(rates / rate)
        evidence += (1 - of_genre) * picks * np.log((1 - rates) / (1 - rate))
        return float(TasteShape().lift_share(evidence, picks)[0, 0])

    assert share(1.0) > (0.25 if n_picks == 1 else 0.5)
    if n_picks > 1:
        assert share(0.3) < 0.1


def test_evidence_against_a_genre_lifts_nothing():
    against = TasteShape().lift_share(
        np.array([[-2.0, 0.0]], np.float32), np.ones((1, 1), np.float32)
    )
    assert not against.any()


def test_a_model_keeps_the_shape_that_it_was_trained_with():
    kept = replace(terms(lift=0.6), shape=TasteShape(match_likes=7.0))
    assert TasteTerms.from_tensors(kept.to_tensors()).shape == kept.shape


def test_a_model_of_before_shapes_were_kept_takes_everybodys_genres_off_its_match():
    tensors = terms(match=1.0).to_tensors()
    del tensors["taste.shape"]
    old = TasteTerms.from_tensors(tensors)
    assert old.shape == BEFORE_SHAPES
    rated = Rated(WESTERN[:3], np.full(3, 9, dtype=np.int8))
    state = taste_states(old, FILMS, ITEMS, rated, without_each=False)
    shares = (3 * np.array([1, 0]) + 3 * old.shares) / 6
    own, everybody = (row / np.linalg.norm(row) for row in (shares, old.shares))
    assert state.match[0] == pytest.approx(3 / 23 * (own - everybody), abs=1e-6)

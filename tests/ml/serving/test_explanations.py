"""Reasons are true for everybody: newcomers, whom no MLP ranks for, others, and who is between."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.serving import reasons
from ml.serving.artifact import Manifest
from ml.serving.base_models import AlsModel, HistoryModel, ItemSide, LinearModel, diagonal_basis
from ml.serving.ensemble import BASE_MODELS, INPUTS, Ensemble, RankingHead
from ml.serving.features import COLD_START_MOVIES, EXPERIENCED_MOVIES, FEATURES, MovieFeatures
from ml.serving.model import History, ServedModel
from ml.serving.new_movies import ContentTowers, NewMovies
from ml.serving.taste import TasteTerms, TasteWeights
from ml.serving.tfidf import TfidfTerms
from ml.training.config import PipelineConfig

N_FILMS, D, D_TEXT, N_GENRES, N_COUNTRIES = 48, 5, 6, 4, 3
RNG = np.random.default_rng(0)
RARE = ("jaws", "quint", "ripley", "nostromo", "kitt", "hoth")
NEW_FILM = 1000


def normal(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def items() -> ItemSide:
    vectors = normal(N_FILMS, D)
    turned = vectors @ diagonal_basis(vectors.astype(np.float64))
    return ItemSide(turned.astype(np.float32), normal(N_FILMS), np.ones(N_FILMS, dtype=np.bool_))


def towers() -> ContentTowers:
    width = D_TEXT + N_GENRES
    return ContentTowers(normal(width, D), normal(width, D), normal(1))


def head(width: int = 6, depth: int = 3) -> RankingHead:
    """Any weights: every input, and every layer of both parts, counts."""
    n = len(INPUTS)
    return RankingHead(
        mean=(normal(n) / 4).astype(np.float32),
        deviation=1 + np.abs(normal(n)),
        prior_weights=np.array([1.0, 0.5, 1.0, 0.5], dtype=np.float32),
        prior_scale=np.array([0.3, 0.7], dtype=np.float32),
        linear=normal(2, n),
        w1=normal(2, n, width),
        b1=normal(2, width),
        w2=normal(2, width, depth),
        b2=normal(2, depth),
        w3=normal(2, depth),
    )


def model() -> ServedModel:
    grades = np.linspace(0.1, 1, 10, dtype=np.float32)
    als = items()
    layers = {"w1": normal(D, D), "b1": normal(D), "w2": normal(D, D), "b2": normal(D)}
    base_models = (
        LinearModel(items(), normal(N_FILMS, D), grades, towers()),
        AlsModel(als, (als.vectors.T @ als.vectors + np.eye(D)).astype(np.float32), 10 * grades),
        HistoryModel(items(), normal(N_FILMS, D), grades, layers, towers()),
        HistoryModel(items(), normal(N_FILMS, D), grades, layers, towers()),
    )
    films = MovieFeatures(
        popularity=normal(N_FILMS),
        quality=normal(N_FILMS),
        trend=normal(4, N_FILMS),
        recent_trend=normal(4, N_FILMS),
        trend_start=0.0,
        trend_seconds=100.0,
        last_seen=399.0,
        text=(normal(N_FILMS, 3) / 2).astype(np.float32),
        genres=(RNG.random((N_FILMS, N_GENRES)) < 0.4).astype(np.float32),
        years=np.round(1990 + 10 * normal(N_FILMS)),
        countries=(RNG.random((N_FILMS, N_COUNTRIES)) < 0.3).astype(np.float32),
        text_centre=normal(D_TEXT),
        text_axes=normal(D_TEXT, 3),
        words=TfidfTerms.of([" ".join(RNG.choice(RARE, 3)) for _ in range(N_FILMS)]),
    )
    manifest = Manifest(PipelineConfig().to_dict(), 0, "", "", 1, N_FILMS, 1, (), "", D_TEXT)
    terms = TasteTerms(
        TasteWeights(
            lift=0.6,
            decade=0.2,
            match=1.5,
            popularity_taste=0.4,
            dislike=0.8,
            kinship=0.9,
            penalty=1,
            aversion=0.5,
            country=0.7,
        ),
        (RNG.random((films.attributes.shape[1],)) / 2).astype(np.float32),
        np.full(N_GENRES, 1 / N_GENRES, dtype=np.float32),
        np.array([0.1, 0.9, 0.3], dtype=np.float32),
        np.array([3.6], dtype=np.float32),
    )
    old = ServedModel(manifest, np.arange(N_FILMS), Ensemble(base_models, films, head(), terms))
    return old.with_new_films(
        NewMovies(
            np.array([NEW_FILM, NEW_FILM + 1]),
            normal(2, D_TEXT),
            np.eye(2, N_GENRES, dtype=np.float32),
            np.array([1999, np.nan], dtype=np.float32),
            np.array(["jaws quint", "hoth"], dtype=object),
        )
    )


MODEL = model()
IDS = MODEL.movie_ids.tolist()
rated_movies = st.dictionaries(
    st.sampled_from(IDS),
    st.integers(1, 10),
    min_size=COLD_START_MOVIES - 2,
    max_size=EXPERIENCED_MOVIES + 4,
)


def history(films: dict[int, int], with_times: bool) -> History:
    ids = np.array(list(films), dtype=np.int64)
    stars = np.array(list(films.values()), dtype=np.int8)
    return History(ids, stars, ids * 37 % 390 if with_times else None)


def without(films: dict[int, int], film: int) -> dict[int, int]:
    return {other: stars for other, stars in films.items() if other != film}


@given(films=rated_movies, with_times=st.booleans())
def test_a_contribution_is_the_scores_change_however_much_of_a_newcomer_someone_is(
    films, with_times
):
    rated, effects = MODEL.contributions(history(films, with_times), MODEL.movie_ids)
    whole = MODEL.score(history(films, with_times))
    assert sorted(films) == rated.tolist()
    for place, film in enumerate(rated.tolist()):
        expected = whole - MODEL.score(history(without(films, film), with_times))
        assert effects[place] == pytest.approx(expected, abs=5e-3)


@pytest.mark.parametrize(
    "n_films",
    [COLD_START_MOVIES, COLD_START_MOVIES + 1, 20, EXPERIENCED_MOVIES, EXPERIENCED_MOVIES + 1],
)
def test_the_reasons_that_are_shown_hold_at_each_stage_of_getting_known(n_films, monkeypatch):
    monkeypatch.setattr(reasons, "LEAST_SHARE", 1e-6)
    films = {film: 1 + 3 * film % 10 for film in [NEW_FILM, *range(n_films - 1)]}
    whole = MODEL.score(history(films, True))
    shown = MODEL.recommend(history(films, True), k=5)
    assert sum(len(each.reasons) for each in shown) > 0
    for recommendation in shown:
        place = IDS.index(recommendation.movie_id)
        for reason in recommendation.reasons:
            left = MODEL.score(history(without(films, reason.movie_id), True))
            change = whole[place] - left[place]
            assert reason.contribution == pytest.approx(change, abs=5e-3)


def test_every_taste_term_depends_on_the_history_of_these_people():
    films = {film: 1 + 3 * film % 10 for film in range(20)}
    state = MODEL.ensemble.state(MODEL._known(history(films, True)).rated, None).taste
    for part in (state.lift, state.match, state.popularity, *state.cosines):
        assert part.any()


def test_every_input_of_these_people_moves_so_that_nothing_is_exact_by_standing_still():
    """Else the equalities above would say nothing of the rare words, say, or of the MLP."""
    films = {film: 1 + 3 * film % 10 for film in [NEW_FILM, *range(19)]}
    known = MODEL._known(history(films, True))
    ensemble = MODEL.ensemble
    whole = ensemble.inputs(ensemble.state(known.rated, known.timestamps))
    left = ensemble.inputs(ensemble.states_without_each(known.rated, known.timestamps))
    moved = np.abs(left - whole).max(axis=(0, 1))
    of_the_film_alone = {"popularity", "quality"}
    still = {name for name, change in zip(INPUTS, moved, strict=True) if change == 0}
    assert still <= of_the_film_alone | {"unreleased", "trend", "recent_trend", "age"}
    assert {*BASE_MODELS, "liked_words", "nearest_words", "newness"} <= set(INPUTS) - still
    assert set(FEATURES) - still > {"liked_text", "disliked_text", "nearest_text"}
    assert 0 < whole[0, 0, -1] < 1, "in between newcomers and others"

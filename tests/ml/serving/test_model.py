"""What a visitor gets: films they have not rated, reasons that are true, sense from nothing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.serving import model as serving
from ml.serving.artifact import TENSORS_FILE, ArtifactError, Manifest, load_artifact, save_artifact
from ml.serving.model import History, NewMovies, ServedModel
from ml.serving.reasons import LEAST_SHARE, ReasonKind
from ml.serving.series import MovieSeries
from ml.serving.taste import own_scale
from ml.training.config import PipelineConfig
from ml.training.served import Served
from tests.ml import two_tastes as world

CONFIG = PipelineConfig(epochs=12, dimension=8, factors=8, linear_rank=12, threads=1)
IDS = np.arange(world.N_FILMS + 1)
COMEDY_FAN = {0: 10, 3: 9, 4: 10}
HORROR_FAN = {12: 10, 15: 9, 18: 10}


@pytest.fixture(scope="session")
def artifact(tmp_path_factory) -> Path:
    """Return a model of the two tastes on disk."""
    training = world.training()
    ensemble = Served(CONFIG).fit(training, seed=0).ensemble
    manifest = Manifest(
        config=CONFIG.to_dict(),
        seed=0,
        data_hash="",
        code_version="",
        n_users=world.N_USERS,
        n_movies=len(IDS),
        n_ratings=len(training.ratings),
        genre_names=training.catalogue.genre_names,
        embedding_model="toy",
        embedding_dimension=8,
    )
    folder = tmp_path_factory.mktemp("model")
    tensors = {"movie_ids": training.catalogue.movie_ids, **ensemble.to_tensors()}
    save_artifact(folder, tensors, manifest)
    return folder


@pytest.fixture(scope="session")
def model(artifact) -> ServedModel:
    return ServedModel.load(artifact)


def history(films: dict[int, int], times: list[int] | None = None) -> History:
    return History(
        np.array(list(films), dtype=np.int64),
        np.array(list(films.values()), dtype=np.int8),
        None if times is None else np.array(times, dtype=np.int64),
    )


def ids(recommendations) -> list[int]:
    return [recommendation.movie_id for recommendation in recommendations]


histories = st.dictionaries(st.integers(0, world.N_FILMS), st.integers(1, 10), max_size=10)


def test_a_newcomer_gets_films_of_their_own_taste(model):
    assert set(ids(model.recommend(history(COMEDY_FAN), k=5))) <= {*world.COMEDIES, world.N_FILMS}
    assert set(ids(model.recommend(history(HORROR_FAN), k=5))) <= {*world.HORRORS}


def test_a_film_that_nobody_rated_can_be_recommended(model):
    assert world.UNRATED_FILM in ids(model.recommend(history(COMEDY_FAN), k=8))


@given(films=histories, exclude=st.sets(st.integers(0, 30)), k=st.integers(1, 25))
def test_rated_and_excluded_films_never_come_back_and_none_comes_twice(model, films, exclude, k):
    found = ids(model.recommend(history(films), k=k, exclude=exclude))
    assert not set(found) & (set(films) | exclude)
    assert len(set(found)) == len(found)
    assert len(found) == min(k, len(set(IDS.tolist()) - set(films) - exclude))


def test_no_sequel_comes_while_the_first_film_is_excluded_unless_the_series_is_known(model):
    first, second, third = ids(model.recommend(history(COMEDY_FAN), k=3))
    series = MovieSeries.none(len(IDS))
    series.series[[first, second, third]], series.part[[second, third]] = 0, (1, 2)
    ensemble = model.ensemble
    of_series = replace(ensemble, films=replace(ensemble.films, series=series))
    listing = ServedModel(model.manifest, model.movie_ids, of_series)

    def listed(exclude: set[int], seen: set[int]) -> set[int]:
        return set(ids(listing.recommend(history(COMEDY_FAN), k=5, exclude=exclude, seen=seen)))

    assert not {first, second, third} & listed({first}, set())
    assert {first, second, third} & listed({first}, {third}) == {second}
    assert {first, second, third} & listed(set(), {first}) == {second, third}


@given(films=histories)
def test_recommendations_come_by_falling_score_and_are_those_of_score(model, films):
    scores = model.score(history(films))
    found = model.recommend(history(films), k=25)
    assert [r.score for r in found] == sorted((r.score for r in found), reverse=True)
    for recommendation in found:
        assert recommendation.score == pytest.approx(scores[recommendation.movie_id], abs=1e-5)


@given(films=histories, diversity=st.sampled_from([0.0, 0.5]))
def test_scores_that_are_at_hand_give_the_same_films(model, films, diversity):
    whole = history(films)
    found = model.recommend(whole, diversity=diversity, scores=model.score(whole))
    assert found == model.recommend(whole, diversity=diversity)


@given(films=histories, with_times=st.booleans())
def test_a_contribution_is_what_the_score_loses_without_that_film(model, films, with_times):
    times = list(range(0, 1000 * len(films), 1000)) if with_times else None
    rated, effects = model.contributions(history(films, times), IDS)
    scores = model.score(history(films, times))
    assert sorted(films) == rated.tolist()
    for place, film in enumerate(rated.tolist()):
        rest = {other: stars for other, stars in films.items() if other != film}
        rest_times = times and [t for t, other in zip(times, films, strict=True) if other != film]
        expected = scores - model.score(history(rest, rest_times))
        assert effects[place] == pytest.approx(expected, abs=1e-3)


@given(films=histories)
def test_a_reason_is_a_liked_film_that_carries_much_of_the_personal_part(model, films):
    found = model.recommend(history(films), k=3, max_reasons=2)
    chosen = np.array(ids(found), dtype=np.int64)
    rated, effects = model.contributions(history(films), chosen)
    personal = model.score(history(films))[chosen] - model.score(history({}))[chosen]
    mean_stars = float(model.ensemble.taste.mean_stars[0])
    stars = own_scale(np.array([films[movie] for movie in rated.tolist()], np.int8), mean_stars)
    for recommendation, column, whole in zip(found, effects.T, personal, strict=True):
        able = column[(stars >= 3) & (column >= LEAST_SHARE * whole)] if whole > 0 else []
        expected = sorted(map(float, able), reverse=True)[:2]
        named = [reason.contribution for reason in recommendation.reasons]
        assert named == pytest.approx(expected, abs=1e-3)
        assert {reason.movie_id for reason in recommendation.reasons} <= set(rated.tolist())


def test_a_disliked_film_is_never_a_reason(model):
    films = {0: 10, 3: 1, 12: 9, 15: 2}
    named = {
        reason.movie_id
        for recommendation in model.recommend(history(films), k=12, max_reasons=4)
        for reason in recommendation.reasons
    }
    assert named
    assert named <= {0, 12}


def test_without_ratings_the_reason_is_popularity(model):
    kinds = {recommendation.because.kind for recommendation in model.recommend(history({}))}
    assert kinds == {ReasonKind.POPULAR}


def test_with_ratings_some_film_is_recommended_for_them(model):
    kinds = [entry.because.kind for entry in model.recommend(history(COMEDY_FAN), k=8)]
    assert set(kinds) & {ReasonKind.GENRE, ReasonKind.MOVIES, ReasonKind.TASTE}


def test_a_film_is_recommended_because_of_films_of_its_own_taste(model):
    for recommendation in model.recommend(history({0: 10, 3: 10, 12: 10, 15: 10}), k=6):
        is_horror = recommendation.movie_id in world.HORRORS
        assert (recommendation.reasons[0].movie_id in world.HORRORS) == is_horror


def test_an_empty_history_gets_ten_films_without_reasons(model):
    found = model.recommend(history({}))
    assert len(found) == 10
    assert all(recommendation.reasons == () for recommendation in found)


@given(films=histories, seed=st.integers(0, 99))
def test_the_order_in_which_films_were_named_does_not_matter(model, films, seed):
    shuffled = list(films.items())
    np.random.default_rng(seed).shuffle(shuffled)
    again = history(dict(shuffled))
    assert model.score(again).tobytes() == model.score(history(films)).tobytes()


@pytest.mark.parametrize(
    ("half_stars", "n_films", "weight", "expected"),
    [(10, 20, 1.5, True), (10, 10, 1.5, False), (1, 20, 1.5, False), (10, 20, 0.0, False)],
    ids=["many are liked", "they are few", "none is liked", "the model lists by score"],
)
def test_a_list_keeps_to_genres_where_the_liked_films_tell_enough_of_them(
    model, half_stars, n_films, weight, expected
):
    config = {**model.manifest.config, "calibration": weight}
    calibrated = ServedModel(
        replace(model.manifest, config=config), model.movie_ids, model.ensemble
    )
    seen = history(dict.fromkeys(model.movie_ids[:n_films].tolist(), half_stars))
    assert calibrated.keeps_to_genres(seen) == expected


def test_a_film_unknown_to_the_model_is_ignored(model):
    strange = history({**COMEDY_FAN, 777: 10})
    assert model.score(strange).tobytes() == model.score(history(COMEDY_FAN)).tobytes()


def test_of_a_film_named_twice_the_last_rating_counts(model):
    twice = History(np.array([0, 3, 0]), np.array([1, 9, 10], dtype=np.int8))
    once = History(np.array([0, 3]), np.array([10, 9], dtype=np.int8))
    assert model.score(twice).tobytes() == model.score(once).tobytes()


def test_only_allowed_films_are_recommended(model):
    allowed = np.zeros(len(IDS), dtype=bool)
    allowed[[2, 5, 14]] = True
    assert set(ids(model.recommend(history({2: 8}), allowed=allowed))) == {5, 14}


def test_where_nothing_is_left_nothing_is_recommended(model):
    assert model.recommend(history({}), exclude=IDS.tolist()) == []


def test_diversity_brings_in_other_genres_and_keeps_the_best_film_first(model):
    similar = model.recommend(history(COMEDY_FAN), k=6)
    diverse = model.recommend(history(COMEDY_FAN), k=6, diversity=1.0)
    assert diverse[0].movie_id == similar[0].movie_id
    assert set(ids(diverse)) & set(world.HORRORS.tolist())
    assert not set(ids(similar)) & set(world.HORRORS.tolist())


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (History(np.array([1]), np.array([11], dtype=np.int8)), "1 to 10 half stars"),
        (History(np.array([1]), np.array([0], dtype=np.int8)), "1 to 10 half stars"),
        (History(np.array([1, 2]), np.array([3], dtype=np.int8)), "2 films have 1 ratings"),
    ],
)
def test_a_history_that_cannot_be_is_refused(model, bad, message):
    with pytest.raises(ValueError, match=message):
        model.score(bad)


def test_a_request_that_cannot_be_is_refused(model):
    with pytest.raises(ValueError, match="diversity"):
        model.recommend(history({}), diversity=2)
    with pytest.raises(ValueError, match="mask"):
        model.recommend(history({}), allowed=np.ones(3, dtype=bool))
    with pytest.raises(ValueError, match="film 999 is unknown"):
        model.contributions(history({}), np.array([999]))


@given(films=histories)
def test_a_person_who_rated_little_is_ranked_the_whole_catalogue(model, films):
    whole = model.recommend(history(films))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(serving, "N_SHORTLIST", 1)
        patch.setattr(serving, "SHORTLIST_PER_FILM", 0)
        assert model.recommend(history(films)) == whole


@given(films=histories)
def test_item_vectors_rank_candidates_as_the_members_prior_does(model, films):
    close = model.item_vectors @ model.query_vector(history(films))
    known = model._known(history(films))
    state = model.ensemble.state(known.rated, known.timestamps)
    prior = model.ensemble.inputs(state)[0, :, :4] @ model.ensemble.head.prior_weights
    assert np.ptp(prior - close) < 1e-3


COMEDY_TEXT, HORROR_TEXT = (
    world.training().text[films].mean(axis=0) for films in (world.COMEDIES, world.HORRORS)
)


def new_films(*ids: int) -> NewMovies:
    """By turns a horror film and a comedy, as their texts and genres say."""
    horror = [number % 2 == 0 for number in range(len(ids))]
    return NewMovies(
        np.array(ids, dtype=np.int64),
        np.stack([HORROR_TEXT if is_horror else COMEDY_TEXT for is_horror in horror]),
        np.array([[0, 1] if is_horror else [1, 0] for is_horror in horror], dtype=np.float32),
        np.full(len(ids), np.nan, dtype=np.float32),
        np.full(len(ids), "", dtype=object),
    )


@pytest.mark.parametrize("new_ids", [(100, 200), (-5, 200), (200, 100)])
def test_a_film_added_after_the_training_is_recommended_to_whom_it_suits(model, new_ids):
    horror, comedy = new_ids
    wider = model.with_new_films(new_films(horror, comedy))
    for fan, liked, other in ((COMEDY_FAN, comedy, horror), (HORROR_FAN, horror, comedy)):
        found = ids(wider.recommend(history(fan), k=9))
        assert liked in found
        assert other not in found


@given(films=histories)
def test_films_added_after_the_training_change_no_other_films_score(model, films):
    wider = model.with_new_films(new_films(-5, 200))
    is_old = np.isin(wider.movie_ids, model.movie_ids)
    scores = wider.score(history(films))[is_old]
    assert scores == pytest.approx(model.score(history(films)), abs=1e-4)


@given(films=histories, stars=st.integers(1, 10))
def test_contributions_of_and_to_films_added_after_the_training_are_exact(model, films, stars):
    wider = model.with_new_films(new_films(100, 200))
    seen = {**films, 100: stars}
    rated, effects = wider.contributions(history(seen), wider.movie_ids)
    for place, film in enumerate(rated.tolist()):
        rest = {other: given for other, given in seen.items() if other != film}
        expected = wider.score(history(seen)) - wider.score(history(rest))
        assert effects[place] == pytest.approx(expected, abs=1e-3)


def test_a_rating_of_a_film_added_after_the_training_counts(model):
    wider = model.with_new_films(new_films(100, 200))
    with_horror = wider.score(history({0: 10, 100: 10})) - wider.score(history({0: 10}))
    assert with_horror[world.HORRORS].mean() > with_horror[world.COMEDIES].mean()


def test_a_film_described_anew_is_placed_anew_unless_the_model_knows_its_ratings(model):
    first = model.with_new_films(new_films(100, 200))
    again = first.with_new_films(new_films(200, 100))
    assert again.movie_ids.tolist() == first.movie_ids.tolist()
    fan = history(COMEDY_FAN)
    assert again.score(fan)[-2:] == pytest.approx(first.score(fan)[-2:][::-1], abs=1e-5)
    as_horror = model.with_new_films(new_films(0))
    assert as_horror.score(fan).tobytes() == model.score(fan).tobytes()
    unrated = model.with_new_films(new_films(world.UNRATED_FILM))
    assert unrated.score(fan)[world.UNRATED_FILM] < model.score(fan)[world.UNRATED_FILM]


ENOUGH = {film: 1 + film % 10 for film in range(20)}
"""So many ratings that a list is chosen from a shortlist."""


@pytest.fixture(scope="session")
def wider(model) -> ServedModel:
    """With twenty films added, no two alike, which somebody who rated all others has left."""
    added = new_films(*range(100, 120))
    noise = np.random.default_rng(0).normal(scale=0.2, size=added.text_vectors.shape)
    text_vectors = (added.text_vectors + noise).astype(np.float32)
    return model.with_new_films(replace(added, text_vectors=text_vectors))


def prior_of(model: ServedModel, given: History) -> np.ndarray:
    known = model._known(given)
    return model.ensemble.prior(model.ensemble.state(known.rated, known.timestamps))[0]


def test_of_many_films_those_that_the_prior_ranks_first_are_listed_by_score(wider, monkeypatch):
    monkeypatch.setattr(serving, "N_SHORTLIST", 8)
    monkeypatch.setattr(serving, "SHORTLIST_PER_FILM", 0)
    fan = history(ENOUGH)
    allowed = wider.movie_ids % 3 > 0
    found = wider.recommend(fan, k=30, exclude=[101], allowed=allowed)
    is_open = allowed & ~np.isin(wider.movie_ids, [*ENOUGH, 101])
    prior = np.where(is_open, prior_of(wider, fan), -np.inf)
    shortlist = np.argsort(-prior)[:8]
    scores = wider.score(fan)
    assert set(ids(found)) == set(wider.movie_ids[shortlist].tolist())
    expected = sorted(scores[shortlist].tolist(), reverse=True)
    assert [entry.score for entry in found] == pytest.approx(expected, abs=1e-5)


def test_a_long_list_is_chosen_from_a_longer_shortlist(wider, monkeypatch):
    monkeypatch.setattr(serving, "N_SHORTLIST", 1)
    monkeypatch.setattr(serving, "SHORTLIST_PER_FILM", 2)
    found = wider.recommend(history(ENOUGH), k=6)
    assert ids(found)[:5] == ids(wider.recommend(history(ENOUGH), k=21))[:5]


@pytest.mark.parametrize("diversity", [0.0, 0.5])
def test_the_list_of_a_shortlist_is_that_of_the_whole_catalogue(wider, monkeypatch, diversity):
    fan = history(ENOUGH)
    whole = wider.recommend(fan, k=3, diversity=diversity, scores=wider.score(fan))
    monkeypatch.setattr(serving, "N_SHORTLIST", 18)
    monkeypatch.setattr(serving, "SHORTLIST_PER_FILM", 0)
    found = wider.recommend(fan, k=3, diversity=diversity)
    assert ids(found) == ids(whole)
    # Matrix products of another shape round differently, and a score may be near zero.
    expected = [entry.score for entry in whole]
    assert [entry.score for entry in found] == pytest.approx(expected, abs=1e-5)
    assert set(ids(found)) & set(range(100, 120))


def test_films_on_a_level_with_the_last_of_a_shortlist_are_on_it(wider):
    copies = ServedModel(
        wider.manifest, np.arange(40), wider.ensemble.take(np.repeat(np.arange(20), 2))
    )
    state = copies.ensemble.state(copies._known(history({0: 10})).rated, None)
    films, scores = copies.ensemble.scores_of_best(state, np.arange(40), 5)
    assert len(films) == len(scores) == 6
    assert (films[::2] + 1 == films[1::2]).all()


def test_where_fewer_films_are_left_than_a_shortlist_holds_all_are_scored(wider):
    fan = history(ENOUGH)
    found = wider.recommend(fan, k=50)
    assert len(found) == len(wider.movie_ids) - len(ENOUGH)
    assert found == wider.recommend(fan, k=50, scores=wider.score(fan))


def test_no_new_film_changes_nothing(model):
    fan = history(COMEDY_FAN)
    none = model.with_new_films(new_films(1).take(np.array([], dtype=np.int64)))
    assert none.score(fan).tobytes() == model.score(fan).tobytes()


def test_a_model_without_one_of_its_arrays_is_refused(artifact, tmp_path):
    tensors, manifest = load_artifact(artifact)
    del tensors["head.w1"]
    save_artifact(tmp_path, tensors, manifest)
    with pytest.raises(ArtifactError, match=r"head\.w1"):
        ServedModel.load(tmp_path)


def test_a_model_whose_file_was_cut_short_is_refused(artifact, tmp_path):
    for path in artifact.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    whole = (tmp_path / TENSORS_FILE).read_bytes()
    (tmp_path / TENSORS_FILE).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ArtifactError):
        ServedModel.load(tmp_path)


def test_a_web_process_loads_no_training_library():
    import subprocess
    import sys

    code = (
        "import sys, ml.serving.model, ml.serving.artifact, ml.data.genres,"
        " ml.progress, ml.training.config, ml.metrics;"
        "print([m for m in ('torch', 'pandas', 'pyarrow', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

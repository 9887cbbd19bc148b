from dataclasses import replace

import numpy as np
import pytest
import torch

from ml.data.splits import make_split
from ml.progress import ignore_progress
from ml.serving import ensemble
from ml.serving.base_models import Rated
from ml.serving.ensemble import INPUTS
from ml.training import ranking_head, served
from ml.training.config import PipelineConfig
from ml.training.ranking_head import (
    EMPTY_SHARE,
    HeadModule,
    HoldOutFold,
    Lists,
    RankingHeadConfig,
    _beginnings,
    _export,
    _lists,
    untrained_ranking_head,
)
from ml.training.served import HELD_OUT_SHARE, Served, fit_hold_out_folds
from tests.ml import two_tastes as world

SETTINGS = RankingHeadConfig(hidden=(5, 3), n_heads=2)
SMALL = PipelineConfig(epochs=1, dimension=8, factors=8, linear_rank=12)
RNG = np.random.default_rng(0)
X = RNG.normal(scale=3, size=(4, 7, len(INPUTS))).astype(np.float32)
X[..., -1] = RNG.random((4, 1))  # newness


def modules() -> list[HeadModule]:
    made = []
    for seed in range(SETTINGS.n_heads):
        torch.manual_seed(seed)
        module = HeadModule(torch.zeros(len(INPUTS)) + 0.3, torch.ones(len(INPUTS)) * 2, SETTINGS)
        for parameter in module.parameters():
            torch.nn.init.normal_(parameter)
        made.append(module.eval())
    return made


def test_the_exported_head_is_the_mean_of_the_trained_ones():
    trained = modules()
    with torch.no_grad():
        expected = torch.stack([module(torch.from_numpy(X)) for module in trained]).mean(0)
    part = trained[0].cold_start
    head = _export(trained, part.mean, part.deviation, SETTINGS)
    assert head(X) == pytest.approx(expected.numpy(), abs=2e-3)


def test_before_training_the_weighted_members_alone_decide():
    weights = (1.0, 0.5, 2.0, 0.0)
    assert untrained_ranking_head(weights)(X) == pytest.approx(
        X[..., :4] @ np.array(weights), abs=1e-4
    )


def test_films_that_are_scored_in_parts_get_the_scores_that_they_get_at_once(monkeypatch):
    trained = modules()
    part = trained[0].cold_start
    head = _export(trained, part.mean, part.deviation, SETTINGS)
    at_once = head(X)
    monkeypatch.setattr(ensemble, "BLOCK", 5)
    assert head(X) == pytest.approx(at_once, abs=1e-4)


def test_where_every_rating_counts_nothing_that_was_rated_is_disliked():
    training = world.training()
    split = make_split(training.ratings, "full-random", 0)
    inner = replace(training, ratings=split.train)
    fused = Served(SMALL).fit(inner, seed=0).ensemble

    def lists(liked: int) -> Lists:
        settings = RankingHeadConfig(liked_half_stars=liked)
        fold = HoldOutFold(fused, split.train, split.held_out)
        rng = np.random.default_rng(0)
        whole = _lists(fold, lambda *parts: iter([parts]), settings, rng, ignore_progress)
        assert whole is not None
        return whole

    assert lists(8).disliked.sum() > 0
    assert lists(1).disliked.sum() == 0
    assert (lists(1).grades == 1).sum() > (lists(8).grades == 1).sum()


def test_lists_made_one_by_one_are_those_made_together(monkeypatch):
    training = world.training()
    split = make_split(training.ratings, "full-random", 0)
    fused = Served(SMALL).fit(replace(training, ratings=split.train), seed=0).ensemble
    fold = HoldOutFold(fused, split.train, split.held_out)

    def lists() -> Lists:
        rng = np.random.default_rng(0)
        made = _lists(fold, lambda *parts: iter([parts]), SETTINGS, rng, ignore_progress)
        assert made is not None
        return made

    together = lists()
    monkeypatch.setattr(ranking_head, "MAX_CELLS", 1)
    alone = lists()
    assert torch.allclose(alone.inputs, together.inputs, atol=1e-4)
    for name in ("grades", "disliked", "genre_target"):
        assert torch.equal(getattr(alone, name), getattr(together, name))


def test_what_newcomers_are_ranked_by_is_learned_from_people_the_members_never_saw():
    ratings = world.training().ratings
    folds = fit_hold_out_folds(world.training(), SMALL, ignore_progress)
    cold_start = folds.cold_start
    assert cold_start is not None
    unseen = set(cold_start.held_out.user_index.tolist())
    assert len(unseen) == HELD_OUT_SHARE * world.N_USERS
    assert not unseen & set(cold_start.train.user_index.tolist())
    assert len(cold_start.train) + len(cold_start.held_out) == len(ratings)
    assert set(folds.known.train.user_index.tolist()) == set(range(world.N_USERS))


def test_among_many_people_the_strangers_are_left_out_of_the_one_fit(monkeypatch):
    monkeypatch.setattr(served, "MANY_PEOPLE", world.N_USERS)
    monkeypatch.setattr(served, "MAX_HELD_OUT", 3)
    folds = fit_hold_out_folds(world.training(), SMALL, ignore_progress)
    known, cold_start = folds.known, folds.cold_start
    assert cold_start is not None
    assert cold_start.base_models is known.base_models
    unseen = set(cold_start.held_out.user_index.tolist())
    assert len(unseen) == 3
    for part in (known.train, known.held_out):
        assert not unseen & set(part.user_index.tolist())
    n_known = len(known.train) + len(known.held_out)
    assert n_known + len(cold_start.held_out) == len(world.training().ratings)


def test_of_a_single_person_there_is_no_stranger():
    training = world.training()
    alone = training.ratings.take(training.ratings.user_index == 3)
    assert (
        fit_hold_out_folds(replace(training, ratings=alone), SMALL, ignore_progress).cold_start
        is None
    )


def test_a_newcomer_is_the_beginning_of_a_history_or_a_part_of_it():
    ratings = world.training().ratings
    one = ratings.take(ratings.user_index == 3)
    settings = RankingHeadConfig(cold_start_lists=2_000, cold_start_films=5)
    parts = list(_beginnings(one, settings, np.random.default_rng(0)))
    lengths = np.array([len(shown) for shown, _ in parts])
    assert lengths.max() == 5
    assert (lengths == 0).mean() == pytest.approx(EMPTY_SHARE, abs=0.03)
    assert (lengths == 1).sum() > 2 * (lengths == 5).sum(), "the shorter, the likelier"
    for shown, asked in parts:
        assert sorted([*shown.movie_index, *asked.movie_index]) == one.movie_index.tolist()
    earliest = np.argsort(one.timestamps)[:2]
    of_two = [set(shown.movie_index) for shown, _ in parts if len(shown) == 2]
    by_time = np.mean([films == set(one.movie_index[earliest]) for films in of_two])
    assert by_time == pytest.approx(0.5 + 0.5 / 28, abs=0.1), "1 of 28 random pairs is the earliest"


def test_who_rated_one_film_was_a_newcomer_before_it():
    ratings = world.training().ratings
    one = ratings.take(np.array([3]))
    parts = _beginnings(one, RankingHeadConfig(), np.random.default_rng(0))
    assert all(len(shown) == 0 and len(asked) == 1 for shown, asked in parts)


def test_many_users_are_scored_at_once_as_each_is_alone():
    fitted = Served(SMALL).fit(world.training(), seed=0)
    ratings = world.training().ratings
    users = np.arange(world.N_USERS)
    together = fitted.scores(ratings, users)
    for user in users:
        own = ratings.take(ratings.user_index == user)
        rated = Rated(own.movie_index.astype(np.int64), own.half_stars)
        alone = fitted.ensemble.scores(fitted.ensemble.state(rated, own.timestamps))[0]
        assert together[user] == pytest.approx(alone, abs=1e-4)


def test_a_head_that_is_measured_on_some_users_learns_nothing_of_what_they_held_out(monkeypatch):
    monkeypatch.setattr(served, "MANY_PEOPLE", world.N_USERS)
    monkeypatch.setattr(served, "MAX_HELD_OUT", 3)
    training = world.training()
    split = make_split(training.ratings, "full-random", SMALL.seed)
    fitted = fit_hold_out_folds(training, SMALL, ignore_progress, split)
    assert fitted.cold_start is not None
    left_out = set(fitted.cold_start.held_out.user_index.tolist())
    users = np.array([min(left_out), *sorted(set(range(world.N_USERS)) - left_out)[:4]])

    folds = served.folds_without(training, split, fitted.known.base_models, users, SMALL)
    assert folds.cold_start is not None
    for with_all, without, part in (
        (fitted.known, folds.known, "known"),
        (fitted.cold_start, folds.cold_start, "cold start"),
    ):
        learned_from = set(without.held_out.user_index.tolist())
        assert learned_from == set(with_all.held_out.user_index.tolist()) - set(users.tolist()), (
            part
        )
        assert without.base_models is fitted.known.base_models
        assert without.train.user_index.tolist() == with_all.train.user_index.tolist()

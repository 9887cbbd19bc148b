from dataclasses import replace

import numpy as np
import pytest
import torch

from ml import fusion
from ml.config import PipelineConfig
from ml.evaluation.splits import make_split
from ml.fusion import INPUTS
from ml.models.head import HeadModule, HeadSettings, Lists, _export, _make_lists, untrained_head
from ml.models.served import Served
from ml.progress import ignore_progress
from tests.ml.models import two_tastes as world

SETTINGS = HeadSettings(hidden=(5, 3), n_heads=2)
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
    part = trained[0].newcomer
    head = _export(trained, part.mean, part.deviation, SETTINGS)
    assert head(X) == pytest.approx(expected.numpy(), abs=2e-3)


def test_before_training_the_weighted_members_alone_decide():
    weights = (1.0, 0.5, 2.0, 0.0)
    assert untrained_head(weights)(X) == pytest.approx(X[..., :4] @ np.array(weights), abs=1e-4)


def test_films_that_are_scored_in_parts_get_the_scores_that_they_get_at_once(monkeypatch):
    trained = modules()
    part = trained[0].newcomer
    head = _export(trained, part.mean, part.deviation, SETTINGS)
    at_once = head(X)
    monkeypatch.setattr(fusion, "BLOCK", 5)
    assert head(X) == pytest.approx(at_once, abs=1e-4)


def test_where_every_rating_counts_nothing_that_was_rated_is_disliked():
    training = world.training()
    split = make_split(training.ratings, "full-random", 0)
    small = PipelineConfig(epochs=1, dimension=8, factors=8, linear_rank=12)
    inner = replace(training, ratings=split.train)
    fused = Served(small).fit(inner, seed=0).fusion

    def lists(liked: int) -> Lists:
        settings = HeadSettings(liked_half_stars=liked)
        whole, _ = _make_lists(fused, split.train, split.held_out, settings, 0, ignore_progress)
        assert whole is not None
        return whole

    assert lists(8).disliked.sum() > 0
    assert lists(1).disliked.sum() == 0
    assert (lists(1).grades == 1).sum() > (lists(8).grades == 1).sum()

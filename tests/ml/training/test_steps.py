"""Each setting of the method's steps does what it says: what a mutant would have to break."""

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
import torch

from ml.data.dataset import Catalogue, Dataset
from ml.data.sampling import sample_interactions
from ml.progress import ignore_progress
from ml.serving.ensemble import BASE_MODELS
from ml.training.config import PipelineConfig
from ml.training.history import FineTuneConfig, HistoryConfig, HistoryTrainer
from ml.training.protocol import TrainingData
from ml.training.served import Served, mine
from tests.ml import two_tastes as world

TRAINING = world.training()
SMALL = PipelineConfig(epochs=1, dimension=8, factors=8, linear_rank=12)
N_GENRES = 5


def many_genres() -> TrainingData:
    """People who like one of five genres; texts lie around their genre's direction."""
    rng = np.random.default_rng(0)
    genre_of = np.repeat(np.arange(N_GENRES), 12)
    films = Catalogue.build(
        np.arange(len(genre_of)),
        [f"Movie {movie}" for movie in range(len(genre_of))],
        [2000.0] * len(genre_of),
        [[f"Genre {genre}"] for genre in genre_of],
    )
    rows = [
        (user, movie, 10)
        for user in range(20)
        for movie in rng.permutation(np.flatnonzero(genre_of == user % N_GENRES))[:6]
    ]
    user, movie, half_stars = np.array(rows).T
    # Unequal angles between the genres: a user's mean similarity is far from the median.
    centres = np.eye(8)[:N_GENRES] + np.array([0, 0, 0, 0, 6])[:, None] * np.eye(8)[0] / 2
    text = centres[genre_of] + 0.05 * rng.normal(size=(len(genre_of), 8))
    text /= np.linalg.norm(text, axis=1, keepdims=True)
    ratings = Dataset.build(films, user, movie, half_stars, np.arange(len(user))).ratings
    return TrainingData(ratings, films, text.astype(np.float32))


@pytest.mark.parametrize("n_negatives", [1, 3])
def test_each_genre_positive_has_as_many_negatives_as_the_configuration_says(n_negatives):
    mined = mine(many_genres(), replace(SMALL, genre_negatives=n_negatives))
    assert len(mined.positive_index) > 0
    assert mined.negative_index.shape == (len(mined.positive_index), n_negatives)


def test_the_split_of_genres_is_the_configurations():
    by_median, by_mean = (
        mine(many_genres(), replace(SMALL, genre_split=split)) for split in ("median", "mean")
    )
    sets = [
        {
            (mined.user_index[row], film)
            for row, films in enumerate(mined.negative_index)
            for film in films
        }
        for mined in (by_median, by_mean)
    ]
    assert sets[0] != sets[1]


def test_the_genre_fine_tune_raises_positives_above_negatives_and_its_control_does_less():
    interactions = sample_interactions(TRAINING.ratings, strategy="mixed", n_negatives=4, seed=0)
    settings = HistoryConfig(dimension=8, epochs=2, batch_size=16)

    def trainer() -> HistoryTrainer:
        return HistoryTrainer(
            TRAINING.ratings, TRAINING.text, settings, seed=0, interactions=interactions
        )

    start = trainer()
    start.fit(ignore_progress)
    weights = {key: value.clone() for key, value in start.module.state_dict().items()}
    mined = mine(TRAINING, SMALL)

    def loss_after(weight: float | None) -> float:
        again = trainer()
        again.load(weights)
        pairs = again.sampled_pairs(mined)
        if weight is not None:
            again.fine_tune(pairs, FineTuneConfig(genre_weight=weight, epochs=5), ignore_progress)
        users = torch.arange(world.N_USERS)
        with torch.no_grad():
            entries, _ = again._share(users)
            return float(pairs.loss(again._logits(entries), users))

    before, control, genre = (loss_after(weight) for weight in (None, 0.0, 1.0))
    assert genre < before
    assert genre < control


def test_a_base_model_that_is_left_out_changes_no_score():
    names = ("history", "content")
    fitted = Served(SMALL, without=names).fit(TRAINING, seed=0)
    ensemble = fitted.ensemble
    rated = TRAINING.ratings.take(TRAINING.ratings.user_index == 0)
    expected = fitted.scores(rated, np.array([0]))
    silent = tuple(
        replace(base_model, items=replace(base_model.items, vectors=-base_model.items.vectors))
        if name in names
        else base_model
        for name, base_model in zip(
            BASE_MODELS, cast("tuple[Any, ...]", ensemble.base_models), strict=True
        )
    )
    other = replace(fitted, ensemble=replace(ensemble, base_models=silent))
    np.testing.assert_allclose(other.scores(rated, np.array([0])), expected, atol=1e-5)

import numpy as np
import pytest
import torch

from ml.models.history import Batch, FineTuneSettings, HistorySettings, HistoryTrainer, SampledPairs
from ml.models.protocol import history
from ml.progress import Progress, ignore_progress
from ml.sampling import sample_interactions
from tests.ml.models import two_tastes as world

TRAINING = world.training()
SETTINGS = HistorySettings(dimension=8, epochs=8, batch_size=16, prefix_share=0.5)


def trainer(**changes) -> HistoryTrainer:
    settings = HistorySettings(**{**vars(SETTINGS), **changes})
    interactions = sample_interactions(TRAINING.ratings, strategy="mixed", n_negatives=4, seed=0)
    return HistoryTrainer(
        TRAINING.ratings, TRAINING.text, settings, seed=0, interactions=interactions
    )


@pytest.mark.parametrize("uses_ids", [True, False])
def test_the_exported_branch_scores_as_the_trained_network_does(uses_ids):
    trained = trainer(uses_ids=uses_ids)
    trained.fit(ignore_progress)
    ratings = TRAINING.ratings
    everything = Batch(
        torch.from_numpy(ratings.movie_index.astype(np.int64)),
        torch.from_numpy(ratings.half_stars.astype(np.int64)),
        torch.from_numpy(ratings.user_index.astype(np.int64)),
        torch.from_numpy(ratings.offsets[:-1]),
        torch.ones(len(ratings)),
    )
    with torch.no_grad():
        logits = trained.module(everything).numpy()
    rated = np.arange(world.N_FILMS)
    member = trained.export()
    users = np.stack([member.user_vector(history(ratings, u)) for u in range(world.N_USERS)])
    found = users @ member.items.vectors[rated].T + member.items.bias[rated]
    assert found == pytest.approx(logits, abs=1e-3)


def test_the_loss_falls_and_each_epoch_reports_it():
    seen: list[Progress] = []
    trainer().fit(seen.append)
    losses = [progress.values["loss"] for progress in seen if "loss" in progress.values]
    assert len(losses) == SETTINGS.epochs
    assert losses[-1] < losses[0]


def test_the_pairwise_loss_is_that_of_its_rows():
    interactions = sample_interactions(TRAINING.ratings, strategy="mixed", n_negatives=4, seed=0)
    logits = torch.randn(2, world.N_FILMS + 1, generator=torch.Generator().manual_seed(0))
    users = torch.tensor([7, 3])
    expected = []
    for row, user in enumerate(users.tolist()):
        for place in np.flatnonzero(interactions.user_index == user):
            above = logits[row, int(interactions.positive_index[place])]
            below = logits[row, interactions.negative_index[place].tolist()]
            expected += torch.log1p(torch.exp(below - above)).tolist()
    everywhere = np.arange(world.N_FILMS + 2)
    found = SampledPairs(interactions, world.N_USERS, everywhere).loss(logits, users).item()
    assert found == pytest.approx(np.mean(expected), rel=1e-5)


def test_the_genre_fine_tune_moves_the_weights_and_its_control_moves_them_elsewhere():
    start = trainer()
    start.fit(ignore_progress)
    weights = {key: value.clone() for key, value in start.module.state_dict().items()}
    pairs = start.pairs
    assert pairs is not None

    def tuned(weight: float) -> torch.Tensor:
        again = trainer()
        again.load(weights)
        again.fine_tune(pairs, FineTuneSettings(genre_weight=weight), ignore_progress)
        return again.module.output_ids.detach()

    assert not torch.equal(tuned(1.0), weights["output_ids"])
    assert not torch.equal(tuned(1.0), tuned(0.0))


def test_nobody_who_liked_anything_is_no_reason_to_fail():
    disliked = TRAINING.ratings.take(TRAINING.ratings.half_stars < 6)
    empty = HistoryTrainer(disliked, TRAINING.text, SETTINGS, seed=0)
    empty.fit(ignore_progress)
    assert np.isfinite(empty.export().items.vectors).all()

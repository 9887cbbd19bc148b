import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

import ml.training.history as history_module
from ml.data.dataset import Dataset
from ml.data.sampling import sample_interactions
from ml.progress import Progress, ignore_progress
from ml.training.config import EXACT_MOVIES
from ml.training.history import Batch, FineTuneConfig, HistoryConfig, HistoryTrainer, SampledPairs
from ml.training.protocol import history
from ml.training.sampled_softmax import AllLogits
from tests.ml import two_tastes as world
from tests.ml.worlds import catalogue

TRAINING = world.training()
SETTINGS = HistoryConfig(dimension=8, epochs=8, batch_size=16, prefix_share=0.5)


def trainer(**changes) -> HistoryTrainer:
    settings = HistoryConfig(**{**vars(SETTINGS), **changes})
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
    pairs = SampledPairs(interactions, world.N_USERS, everywhere)
    found = pairs.loss(AllLogits(logits), users).item()
    assert found == pytest.approx(np.mean(expected), rel=1e-5)


def first_loss(start: HistoryTrainer) -> tuple[float, list[torch.Tensor]]:
    """Of the first step, both pairwise losses in it, and its gradients."""
    loss = start._loss(torch.arange(world.N_USERS), start.pairs, 0.3)
    torch.autograd.backward(loss)
    gradients = [weights.grad for weights in start.module.parameters()]
    return loss.item(), [gradient for gradient in gradients if gradient is not None]


@pytest.mark.parametrize("uses_ids", [True, False])
def test_with_every_film_drawn_a_step_is_that_of_the_full_softmax(uses_ids):
    full, gradients = first_loss(trainer(uses_ids=uses_ids))
    sampled, found = first_loss(
        trainer(uses_ids=uses_ids, exact_films=0, sampled_films=world.N_FILMS)
    )
    assert sampled == pytest.approx(full, rel=1e-6)
    assert len(found) == len(gradients) == len(list(trainer(uses_ids=uses_ids).module.parameters()))
    torch.testing.assert_close(found, gradients)


def weights_after(**changes) -> bytes:
    trained = trainer(**changes)
    trained.fit(ignore_progress)
    return b"".join(value.numpy().tobytes() for value in trained.module.state_dict().values())


def test_up_to_the_limit_nothing_is_sampled_and_above_it_the_seed_tells_all():
    at_limit = weights_after(exact_films=world.N_FILMS, sampled_films=8)
    assert at_limit == weights_after()
    above = weights_after(exact_films=world.N_FILMS - 1, sampled_films=8)
    assert above != at_limit
    assert above == weights_after(exact_films=world.N_FILMS - 1, sampled_films=8)


def test_from_samples_of_few_films_everybody_gets_the_films_of_their_taste():
    trained = trainer(exact_films=0, sampled_films=6, epochs=40, prefix_share=0.0)
    trained.fit(ignore_progress)
    assert trained.pairs is not None
    trained.fine_tune(trained.pairs, FineTuneConfig(), ignore_progress)
    member = trained.export()
    for user in range(world.N_USERS):
        rated = history(TRAINING.ratings, user)
        scores = member.items.vectors @ member.user_vector(rated) + member.items.bias
        unseen = np.setdiff1d(np.arange(world.N_FILMS), rated.movie_index)
        wanted = np.setdiff1d(world.own_films(user), rated.movie_index)
        assert set(unseen[np.argsort(-scores[unseen])][:4]) == set(wanted)


def test_batches_grow_with_the_users_where_films_are_sampled(monkeypatch):
    monkeypatch.setattr(history_module, "SAMPLED_STEPS", 2)
    assert trainer().batch_size == SETTINGS.batch_size
    assert trainer(exact_films=0).batch_size == world.N_USERS / 2


class LargestTensor(TorchDispatchMode):
    """The most numbers in any tensor that a computation makes."""

    def __init__(self) -> None:
        super().__init__()
        self.size = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(made):
            if isinstance(tensor, torch.Tensor):
                self.size = max(self.size, tensor.numel())
        return made


def many_films() -> HistoryTrainer:
    """One film above the limit; two ratings a person."""
    n = EXACT_MOVIES + 1
    user = np.repeat(np.arange(n), 2)
    film = (user + np.tile([0, 7], n)) % n
    ones = np.full(len(user), 8)
    ratings = Dataset.build(catalogue(n), user, film, ones, np.arange(len(user))).ratings
    interactions = sample_interactions(ratings, strategy="mixed", n_negatives=4, seed=0)
    settings = HistoryConfig(dimension=4, sampled_films=500)
    content = np.ones((n, 1), dtype=np.float32)
    return HistoryTrainer(ratings, content, settings, seed=0, interactions=interactions)


def test_above_the_limit_no_step_holds_anything_of_users_x_films():
    start = many_films()
    with LargestTensor() as largest:
        torch.autograd.backward(start._loss(torch.arange(96), start.pairs, 0.3))
    assert largest.size < 96 * EXACT_MOVIES / 10


def test_nobody_who_liked_anything_is_no_reason_to_fail():
    disliked = TRAINING.ratings.take(TRAINING.ratings.half_stars < 6)
    empty = HistoryTrainer(disliked, TRAINING.text, SETTINGS, seed=0)
    empty.fit(ignore_progress)
    assert np.isfinite(empty.export().items.vectors).all()

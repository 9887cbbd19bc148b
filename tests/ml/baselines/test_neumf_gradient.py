import copy

import numpy as np
import pytest
import torch

from ml.baselines.neumf import NeuMFModule, pointwise_loss
from ml.baselines.neumf_gradient import PointwiseGradient

N_USERS, N_FILMS, FACTORS = 7, 11, 3


def twins(layers: tuple[int, ...]) -> tuple[NeuMFModule, NeuMFModule]:
    """One network twice, its weights large enough that every layer matters."""
    torch.manual_seed(0)
    module = NeuMFModule(N_USERS, N_FILMS, FACTORS, layers)
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.7)
    return module, copy.deepcopy(module)


def batch(n_negatives: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Users and films come several times, and one negative is missing."""
    rng = np.random.default_rng(0)
    users = torch.from_numpy(rng.integers(N_USERS, size=20, dtype=np.int32))
    films = torch.from_numpy(rng.integers(N_FILMS, size=(20, 1 + n_negatives), dtype=np.int32))
    known = torch.ones(films.shape)
    known[3, -1] = 0
    return users, films, known


@pytest.mark.parametrize("layers", [(8, 6), (8, 6, 4), (10, 8, 6, 4)])
@pytest.mark.parametrize("n_negatives", [1, 4])
def test_the_written_out_gradient_is_autograds(layers, n_negatives):
    by_hand, by_autograd = twins(layers)
    arguments = batch(n_negatives)
    expected = pointwise_loss(by_autograd)(*arguments)
    torch.autograd.backward(expected)
    loss = float(PointwiseGradient(by_hand)(*arguments))
    assert loss == pytest.approx(expected.item(), rel=1e-5)
    for found, wanted in zip(by_hand.parameters(), by_autograd.parameters(), strict=True):
        torch.testing.assert_close(found.grad, wanted.grad)


def test_a_gradient_does_not_remember_the_one_before():
    module, fresh = twins((8, 6, 4))
    gradient = PointwiseGradient(module)
    gradient(*batch(1))
    gradient(*batch(4))
    PointwiseGradient(fresh)(*batch(4))
    for found, wanted in zip(module.parameters(), fresh.parameters(), strict=True):
        torch.testing.assert_close(found.grad, wanted.grad)

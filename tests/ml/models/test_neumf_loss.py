"""The gradient of NeuMF's loss that is written out, against autograd's."""

import pytest
import torch
from torch.nn import functional

from ml.models.neumf import NeuMFModule
from ml.models.neumf_loss import pointwise_loss

USERS = torch.tensor([2, 0, 2])
FILMS = torch.tensor([[4, 1, 1], [0, 3, 4], [1, 2, 0]])
KNOWN = torch.tensor([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0]])
"""The second user lacks a negative."""


@pytest.fixture(params=[(8, 6, 4, 2), (4, 3)], ids=["three layers", "one layer"])
def module(request) -> NeuMFModule:
    torch.manual_seed(0)
    made = NeuMFModule(n_users=3, n_movies=5, factors=3, layers=request.param).double()
    for value in made.parameters():
        torch.nn.init.normal_(value)
    return made


def by_autograd(module: NeuMFModule) -> torch.Tensor:
    """Cross-entropy of labels 1, 0, 0 over what is known."""
    labels = torch.tensor([1.0, 0.0, 0.0]).double().expand(3, 3)
    logits = module(USERS, FILMS)
    each = functional.binary_cross_entropy_with_logits(logits, labels, reduction="none")
    return (each * KNOWN).sum() / KNOWN.sum()


def test_the_loss_and_every_gradient_are_those_of_the_network(module):
    expected = by_autograd(module)
    wanted = torch.autograd.grad(expected, list(module.parameters()))
    loss = pointwise_loss(module)(USERS, FILMS, KNOWN.double())
    found = torch.autograd.grad(loss, list(module.parameters()))

    torch.testing.assert_close(loss, expected)
    for name, ours, theirs in zip(dict(module.named_parameters()), found, wanted, strict=True):
        torch.testing.assert_close(ours, theirs, msg=name)


def test_the_gradient_is_scaled_with_what_the_loss_is_part_of(module):
    loss = pointwise_loss(module)(USERS, FILMS, KNOWN.double())
    single = torch.autograd.grad(loss, module.films.weight, retain_graph=True)[0]
    double = torch.autograd.grad(2 * loss, module.films.weight)[0]
    torch.testing.assert_close(double, 2 * single)

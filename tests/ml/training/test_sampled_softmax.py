"""The sampled softmax against the full one."""

import numpy as np
import pytest
import torch

from ml.training.sampled_softmax import AllLogits, MovieSampler, SampledLogits, chances

N_USERS, N_FILMS, WIDTH = 3, 40, 5
GENERATOR = torch.Generator().manual_seed(0)
USERS = torch.randn(N_USERS, WIDTH, generator=GENERATOR, dtype=torch.float64)
FILMS = torch.randn(N_FILMS, WIDTH, generator=GENERATOR, dtype=torch.float64)
BIAS = torch.randn(N_FILMS, generator=GENERATOR, dtype=torch.float64)
EXACT = AllLogits(USERS @ FILMS.T + BIAS)
ROW, OWN = torch.tensor([0, 0, 1, 2, 2, 2]), torch.tensor([3, 4, 3, 0, 20, 39])
"""The users' own films."""
COUNTS = np.arange(1, N_FILMS + 1) ** 2


def sampled(n_drawn: int, seed: int = 0, films: torch.Tensor = FILMS) -> SampledLogits:
    sampler = MovieSampler.of_ratings(COUNTS, n_drawn)
    return SampledLogits(USERS, films, BIAS, sampler.draw(torch.Generator().manual_seed(seed)))


def gradient(logits: SampledLogits, films: torch.Tensor) -> torch.Tensor:
    return torch.autograd.grad(logits.log_normaliser(ROW, OWN).sum(), films)[0]


def test_a_logit_is_the_same_whenever_it_is_computed():
    row, film = torch.tensor([[0], [2]]), torch.tensor([[1, 2, 3], [5, 0, 1]])
    torch.testing.assert_close(sampled(4).of(row, film), EXACT.of(row, film))


def test_with_every_film_drawn_loss_and_gradient_are_those_of_the_full_softmax():
    films = FILMS.clone().requires_grad_()
    full = AllLogits(USERS @ films.T + BIAS).log_normaliser(ROW, OWN)
    expected = torch.autograd.grad(full.sum(), films)[0]
    everything = sampled(N_FILMS, films=films)
    torch.testing.assert_close(everything.log_normaliser(ROW, OWN), full)
    torch.testing.assert_close(gradient(everything, films), expected)


def test_over_many_draws_the_sum_is_that_over_all_films():
    total = EXACT.log_normaliser(ROW, OWN).exp()
    draws = torch.stack([sampled(10, seed).log_normaliser(ROW, OWN).exp() for seed in range(4000)])
    error = draws.std(dim=0) / len(draws) ** 0.5
    assert (draws.std(dim=0) > 0.05 * total).all(), "a sample that tells everything shows nothing"
    assert ((draws.mean(dim=0) - total).abs() < 4 * error).all()


def test_the_more_films_are_drawn_the_nearer_comes_the_gradient():
    films = FILMS.clone().requires_grad_()
    full = torch.autograd.grad(
        AllLogits(USERS @ films.T + BIAS).log_normaliser(ROW, OWN).sum(), films
    )[0]

    def distance(n_drawn: int) -> float:
        found = [gradient(sampled(n_drawn, seed, films), films) for seed in range(200)]
        return (torch.stack(found).mean(dim=0) - full).norm().item() / full.norm().item()

    few, more, most = (distance(n_drawn) for n_drawn in (5, 15, 30))
    assert most < more < few
    assert most < 0.1


def test_a_user_whose_own_films_are_all_that_was_drawn_has_a_gradient():
    films = FILMS.clone().requires_grad_()
    everything = torch.arange(N_FILMS)
    logits = sampled(5, films=films).log_normaliser(torch.zeros(N_FILMS).long(), everything)
    torch.testing.assert_close(logits[0], EXACT.log_normaliser(ROW, OWN)[0])
    assert torch.isfinite(torch.autograd.grad(logits[0], films)[0]).all()


def test_a_draw_of_no_film_leaves_the_users_own():
    sampler = MovieSampler(torch.zeros(N_FILMS))
    nothing = SampledLogits(USERS, FILMS, BIAS, sampler.draw(torch.Generator()))
    own = EXACT.of(ROW, OWN)
    expected = [torch.logsumexp(own[user == ROW], 0) for user in range(N_USERS)]
    torch.testing.assert_close(nothing.log_normaliser(ROW, OWN), torch.stack(expected))


@pytest.mark.parametrize("n_drawn", [1, 7, 39, 40, 90])
def test_chances_add_up_to_the_films_wanted_and_are_at_most_sure(n_drawn):
    found = chances(COUNTS.astype(float), n_drawn)
    assert found.sum() == pytest.approx(min(n_drawn, N_FILMS), rel=1e-6)
    assert 0 < found.min() <= found.max() <= 1
    unsure = found < 1
    ratio = found[unsure] / COUNTS[unsure]
    assert ratio == pytest.approx(np.full(len(ratio), ratio.mean() if len(ratio) else 0), rel=1e-5)

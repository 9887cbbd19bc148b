"""NeuMF's loss with its gradient written out: one step of autograd instead of fifty.

The layers are so narrow that most of a step's time goes into bookkeeping between operations; the
same function through `NeuMFModule.forward` takes about twice as long. A test holds the gradients of
both equal.

Legend: B positives, S films of each, F width of the GMF branch, H of a vector of the MLP branch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn import functional

from ml.models.pair_training import Loss

if TYPE_CHECKING:
    from ml.models.neumf import NeuMFModule


def pointwise_loss(module: NeuMFModule) -> Loss:
    """Binary cross-entropy of the positive against its negatives (the paper's equation 7)."""
    hidden = [value for layer in module.hidden for value in layer.parameters()]
    weights = (
        module.users.weight,
        module.films.weight,
        *module.user_first.parameters(),
        module.film_first.weight,
        *module.output.parameters(),
        *hidden,
    )

    def loss(users: Tensor, films: Tensor, known: Tensor) -> Tensor:
        value: Tensor = _PointwiseLoss.apply(users, films, known, *weights)
        return value

    return loss


class _PointwiseLoss(Function):
    """Arguments: users [B], films [B, S], known [B, S], then the network's weights."""

    @staticmethod
    def forward(
        ctx: Any,
        users: Tensor,
        films: Tensor,
        known: Tensor,
        user_table: Tensor,
        film_table: Tensor,
        user_first: Tensor,
        bias_first: Tensor,
        film_first: Tensor,
        output: Tensor,
        output_bias: Tensor,
        *hidden: Tensor,
    ) -> Tensor:
        n_rows, n_films = films.shape
        factors = film_table.shape[1] - film_first.shape[1]
        user = user_table.index_select(0, users)
        film = film_table.index_select(0, films.flatten())
        deep = film[:, factors:] @ film_first.T
        user_part = torch.addmm(bias_first, user[:, factors:], user_first.T)
        deep.view(n_rows, n_films, -1).add_(user_part[:, None]).relu_()
        layers = [deep]
        for weight, bias in zip(hidden[::2], hidden[1::2], strict=True):
            layers.append(torch.addmm(bias, layers[-1], weight.T).relu_())
        weighted = user[:, :factors] * output[0, :factors]
        logits = _by_row(film, n_rows)[:, :, :factors].bmm(weighted[:, :, None])[:, :, 0]
        logits += layers[-1].mv(output[0, factors:]).view(n_rows, n_films) + output_bias
        sign = torch.ones_like(logits[0])
        sign[0] = -1
        signed = logits * sign
        share = known / known.sum()
        slope = signed.sigmoid() * sign * share
        ctx.sizes = len(user_table), len(film_table), len(layers)
        ctx.save_for_backward(
            users,
            films,
            user,
            film,
            weighted,
            slope,
            user_first,
            film_first,
            output,
            *layers,
            *hidden[::2],
        )
        return (functional.softplus(signed) * share).sum()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, outer: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        users, films, user, film, weighted, slope, user_first, film_first, output, *rest = (
            ctx.saved_tensors
        )
        n_users, n_movies, n_layers = ctx.sizes
        layers, hidden = rest[:n_layers], rest[n_layers:]
        n_rows, factors = weighted.shape
        slope = slope * outer
        flat = slope.flatten()

        deep = torch.outer(flat, output[0, factors:])
        of_hidden: list[Tensor] = []
        for weight, below, above in zip(hidden[::-1], layers[-2::-1], layers[:0:-1], strict=True):
            deep = _where_positive(deep, above)
            of_hidden = [deep.T @ below, deep.sum(0), *of_hidden]
            deep = deep @ weight
        deep = _where_positive(deep, layers[0])
        of_user_part = _by_row(deep, n_rows).sum(1)
        meeting = slope[:, None].bmm(_by_row(film, n_rows)[:, :, :factors])[:, 0]

        of_film, of_user = torch.empty_like(film), torch.empty_like(user)
        torch.mul(
            slope[:, :, None], weighted[:, None], out=_by_row(of_film, n_rows)[:, :, :factors]
        )
        torch.mm(deep, film_first, out=of_film[:, factors:])
        torch.mul(meeting, output[0, :factors], out=of_user[:, :factors])
        torch.mm(of_user_part, user_first, out=of_user[:, factors:])
        of_output = torch.cat([(meeting * user[:, :factors]).sum(0), layers[-1].T.mv(flat)])
        return (
            None,
            None,
            None,
            _scattered(of_user, users, n_users),
            _scattered(of_film, films, n_movies),
            of_user_part.T @ user[:, factors:],
            of_user_part.sum(0),
            deep.T @ film[:, factors:],
            of_output[None],
            flat.sum()[None],
            *of_hidden,
        )


def _by_row(values: Tensor, n_rows: int) -> Tensor:
    """[B * S, D] as [B, S, D]."""
    return values.view(n_rows, -1, values.shape[-1])


def _where_positive(gradient: Tensor, activation: Tensor) -> Tensor:
    """Through a ReLU: nothing where it gave zero."""
    passed: Tensor = torch.ops.aten.threshold_backward(gradient, activation, 0)
    return passed


def _scattered(gradient: Tensor, rows: Tensor, n_rows: int) -> Tensor:
    """The gradient of a table of which these rows, some more than once, were read."""
    table: Tensor = torch.ops.aten.embedding_dense_backward(
        gradient, rows.flatten(), n_rows, -1, scale_grad_by_freq=False
    )
    return table

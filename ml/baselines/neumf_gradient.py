"""NeuMF's gradient written out: what autograd computes of the same network, in half the time.

A step of some thousand samples is so small that autograd spends more around the matrix products
than in them: it fills a table's gradient row by row, sums biases by column and joins the halves of
vectors that it had split. Here a table's gradient is one `index_add_`, a bias's a product with
ones, and each half is written where it belongs.

Legend: B positives, S films of each, R = B * S samples, g factors, h half the MLP's first width.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from ml.baselines.neumf import NeuMFModule


class PointwiseGradient:
    """`gradient(users [B], films [B, S], known [B, S])` is the loss, and sets each `.grad`.

    It is that of `ml.baselines.neumf.pointwise_loss`. The gradients' arrays are filled anew each
    time.
    """

    def __init__(self, module: NeuMFModule) -> None:
        self.module = module
        self.factors = module.widths[0]
        for parameter in module.parameters():
            parameter.grad = torch.zeros_like(parameter)

    @torch.no_grad()
    def __call__(self, users: Tensor, films: Tensor, known: Tensor) -> Tensor:
        """The mean loss of the known samples."""
        module, shape, factors = self.module, films.shape, self.factors
        users, films = users.long(), films.reshape(-1).long()  # `index_add_` wants them so
        user = module.users.weight.index_select(0, users)  # [B, g + h]
        film = module.films.weight.index_select(0, films)  # [R, g + h]
        film_gmf = film.view(*shape, -1)[..., :factors]  # [B, S, g]
        shallow, deep = module.output.weight[0].tensor_split([factors])
        mixed = user[:, :factors] * shallow
        hidden = self._hidden(user[:, factors:], film[:, factors:], shape)
        logits = torch.bmm(film_gmf, mixed[..., None])[..., 0] + (hidden[-1] @ deep).view(shape)
        logits += module.output.bias
        sign = torch.ones(shape[1])
        sign[0] = -1
        weights = known / known.sum()
        error = torch.sigmoid(logits * sign) * sign * weights  # [B, S], the logits' gradient

        of_user, of_film = torch.empty_like(user), torch.empty_like(film)
        of_mixed = (film_gmf * error[..., None]).sum(1)
        torch.mul(of_mixed, shallow, out=of_user[:, :factors])
        torch.mul(error[..., None], mixed[:, None], out=of_film.view(*shape, -1)[..., :factors])
        flat = error.reshape(-1)
        _grad(module.output.weight)[0, :factors] = (of_mixed * user[:, :factors]).sum(0)
        _grad(module.output.weight)[0, factors:] = hidden[-1].T @ flat
        _grad(module.output.bias).copy_(flat.sum())
        of_first = self._through_hidden(torch.outer(flat, deep), hidden)
        self._through_first(of_first, user, film, of_user, of_film)
        _grad(module.users.weight).zero_().index_add_(0, users, of_user)
        _grad(module.films.weight).zero_().index_add_(0, films, of_film)
        return (functional.softplus(logits * sign) * weights).sum()

    def _hidden(self, user: Tensor, film: Tensor, shape: torch.Size) -> list[Tensor]:
        """[R, width] what each layer gives, from the first on, which users share among films."""
        module = self.module
        first = film @ module.film_first.weight.T
        of_user = module.user_first(user)
        hidden = [first.view(*shape, -1).add_(of_user[:, None]).relu_().view_as(first)]
        for layer in module.hidden:
            hidden.append(layer(hidden[-1]).relu_())
        return hidden

    def _through_hidden(self, of_last: Tensor, hidden: list[Tensor]) -> Tensor:
        """The gradient of the first layer's result before its ReLU, [R, width], from the last's."""
        passed = of_last
        for place in reversed(range(len(self.module.hidden))):
            passed = _through_relu(passed, hidden[place + 1])
            layer = cast("nn.Linear", self.module.hidden[place])
            _affine_gradient(layer, passed, hidden[place])
            passed = passed @ layer.weight
        return _through_relu(passed, hidden[0])

    def _through_first(
        self, of_first: Tensor, user: Tensor, film: Tensor, of_user: Tensor, of_film: Tensor
    ) -> None:
        """Of the first layer, and into the MLP's half of the users' and the films' vectors."""
        module, mlp = self.module, slice(self.factors, None)
        torch.mm(of_first.T, film[:, mlp], out=_grad(module.film_first.weight))
        torch.mm(of_first, module.film_first.weight, out=of_film[:, mlp])
        summed = of_first.view(len(user), -1, of_first.shape[1]).sum(1)
        _affine_gradient(module.user_first, summed, user[:, mlp])
        torch.mm(summed, module.user_first.weight, out=of_user[:, mlp])


def _through_relu(passed: Tensor, result: Tensor) -> Tensor:
    stopped: Tensor = torch.ops.aten.threshold_backward(passed, result, 0)
    return stopped


def _affine_gradient(layer: nn.Linear, of_result: Tensor, read: Tensor) -> None:
    """Of the layer's weight, and of its bias: a sum over rows, as a product ten times as fast."""
    torch.mm(of_result.T, read, out=_grad(layer.weight))
    torch.mv(of_result.T, of_result.new_ones(len(of_result)), out=_grad(layer.bias))


def _grad(parameter: Tensor) -> Tensor:
    """The array of its gradient, which `PointwiseGradient` made."""
    return cast("Tensor", parameter.grad)

"""Training on several processes under `torchrun`: one leads, the others lend their hands.

Rank 0 runs the pipeline as a single process would, and alone reads and writes files. Whenever it
comes to a gradient descent it sends the trainer to the others; each then takes its share of every
batch, and the gradients are summed. Random choices are drawn for the whole batch by equal
generators, so every step is that of a single process up to rounding, however many processes there
are. (`DistributedDataParallel` would average over equal shares, and a batch has no equal shares:
its last one is short, and a user's part in the loss depends on the whole batch.)
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Protocol

import torch
from torch import Tensor, distributed, nn

from ml.progress import Reporter, ignore_progress

LEADER = 0
PATIENCE = timedelta(hours=24)
"""How long the others wait for the leader, who has hours of other work on large data."""


class Shared(Protocol):
    """Work that all processes do together; it is pickled to get to them."""

    def together(self, report: Reporter) -> None:
        """Do it, with gradients summed by `sum_gradients`. Every process makes the same steps."""


def chosen_device(wish: str) -> torch.device:
    """`auto` is the GPU where there is one, of several processes each its own.

    Raises
    ------
    ValueError
        `cuda` where there is no GPU.

    """
    if wish == "cuda" and not torch.cuda.is_available():
        raise ValueError("device is cuda, and this machine has no GPU that torch can use")
    if wish == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())


@contextmanager
def team(device: str) -> Iterator[bool]:
    """Join the processes that `torchrun` started; whether this one leads.

    Without `torchrun` there is one process, and it leads. The leader's body runs the pipeline; the
    others work inside this context until the leader is done, and their bodies have nothing to do.
    An error ends the process that has it, whereupon `torchrun` ends the others: no run goes on
    with a part of its team.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield True
        return
    on_gpu = chosen_device(device).type == "cuda"
    if on_gpu:
        torch.cuda.set_device(chosen_device(device))
    distributed.init_process_group("nccl" if on_gpu else "gloo", timeout=PATIENCE)
    if distributed.get_rank() == LEADER:
        yield True
        _send(None)
    else:
        _follow()
        yield False
    distributed.barrier()
    distributed.destroy_process_group()
    atexit.register(_leave)


def _leave() -> None:
    """End a process whose work is done: gloo, torn down with it, now and then aborts it."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def lead(work: Shared, report: Reporter) -> None:
    """Do the work with the whole team; only the leader calls this, and only it reports."""
    if n_processes() > 1:
        _send(work)
    work.together(report)


def n_processes() -> int:
    """How many share each batch."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def share(n_rows: int) -> slice:
    """Return this process's part of a batch's rows: contiguous, possibly empty."""
    if n_processes() == 1:
        return slice(0, n_rows)
    rank, size = distributed.get_rank(), n_processes()
    return slice(n_rows * rank // size, n_rows * (rank + 1) // size)


def sum_gradients(module: nn.Module, loss: Tensor) -> Tensor:
    """Add up every process's gradients in place, and their parts of the loss, which is returned.

    One message for all parameters: latency, not size, is what small steps pay for.
    """
    loss = loss.detach()
    if n_processes() == 1:
        return loss
    parameters = [entry for entry in module.parameters() if entry.requires_grad]
    gradients = [
        torch.zeros_like(entry) if entry.grad is None else entry.grad for entry in parameters
    ]
    message = torch.cat([gradient.reshape(-1) for gradient in gradients] + [loss.reshape(1)])
    distributed.all_reduce(message)
    parts = torch.split(message[:-1], [entry.numel() for entry in parameters])
    for entry, part in zip(parameters, parts, strict=True):
        entry.grad = part.view_as(entry)
    return message[-1]


def _follow() -> None:
    while (work := _receive()) is not None:
        work.together(ignore_progress)


def _send(work: Shared | None) -> None:
    distributed.broadcast_object_list([work], src=LEADER)


def _receive() -> Shared | None:
    received: list[Any] = [None]
    distributed.broadcast_object_list(received, src=LEADER)
    return received[0]  # type: ignore[no-any-return]

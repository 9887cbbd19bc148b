"""What the benchmarks share: the data, the clock, and the line that names the machine."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from typing import Any

from ml.data.dataset import Dataset
from ml.evaluation.machine import describe, one_line
from ml.io.readers import read_dataset
from ml.io.synthetic import World

SIZES = {
    100_000: (700, 9_000),
    1_000_000: (7_000, 15_000),
    10_000_000: (70_000, 30_000),
    32_000_000: (330_000, 87_000),
}
"""Number of ratings -> numbers of users and films; the largest is slightly above MovieLens 32M."""


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser with the options that every benchmark has."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--data", default="", help="directory of ratings, builtin; synthetic if none")
    made.add_argument("--repeat", type=int, default=3, help="the best of so many runs counts")
    return made


def data_of(options: argparse.Namespace) -> Dataset:
    """Return the requested data, or 100 thousand ratings of MovieLens' shape."""
    if options.data:
        return read_dataset(options.data).rated_movies_only()
    return World(n_users=943, n_movies=1_682, n_ratings=100_000, n_groups=8).dataset()


def best_seconds(
    run: Callable[[], Any], repeat: int, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Return the shortest of several runs, the one that other processes disturbed least.

    `time.process_time` as clock counts this process's work alone: right for one thread.
    """
    seconds = []
    for _ in range(repeat):
        start = clock()
        run()
        seconds.append(clock() - start)
    return min(seconds)


def best_of_each(
    runs: Mapping[str, Callable[[], Any]],
    repeat: int,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """Return the shortest time of each function.

    They take turns, so that load affects all alike.
    """
    rounds = [
        {name: best_seconds(run, 1, clock) for name, run in runs.items()} for _ in range(repeat)
    ]
    return {name: min(seconds[name] for seconds in rounds) for name in runs}


def print_machine() -> None:
    """Print what machine this is."""
    print(one_line(describe()))

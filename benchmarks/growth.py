"""How time and peak memory grow with the ratings, each step in a process of its own.

Ratings of MovieLens' shape are written once per size and read by every step. Peak memory is the
largest resident size of the step's process, the data set included. One thread, processor time.

EASE inverts a matrix of films x films, which 87,000 films do not allow: `linear` is its scalable
form throughout, of rank 256. `ials` is two iterations, `neumf` one epoch.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.measuring import print_machine
from ml.dataset import Dataset
from ml.evaluation.machine import peak_megabytes
from ml.evaluation.plots import growth_plot
from ml.models.branches import Ease, Ials
from ml.models.family import recommender
from ml.models.protocol import Training
from ml.sampling import sample_interactions
from ml.synthetic import World
from ml.workspace import read_inputs

SIZES = {
    100_000: (700, 9_000),
    1_000_000: (7_000, 15_000),
    10_000_000: (70_000, 30_000),
    32_000_000: (330_000, 87_000),
}
"""Users and films for so many ratings; the largest is MovieLens 32M and a little more."""


def _fit(model: Any, data: Dataset) -> None:
    text = np.zeros((len(data.catalogue), 1), dtype=np.float32)
    model.fit(Training(data.ratings, data.catalogue, text), seed=0)


STEPS: Mapping[str, Callable[[Dataset], object]] = {
    "read": lambda data: None,  # noqa: ARG005 - reading happens before every step
    "sample": lambda data: sample_interactions(
        data.ratings, strategy="mixed", n_negatives=4, seed=0
    ),
    "popularity": lambda data: _fit(recommender("popularity"), data),
    "linear": lambda data: _fit(Ease(rank=256, exact_limit=0, minimum_half_stars=6), data),
    "ials": lambda data: _fit(Ials(factors=64, iterations=2), data),
    "neumf": lambda data: _fit(recommender("neumf", epochs=1, batch_size=8192), data),
}


def measure(step: str, folder: Path) -> dict[str, float]:
    """Run one step here."""
    with threadpool_limits(1):
        start = process_time()
        data = read_inputs(folder)
        read = process_time() - start
        start = process_time()
        STEPS[step](data)
        seconds = read if step == "read" else process_time() - start
    return {"ratings": len(data.ratings), "seconds": seconds, "peak_mb": peak_megabytes()}


def main() -> None:
    """Print a table, and draw it where asked."""
    options_of = argparse.ArgumentParser(description=__doc__)
    options_of.add_argument("--largest", type=int, default=1_000_000, choices=list(SIZES))
    options_of.add_argument("--steps", default=",".join(STEPS), help="comma-separated")
    options_of.add_argument("--plots", type=Path, help="directory for growth-*.svg")
    options_of.add_argument("--one", nargs=2, metavar=("STEP", "FOLDER"), help=argparse.SUPPRESS)
    options = options_of.parse_args()
    if options.one:
        print(json.dumps(measure(options.one[0], Path(options.one[1]))))
        return
    print_machine()
    found: dict[str, list[dict[str, float]]] = {}
    for n_ratings, (n_users, n_movies) in SIZES.items():
        if n_ratings > options.largest:
            break
        with tempfile.TemporaryDirectory() as folder:
            World(n_users, n_movies, n_ratings, n_groups=50).write(Path(folder))
            for step in options.steps.split(","):
                command = [sys.executable, "-m", "benchmarks.growth", "--one", step, folder]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                row = json.loads(done.stdout.splitlines()[-1])
                found.setdefault(step, []).append(row)
                print(
                    f"{row['ratings']:12,} ratings  {step:20} {row['seconds']:9.2f} s "
                    f"{row['peak_mb']:9,.0f} MB",
                    flush=True,
                )
    for quantity in ("seconds", "peak_mb") if options.plots else ():
        lines = {
            step: [(row["ratings"], max(row[quantity], 1e-3)) for row in rows]
            for step, rows in found.items()
        }
        options.plots.mkdir(parents=True, exist_ok=True)
        drawn = growth_plot(quantity, "ratings", lines)
        (options.plots / f"growth-{quantity}.svg").write_text(drawn)


if __name__ == "__main__":
    main()

"""How time and peak memory grow with the ratings, each step in a process of its own.

Ratings of MovieLens' shape are written once per size and read by every step. Peak memory is the
largest resident size of the step's process, the data set included. One thread; processor time, and
the clock beside it.

EASE inverts a matrix of films x films, which 87,000 films do not allow: `linear` is its scalable
form throughout, of rank 256. `ials` is two iterations, `neumf` one epoch. `history` is one epoch of
the neural branch as the served model trains it, its set-up and the sampling of its negatives
included: exact up to `ml.training.config.EXACT_MOVIES` films, by samples of them above. `served`
is the whole
served model with one epoch of each copy: its branches, genre fine-tune, inner hold-outs and head.
`evaluate` is the stage of this name: the served model and the baselines fitted to a hold-out and
measured on at most `evaluation_users` users. The stage finetune has fitted base models for it;
here they are fitted before the clock starts, but count in the peak memory.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from benchmarks.measuring import SIZES, print_machine
from ml.baselines.ease import Ease
from ml.baselines.ials import Ials
from ml.data.dataset import Dataset
from ml.data.labels import label_counts
from ml.data.sampling import sample_interactions
from ml.data.splits import make_split
from ml.evaluation.family import recommender
from ml.evaluation.machine import peak_megabytes
from ml.evaluation.plots import growth_plot
from ml.io.synthetic import World
from ml.io.workspace import RATINGS_FILE, read_inputs
from ml.pipeline import stages
from ml.progress import ignore_progress
from ml.serving.base_models import BaseModel
from ml.training.config import PipelineConfig
from ml.training.protocol import TrainingData
from ml.training.served import fit_hold_out_folds, mine, sample, trainers

TEXT_DIMENSIONS = 384
"""Of MiniLM, whose vectors random ones stand in for: what they say costs nothing."""
EVALUATION = PipelineConfig(epochs=1, device="cpu", threads=1)
Finetuned = tuple[TrainingData, tuple[BaseModel, ...]]
"""All ratings, and the base models that were fitted without the measured hold-out."""


def _training(data: Dataset) -> TrainingData:
    shape = (len(data.catalogue), TEXT_DIMENSIONS)
    text = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    text /= np.linalg.norm(text, axis=1, keepdims=True)
    return TrainingData(data.ratings, data.catalogue, text)


def _fit(model: Any, data: Dataset) -> None:
    text = np.zeros((len(data.catalogue), 1), dtype=np.float32)
    model.fit(TrainingData(data.ratings, data.catalogue, text), seed=0)


def _history(data: Dataset) -> None:
    config = PipelineConfig(epochs=1, device="cpu")
    copies = trainers(_training(data), sample(data.ratings, config), config)
    copies["history"].fit(ignore_progress)


def _served(data: Dataset) -> None:
    recommender("served", epochs=1, device="cpu").fit(_training(data), seed=0)


def _finetuned(data: Dataset) -> Finetuned:
    """Return what the stage evaluate has from the stage finetune."""
    training = _training(data)
    split = stages.measured_split(training, EVALUATION)
    folds = fit_hold_out_folds(training, EVALUATION, ignore_progress, split)
    return training, folds.known.base_models


def _evaluate(finetuned: Finetuned) -> None:
    stages.measure(*finetuned, EVALUATION, ignore_progress)


PREPARE: Mapping[str, Callable[[Dataset], Any]] = {"evaluate": _finetuned}
"""What a step reads in place of the data set, made before the clock starts."""
STEPS: Mapping[str, Callable[[Any], object]] = {
    "read": lambda data: None,  # noqa: ARG005 - reading happens before every step
    "label": lambda data: label_counts(data.ratings.half_stars),
    "split": lambda data: make_split(data.ratings, "full-random", 0),
    "sample": lambda data: sample_interactions(
        data.ratings, strategy="mixed", n_negatives=4, seed=0
    ),
    "genres": lambda data: mine(_training(data), PipelineConfig()),
    "popularity": lambda data: _fit(recommender("popularity"), data),
    "linear": lambda data: _fit(Ease(rank=256, exact_limit=0, minimum_half_stars=6), data),
    "ials": lambda data: _fit(Ials(factors=64, iterations=2), data),
    "neumf": lambda data: _fit(recommender("neumf", epochs=1, batch_size=8192), data),
    "history": _history,
    "served": _served,
    "evaluate": _evaluate,
}
SLOW = ("served", "evaluate")
"""Steps that take longest by far, and are measured on request only."""


def measure(step: str, folder: Path) -> dict[str, float]:
    """Run one step here."""
    with threadpool_limits(1):
        torch.set_num_threads(1)
        start, began = process_time(), perf_counter()
        data = read_inputs(folder)
        if step != "read":
            work = PREPARE[step](data) if step in PREPARE else data
            start, began = process_time(), perf_counter()
            STEPS[step](work)
        seconds, clock = process_time() - start, perf_counter() - began
    return {
        "ratings": len(data.ratings),
        "seconds": seconds,
        "clock": clock,
        "peak_mb": peak_megabytes(),
    }


def main() -> None:
    """Print a table, and draw it where asked."""
    options_of = argparse.ArgumentParser(description=__doc__)
    options_of.add_argument("--smallest", type=int, default=100_000, choices=list(SIZES))
    options_of.add_argument("--largest", type=int, default=1_000_000, choices=list(SIZES))
    options_of.add_argument(
        "--steps",
        default=",".join(step for step in STEPS if step not in SLOW),
        help=f"comma-separated, of {', '.join(STEPS)}; all but {' and '.join(SLOW)}",
    )
    options_of.add_argument("--worlds", type=Path, help="directory that keeps the ratings")
    options_of.add_argument("--out", type=Path, help="growth.json, which keeps what it holds")
    options_of.add_argument("--plots", type=Path, help="directory for growth-*.svg")
    options_of.add_argument("--one", nargs=2, metavar=("STEP", "FOLDER"), help=argparse.SUPPRESS)
    options = options_of.parse_args()
    if options.one:
        print(json.dumps(measure(options.one[0], Path(options.one[1]))))
        return
    print_machine()
    rows = json.loads(options.out.read_text()) if options.out and options.out.exists() else []
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            if options.smallest <= size <= options.largest:
                world = _world(size, options.worlds or Path(folder))
                for step in options.steps.split(","):
                    rows = [row for row in rows if (row["step"], row["size"]) != (step, size)]
                    rows.append({"step": step, "size": size, **_apart(step, world)})
                    print(_line(rows[-1]), flush=True)
                    if options.out:
                        options.out.write_text(json.dumps(rows, indent=1) + "\n")
    if options.plots:
        _draw(rows, options.plots)


def _world(size: int, folder: Path) -> Path:
    world = folder / str(size)
    if not (world / RATINGS_FILE).exists():
        n_users, n_movies = SIZES[size]
        World(n_users, n_movies, size, n_groups=50).write(world)
    return world


def _apart(step: str, world: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.growth", "--one", step, str(world)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    row: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return row


def _line(row: Mapping[str, Any]) -> str:
    return (
        f"{row['ratings']:12,} ratings  {row['step']:12} {row['seconds']:9.2f} s "
        f"{row['clock']:9.2f} s by the clock {row['peak_mb']:9,.0f} MB"
    )


def _draw(rows: Sequence[Mapping[str, Any]], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for quantity in ("seconds", "peak_mb"):
        lines: dict[str, list[tuple[float, float]]] = {}
        for row in sorted(rows, key=lambda row: (list(STEPS).index(row["step"]), row["size"])):
            point = (row["ratings"], max(row[quantity], 1e-3))
            lines.setdefault(row["step"], []).append(point)
        (folder / f"growth-{quantity}.svg").write_text(growth_plot(quantity, "ratings", lines))


if __name__ == "__main__":
    main()

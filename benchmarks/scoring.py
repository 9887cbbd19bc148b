"""Scoring a visitor on the whole catalogue, against reading the model's item vectors once.

No scorer that looks at every film can be faster than memory: that time is the floor. `--model` is
the `model` directory of a finished run. One thread, processor time.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from time import process_time

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.measuring import best_of_each, print_machine
from ml.serving import History, ServedModel

READING = "reading the vectors once"


def main() -> None:
    """Print milliseconds and ratios."""
    options_of = argparse.ArgumentParser(description=__doc__)
    options_of.add_argument("--model", type=Path, required=True)
    options_of.add_argument("--rated", type=int, default=30, help="films in the history")
    options_of.add_argument("--repeat", type=int, default=30)
    options = options_of.parse_args()
    model = ServedModel.load(options.model)
    rng = np.random.default_rng(0)
    films = rng.choice(model.movie_ids, options.rated, replace=False)
    history = History(films, rng.integers(1, 11, options.rated).astype(np.int8))
    vectors = model.item_vectors
    print_machine()
    print(f"{len(vectors):,} films, {vectors.shape[1]} dimensions, {options.rated} rated films")
    with threadpool_limits(1):
        seconds = best_of_each(
            {
                READING: vectors.sum,
                "score, fold-in included": lambda: model.score(history),
                "ten films with reasons": lambda: model.recommend(history),
            },
            options.repeat,
            process_time,
        )
        floor = seconds.pop(READING)
        print(f"{READING:24} {1e3 * floor:8.2f} ms ({vectors.nbytes / 1e6:.0f} MB)")
        for name, taken in seconds.items():
            print(f"{name:24} {1e3 * taken:8.2f} ms   {taken / floor:.1f} times the floor")


if __name__ == "__main__":
    main()

"""Numbers that were written down once: another machine has to reach them again, within noise."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ml.data.splits import make_split
from ml.evaluation.evaluator import evaluate
from ml.evaluation.family import recommender
from ml.io.synthetic import World
from ml.training.protocol import TrainingData

WORLD = World(n_users=200, n_movies=300, n_ratings=6_000, n_groups=4)
NOISE = 0.01
"""Of each metric; sums in another order, by another library or on more threads, move far less."""
SMALL = {"epochs": 3, "dimension": 8, "factors": 8, "linear_rank": 16}
METRICS = ("ndcg@10", "gndcg@10", "mrr")
REACHED = {
    ("full-random", "popularity"): (0.1259, 0.3468, 0.1911),
    ("full-random", "itemknn"): (0.2716, 0.6466, 0.3744),
    ("full-random", "ease"): (0.2801, 0.6135, 0.3921),
    ("full-random", "ials"): (0.2463, 0.4779, 0.3558),
    ("cold-5", "ease"): (0.2442, 0.6491, 0.4957),
    ("loo-99", "ease"): (0.3025, 0.4195, 0.2753),
}
"""Of models whose settings here are their defaults: new defaults are new numbers."""
OLDER = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OPENBLAS_CORETYPE": "Nehalem",
    "ATEN_CPU_CAPABILITY": "default",
}
"""Instructions that the libraries are told to do without add up in another order."""


def reached(protocol: str, name: str) -> dict[str, float]:
    data = WORLD.dataset()
    split = make_split(data.ratings, protocol, 0)
    text = np.random.default_rng(0).normal(size=(WORLD.n_movies, 8)).astype(np.float32)
    text /= np.linalg.norm(text, axis=1, keepdims=True)
    model = recommender(name, **(SMALL if name == "served" else {}))
    fitted = model.fit(TrainingData(split.train, data.catalogue, text), seed=0)
    values = evaluate(fitted.scores, split, data.catalogue.genres).values()
    return {metric: values[metric] for metric in METRICS}


@pytest.mark.parametrize(("protocol", "name"), REACHED)
def test_a_model_reaches_on_any_machine_what_it_reached_before(protocol, name):
    expected = dict(zip(METRICS, REACHED[protocol, name], strict=True))
    assert reached(protocol, name) == pytest.approx(expected, abs=NOISE)


def test_the_served_model_reaches_the_same_on_a_processor_that_adds_up_otherwise():
    code = (
        "import json, runpy, sys;"
        "reached = runpy.run_path(sys.argv[1])['reached'];"
        "print(json.dumps(reached('full-random', 'served')))"
    )
    there = subprocess.run(
        [sys.executable, "-c", code, __file__],
        check=True,
        capture_output=True,
        cwd=Path(__file__).parents[3],
        env={**os.environ, **OLDER},
    )
    here = reached("full-random", "served")
    assert json.loads(there.stdout) == pytest.approx(here, abs=NOISE)

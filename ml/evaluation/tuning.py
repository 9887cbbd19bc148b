"""Chooses a model's settings on the inner validation split, one setting after another."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ml.data.splits import Split
from ml.evaluation.family import GRIDS, recommender
from ml.evaluation.listed import evaluate_model
from ml.progress import Progress, Reporter, ignore_progress
from ml.training.protocol import TrainingData

CRITERION = "ndcg@10"


def tuned(
    name: str, split: Split, training: TrainingData, *, report: Reporter = ignore_progress
) -> dict[str, float]:
    """Return the best settings of the model's grid by NDCG@10 on `split`, an inner one.

    Coordinate search: each setting in the grid's order takes its best value, the others standing at
    their best so far. That costs the sum of the grid's sides and not their product.
    """
    chosen: dict[str, float] = {}
    tried: dict[tuple[tuple[str, float], ...], float] = {}
    n_trials = sum(len(values) for values in GRIDS.get(name, {}).values())
    done = 0
    for parameter, values in GRIDS.get(name, {}).items():
        reached = []
        for value in values:
            parameters = {**chosen, parameter: value}
            key = tuple(sorted(parameters.items()))
            if key not in tried:
                tried[key] = _criterion(name, parameters, split, training)
            reached.append(tried[key])
            done += 1
            report(Progress(done, n_trials, "trials", f"tuning {name}"))
        chosen[parameter] = values[int(np.argmax(reached))]
    return chosen


def _criterion(
    name: str, parameters: Mapping[str, float], split: Split, training: TrainingData
) -> float:
    fitted = recommender(name, **parameters).fit(training, seed=split.seed)
    return evaluate_model(fitted, split, training.catalogue.genres).values()[CRITERION]

"""Hyper-parameter search: what to try next, and what a trial reaches (Optuna's TPE sampler).

Nothing is kept here. Whoever searches keeps the trials, in a database or a file, and passes all of
them each time: a search that was interrupted goes on as if it had not been.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import TrialState, create_trial

from ml.data.dataset import DataError
from ml.evaluation.listed import evaluate_model
from ml.pipeline.stages import deterministic, measured_split, read_training
from ml.progress import Reporter
from ml.training.config import PipelineConfig
from ml.training.served import Served

CRITERION = "ndcg@10"
N_AT_RANDOM = 6
"""Trials before the sampler begins to learn from them."""
SPACE: Mapping[str, BaseDistribution] = {
    "epochs": IntDistribution(10, 40, step=5),
    "learning_rate": FloatDistribution(5e-4, 1e-2, log=True),
    "weight_decay": FloatDistribution(1e-6, 1e-2, log=True),
    "dimension": IntDistribution(32, 128, step=32),
    "sampled_weight": FloatDistribution(0.0, 0.5),
    "linear_regularisation": FloatDistribution(30.0, 400.0, log=True),
    "factors": IntDistribution(32, 128, step=32),
}
"""What is varied. Not the share of genre match, which trades the criterion for another."""


@dataclass(frozen=True)
class Trial:
    """Parameters that were tried, and what they reached."""

    parameters: Mapping[str, Any]
    """A value for each of `SPACE`."""
    value: float | None
    """NDCG@10 on the validation split; None where the trial failed."""


def suggest(done: Sequence[Trial], config: PipelineConfig) -> dict[str, Any]:
    """Parameters for the next trial: the configuration's own first, then by what was reached.

    The same trials and the same seed give the same parameters.
    """
    if not done:
        return {name: getattr(config, name) for name in SPACE}
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=config.seed + len(done), n_startup_trials=N_AT_RANDOM)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for trial in done:
        if _is_in_space(trial.parameters):
            study.add_trial(
                create_trial(
                    state=TrialState.FAIL if trial.value is None else TrialState.COMPLETE,
                    value=trial.value,
                    params=dict(trial.parameters),
                    distributions=dict(SPACE),
                )
            )
    return {name: _rounded(value) for name, value in study.ask(dict(SPACE)).params.items()}


def measure(workspace: Path, config: PipelineConfig, report: Reporter) -> float:
    """Fit the whole recipe without the validation split, inside the training part, and rank it.

    It is the number that the gate asks of the run that comes of it: NDCG@10 of the lists as the
    site makes them. The ratings by which that run will be measured are not looked at.

    Raises
    ------
    DataError
        The stages sample and embed have not been done, or nobody can be measured.
    Cancelled
        By the reporter.

    """
    training = read_training(workspace)
    split = measured_split(training, config).inner()
    if len(split.users) == 0:
        raise DataError("there are too few ratings to hold some out: nothing can be measured")
    with deterministic(config.threads):
        inner = replace(training, ratings=split.train)
        fitted = Served(config).fit(inner, seed=config.seed, report=report)
        found = evaluate_model(fitted, split, training.catalogue.genres, report=report)
    return found.values()[CRITERION]


def _rounded(value: Any) -> Any:
    """Three digits: people read these numbers, and more make no difference."""
    return float(f"{value:.3g}") if isinstance(value, float) else value


def _is_in_space(parameters: Mapping[str, Any]) -> bool:
    """Return whether the sampler can learn from a trial.

    The first trial's values may lie anywhere.
    """
    return all(
        name in parameters and space._contains(space.to_internal_repr(parameters[name]))  # noqa: SLF001 (there is no other way to ask)
        for name, space in SPACE.items()
    )

"""Fits and measures models on protocols and seeds: the work behind `python -m ml evaluate`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Dataset
from ml.data.splits import Split, make_split
from ml.evaluation import machine
from ml.evaluation.bootstrap import Interval, interval, paired_difference
from ml.evaluation.evaluator import PER_USER, Evaluation
from ml.evaluation.family import recommender
from ml.evaluation.formatting import DIAL
from ml.evaluation.listed import at_dials, evaluate_model
from ml.evaluation.results import Details, MeanRow, Row
from ml.evaluation.tuning import tuned
from ml.progress import Progress, Reporter, ignore_progress
from ml.training.protocol import TrainingData


@dataclass(frozen=True)
class Plan:
    """What is to be measured."""

    dataset: str
    """Name for the results."""
    data: Dataset
    text: NDArray[np.float32]
    """[N, D] unit text embeddings; D may be 0 where no model reads them."""
    protocols: Sequence[str]
    models: Sequence[str]
    n_seeds: int = 1
    """Seeds 0 to n - 1, each of split and model together."""
    tune: bool = False
    """Choose settings on the inner split of seed 0 of each protocol; else the defaults."""
    knobs: Mapping[str, object] = field(default_factory=dict)
    """Settings of every model named, in place of its defaults."""
    inner: bool = False
    """Measure on the inner validation split, where choices are made, and name the protocol so."""
    against: str = "ease"
    """The model whose difference to each other one is bootstrapped, where both are measured."""
    suffix: str = ""
    """Behind each model's name in the results: other settings stand beside the usual ones."""
    dials: Sequence[float] = ()
    """Settings of the diversity dial: each model is fitted once and measured at each of them, under
    the protocol's name with `-dial` and against its own lists at the first."""
    recorded: Mapping[str, Mapping[str, object]] | None = None
    """Settings by `key`, instead of tuning or the defaults."""

    def label(self, protocol: str) -> str:
        """The protocol's name in the results: numbers of inner splits are of their own kind."""
        name = f"{protocol}-inner" if self.inner else protocol
        return f"{name}-dial" if self.dials else name

    def key(self, protocol: str, name: str) -> str:
        """Under which a model's settings for a protocol stand in the results."""
        return f"{self.dataset}/{self.label(protocol)}/{name}{self.suffix}"

    def base(self, name: str) -> str:
        """The model whose difference to the named one is bootstrapped."""
        if not self.dials:
            return self.against + self.suffix
        return at_dial(name.rpartition("-dial-")[0], self.dials[0])


Measured = tuple[list[Row], Details]


def at_dial(name: str, diversity: float) -> str:
    """A model's name in the results at a setting of the diversity dial."""
    return f"{name}-dial-{diversity:g}"


def run(plan: Plan, report: Reporter = ignore_progress) -> Iterator[Measured]:
    """Measure everything planned; after each model on each protocol, all that is measured so far.

    A run of hours that is stopped keeps what it had reached.
    """
    rows: list[Row] = []
    done: list[MeanRow] = []
    settings: dict[str, object] = {}
    for protocol in plan.protocols:
        evaluations: dict[str, list[Evaluation]] = {}
        for name in plan.models:
            knobs = _settings(plan, protocol, name, report)
            settings[plan.key(protocol, name)] = knobs
            for seed in range(plan.n_seeds):
                message = f"{protocol}: {name}, seed {seed}"
                report(Progress(seed, plan.n_seeds, "seeds", message))
                for measured, evaluation, values in _measure(plan, protocol, name, knobs, seed):
                    shown = measured + plan.suffix
                    evaluations.setdefault(shown, []).append(evaluation)
                    rows += [
                        Row(plan.dataset, plan.label(protocol), shown, seed, metric, value)
                        for metric, value in values.items()
                    ]
            so_far = (*done, *_intervals(plan, protocol, evaluations))
            yield list(rows), Details(machine.describe(), dict(settings), so_far)
        done += _intervals(plan, protocol, evaluations)


def _settings(plan: Plan, protocol: str, name: str, report: Reporter) -> dict[str, object]:
    if plan.recorded is not None:
        return {**plan.recorded[plan.key(protocol, name)], **plan.knobs}
    if not plan.tune:
        return dict(plan.knobs)
    inner = make_split(plan.data.ratings, protocol, 0).inner().measurable()
    return {**tuned(name, inner, _training(plan, inner), report=report), **plan.knobs}


def _measure(
    plan: Plan, protocol: str, name: str, knobs: Mapping[str, object], seed: int
) -> Iterator[tuple[str, Evaluation, dict[str, float]]]:
    """The model's name, evaluation and numbers; at each setting of the dial, if some are asked."""
    split = make_split(plan.data.ratings, protocol, seed)
    split = (split.inner() if plan.inner else split).measurable()
    machine.forget_peak_memory()
    start = time.perf_counter()
    fitted = recommender(name, **knobs).fit(_training(plan, split), seed=seed)
    seconds = time.perf_counter() - start
    genres = plan.data.catalogue.genres
    if not plan.dials:
        evaluation = evaluate_model(fitted, split, genres)
        cost = {"seconds": seconds, "peak_mb": machine.peak_megabytes()}
        yield name, evaluation, {**evaluation.values(), **cost}
        return
    for diversity, evaluation, varied in at_dials(fitted, split, plan.data, plan.text, plan.dials):
        yield at_dial(name, diversity), evaluation, {**evaluation.values(), DIAL: varied}


def _training(plan: Plan, split: Split) -> TrainingData:
    return TrainingData(split.train, plan.data.catalogue, plan.text)


def _intervals(
    plan: Plan, protocol: str, evaluations: Mapping[str, Sequence[Evaluation]]
) -> list[MeanRow]:
    found = []
    for metric in PER_USER:
        columns = {name: _over_seeds(each, metric) for name, each in evaluations.items()}
        for name, column in columns.items():
            found.append(_mean_row(plan, protocol, name, metric, interval(column)))
            base = plan.base(name)
            if base in columns and name != base:
                difference = paired_difference(column, columns[base])
                found.append(_mean_row(plan, protocol, name, metric, difference, base))
    return found


def _over_seeds(evaluations: Sequence[Evaluation], metric: str) -> NDArray[np.float64]:
    """One value for each user: the mean over the seeds in which the user was measured."""
    users = np.concatenate([evaluation.user_ids for evaluation in evaluations])
    values = np.concatenate([evaluation.per_user[metric] for evaluation in evaluations])
    _, person = np.unique(users, return_inverse=True)
    known = ~np.isnan(values)
    counts = np.bincount(person, known).astype(np.float64)
    sums = np.bincount(person, np.where(known, values, 0))
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _mean_row(
    plan: Plan, protocol: str, name: str, metric: str, found: Interval, against: str = ""
) -> MeanRow:
    label = plan.label(protocol)
    return MeanRow(plan.dataset, label, name, metric, found.mean, found.low, found.high, against)

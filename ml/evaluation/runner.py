"""Fits and measures models on protocols and seeds: the work behind `python -m ml evaluate`."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Dataset
from ml.data.splits import Split, make_split
from ml.evaluation import machine
from ml.evaluation.bootstrap import Interval, interval, paired_difference
from ml.evaluation.evaluator import Evaluation
from ml.evaluation.family import recommender
from ml.evaluation.formatting import DIAL
from ml.evaluation.listed import at_dials, evaluate_model
from ml.evaluation.probes import FITTED_ON, PROFILES, evaluate_probe, is_probe
from ml.evaluation.profiles import page
from ml.evaluation.results import Details, MeanRow, Row
from ml.evaluation.tuning import tuned
from ml.io.files import write_atomically
from ml.progress import Progress, Reporter, ignore_progress
from ml.training.protocol import RankingModel, TrainingData


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
    parameters: Mapping[str, object] = field(default_factory=dict)
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
    split_seed: int | None = None
    """Seed of the split for all seeds, which then vary the models alone; None: a split per seed."""
    pages: Path | None = None
    """Folder for an HTML page of the lists of the protocol `profiles`."""

    def label(self, protocol: str) -> str:
        """Return the protocol's name in the results; inner splits have names of their own."""
        name = protocol if self.split_seed is None else f"{protocol}-fixed"
        name = f"{name}-inner" if self.inner else name
        return f"{name}-dial" if self.dials else name

    def key(self, protocol: str, name: str) -> str:
        """Under which a model's settings for a protocol stand in the results."""
        return f"{self.dataset}/{self.label(protocol)}/{name}{self.suffix}"

    def base(self, name: str) -> str:
        """Return the model with which the named one is compared by bootstrap."""
        if not self.dials:
            return self.against + self.suffix
        return at_dial(name.rpartition("-dial-")[0], self.dials[0])


Measured = tuple[list[Row], Details]


def at_dial(name: str, diversity: float) -> str:
    """Return a model's name in the results at a setting of the diversity parameter."""
    return f"{name}-dial-{diversity:g}"


def run(plan: Plan, report: Reporter = ignore_progress) -> Iterator[Measured]:
    """Measure everything planned; after each model and seed, all that is measured so far.

    A run of hours that is stopped keeps what it had reached. Protocols whose training ratings are
    the same share one fit.
    """
    rows: list[Row] = []
    settings: dict[str, object] = {}
    evaluations: dict[str, dict[str, list[Evaluation]]] = {name: {} for name in plan.protocols}
    for name in plan.models:
        parameters = {each: _settings(plan, each, name, report) for each in plan.protocols}
        settings |= {plan.key(each, name): value for each, value in parameters.items()}
        for seed in range(plan.n_seeds):
            fits = _Fits(plan, name, seed)
            for protocol in plan.protocols:
                message = f"{protocol}: {name}, seed {seed}"
                report(Progress(seed, plan.n_seeds, "seeds", message))
                for measured, evaluation, values in _measure(
                    plan, protocol, fits, parameters[protocol]
                ):
                    shown = measured + plan.suffix
                    evaluations[protocol].setdefault(shown, []).append(evaluation)
                    rows += [
                        Row(plan.dataset, plan.label(protocol), shown, seed, metric, value)
                        for metric, value in values.items()
                    ]
        found = [
            row
            for protocol, models in evaluations.items()
            for row in _intervals(plan, protocol, models)
        ]
        yield list(rows), Details(machine.describe(), dict(settings), tuple(found))


def _settings(plan: Plan, protocol: str, name: str, report: Reporter) -> dict[str, object]:
    if plan.recorded is not None:
        return {**plan.recorded[plan.key(protocol, name)], **plan.parameters}
    if not plan.tune:
        return dict(plan.parameters)
    inner = _split(plan, protocol, 0).inner().measurable()
    return {**tuned(name, inner, _training(plan, inner), report=report), **plan.parameters}


@dataclass(frozen=True)
class _Fit:
    """A fitted model with what fitting it cost."""

    model: RankingModel
    cost: Mapping[str, float]


class _Fits:
    """Fitted models of one name and seed, by their settings and training ratings."""

    def __init__(self, plan: Plan, name: str, seed: int) -> None:
        self.plan, self.name, self.seed = plan, name, seed
        self._done: dict[str, _Fit] = {}

    def of(self, split: Split, parameters: Mapping[str, object]) -> _Fit:
        """Return the model fitted on the split's training part, fitting it at most once."""
        digest = hashlib.sha256(repr(sorted(parameters.items())).encode())
        for array in (split.train.user_index, split.train.movie_index):
            digest.update(np.ascontiguousarray(array).tobytes())
        key = digest.hexdigest()
        if key not in self._done:
            machine.forget_peak_memory()
            start = time.perf_counter()
            training = _training(self.plan, split)
            model = recommender(self.name, **parameters).fit(training, seed=self.seed)
            seconds = time.perf_counter() - start
            self._done[key] = _Fit(model, {"seconds": seconds, "peak_mb": machine.peak_megabytes()})
        return self._done[key]


def _split(plan: Plan, protocol: str, seed: int) -> Split:
    """Return the split that a protocol is measured on; probes use that of `FITTED_ON`."""
    name = FITTED_ON if is_probe(protocol) else protocol
    return make_split(plan.data.ratings, name, seed if plan.split_seed is None else plan.split_seed)


def _measure(
    plan: Plan, protocol: str, fits: _Fits, parameters: Mapping[str, object]
) -> Iterator[tuple[str, Evaluation, dict[str, float]]]:
    """Yield the model's name, evaluation and numbers, once per requested setting of diversity."""
    split = _split(plan, protocol, fits.seed)
    split = (split.inner() if plan.inner else split).measurable()
    fit, catalogue = fits.of(split, parameters), plan.data.catalogue
    if plan.dials:
        for diversity, evaluation, varied in at_dials(
            fit.model, split, plan.data, plan.text, plan.dials
        ):
            yield (
                at_dial(fits.name, diversity),
                evaluation,
                {**evaluation.values(), DIAL: varied},
            )
        return
    if is_probe(protocol):
        evaluation = evaluate_probe(protocol, fit.model, catalogue, split.train, fits.seed)
    else:
        evaluation = evaluate_model(fit.model, split, catalogue.genres)
    _write_lists(plan, protocol, fits, evaluation, split)
    yield fits.name, evaluation, {**evaluation.values(), **fit.cost}


def _write_lists(
    plan: Plan, protocol: str, fits: _Fits, evaluation: Evaluation, split: Split
) -> None:
    """Write the lists of the profiles as a page, where a folder for pages is given."""
    if plan.pages is None or protocol != PROFILES:
        return
    title = f"{plan.dataset}: {fits.name}{plan.suffix}, seed {fits.seed}"
    content = page(title, evaluation, plan.data.catalogue, split.train)
    name = f"{plan.dataset}-{fits.name}{plan.suffix}-{fits.seed}.html"
    write_atomically(plan.pages / name, content.encode())


def _training(plan: Plan, split: Split) -> TrainingData:
    return TrainingData(split.train, plan.data.catalogue, plan.text)


def _intervals(
    plan: Plan, protocol: str, evaluations: Mapping[str, Sequence[Evaluation]]
) -> list[MeanRow]:
    found = []
    measured = dict.fromkeys(metric for each in evaluations.values() for metric in each[0].per_user)
    for metric in measured:
        columns = {
            name: _over_seeds(each, metric)
            for name, each in evaluations.items()
            if metric in each[0].per_user
        }
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

"""Measured numbers on disk: `results.json`, and beside it `results.details.json`.

`results.json` is a list of `{"dataset", "protocol", "model", "seed", "metric", "value"}`. The
details hold the machine, bootstrap intervals and paired differences. Numbers of two protocols or
two data sets are never compared: `comparable` refuses.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ml.data.dataset import DataError
from ml.io.files import write_atomically


class NotComparableError(ValueError):
    """Numbers of different protocols or data sets were about to be put side by side."""


@dataclass(frozen=True)
class Row:
    """One number of the results."""

    dataset: str
    protocol: str
    model: str
    seed: int
    metric: str
    value: float
    """NaN where the metric is undefined; null in the file."""


@dataclass(frozen=True)
class MeanRow:
    """A metric's mean over users, each averaged over all seeds, with its 95 % interval.

    With `against`, the mean difference to that model on the same users.
    """

    dataset: str
    protocol: str
    model: str
    metric: str
    mean: float
    low: float
    high: float
    against: str = ""


@dataclass(frozen=True)
class Details:
    """What `results.json` has no place for."""

    machine: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The settings of each model, by data set, protocol and model."""
    intervals: Sequence[MeanRow] = ()


def comparable(rows: Iterable[Row]) -> list[Row]:
    """Return the rows if all are of one data set and one protocol.

    Raises
    ------
    NotComparableError
        They are not; the message names what was mixed.

    """
    listed = list(rows)
    for name in ("protocol", "dataset"):
        found = sorted({getattr(row, name) for row in listed})
        if len(found) > 1:
            raise NotComparableError(
                f"numbers of different {name}s are never compared: {', '.join(found)}"
            )
    return listed


def groups(rows: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    """Rows by (data set, protocol), each group comparable within itself, in order of appearance."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row.dataset, row.protocol), []).append(row)
    return found


def table(rows: Iterable[Row]) -> dict[str, dict[str, tuple[float, float]]]:
    """Mean and standard deviation over seeds by model and metric, of one protocol.

    Raises
    ------
    NotComparableError
        The rows are of more than one protocol or data set.

    """
    values: dict[str, dict[str, list[float]]] = {}
    for row in comparable(rows):
        values.setdefault(row.model, {}).setdefault(row.metric, []).append(row.value)
    return {
        model: {metric: _mean_and_deviation(found) for metric, found in metrics.items()}
        for model, metrics in values.items()
    }


def write_results(path: Path, rows: Sequence[Row], details: Details) -> None:
    """Write the results and their details."""
    listed = [asdict(row) for row in rows]
    for row in listed:
        row["value"] = None if math.isnan(row["value"]) else row["value"]
    write_atomically(path, (json.dumps(listed, indent=1) + "\n").encode())
    content = json.dumps(asdict(details), indent=1, sort_keys=True)
    write_atomically(details_path(path), (content + "\n").encode())


def read_results(path: Path) -> tuple[list[Row], Details]:
    """Read both files; no details where that file is missing.

    Raises
    ------
    DataError
        The results are missing or are not such a list.

    """
    try:
        rows = [_row(value) for value in json.loads(path.read_text(encoding="utf-8"))]
        if not details_path(path).exists():
            return rows, Details()
        value = json.loads(details_path(path).read_text(encoding="utf-8"))
        value["intervals"] = tuple(MeanRow(**row) for row in value["intervals"])
        return rows, Details(**value)
    except OSError as error:
        raise DataError(f"cannot read {error.filename}: {error.strerror}") from error
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(f"{path} holds no results: {error}") from error


def merged(
    old: tuple[list[Row], Details], new: tuple[list[Row], Details]
) -> tuple[list[Row], Details]:
    """Both, the new ones in place of old ones of the same data set, protocol and model.

    But a model that was measured on more seeds before keeps its numbers: measured again on one, to
    be the base of others, it is not to lose them.
    """
    before, now = _seeds(old[0]), _seeds(new[0])
    kept = {key for key, seeds in now.items() if len(before.get(key, ())) > len(seeds)}
    fresh = now.keys() - kept
    rows = [row for row in old[0] if _key(row) not in fresh]
    rows += [row for row in new[0] if _key(row) in fresh]
    intervals = [row for row in old[1].intervals if _key(row) not in fresh]
    intervals += [row for row in new[1].intervals if _key(row) in fresh]
    names = {"/".join(key) for key in kept}
    given = {key: value for key, value in new[1].settings.items() if key not in names}
    settings = {**old[1].settings, **given}
    machines = old[1].machine if rows != new[0] else {}
    machine = {name: _both(machines.get(name, ""), value) for name, value in new[1].machine.items()}
    return rows, Details(machine, settings, tuple(intervals))


def _key(row: Row | MeanRow) -> tuple[str, str, str]:
    return row.dataset, row.protocol, row.model


def _seeds(rows: Iterable[Row]) -> dict[tuple[str, str, str], set[int]]:
    found: dict[tuple[str, str, str], set[int]] = {}
    for row in rows:
        found.setdefault(_key(row), set()).add(row.seed)
    return found


def _both(old: str, new: str) -> str:
    """Both where they differ: a file may hold numbers of several machines, and is to say so."""
    known = old.split(" / ") if old else []
    return " / ".join(dict.fromkeys([*known, new]))


def details_path(path: Path) -> Path:
    """`results.json` has its details in `results.details.json`."""
    return path.with_suffix(".details.json")


def _row(value: Mapping[str, Any]) -> Row:
    number = value["value"]
    return Row(**{**value, "value": float("nan") if number is None else float(number)})


def _mean_and_deviation(values: Sequence[float]) -> tuple[float, float]:
    mean = sum(values) / len(values)
    if len(values) == 1:
        return mean, 0.0
    return mean, math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))

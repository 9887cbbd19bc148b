"""The commands `evaluate` and `report` of `python -m ml`.

Models are imported when a command runs, not when help is asked for: torch takes seconds to load.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from ml.cli.console import ProgressBars
from ml.data.dataset import DataError, Dataset
from ml.data.splits import COLD, PROTOCOLS
from ml.evaluation.formatting import COLUMNS, DIAL, PROBED, number
from ml.evaluation.probes import PROBES, is_probe
from ml.evaluation.results import Details, Row, groups, merged, read_results, table, write_results
from ml.io.files import check_writable
from ml.progress import Reporter

EVALUATE = "evaluate"
REPORT = "report"
MAIN = (
    "ndcg@10",
    "snips-ndcg@10",
    "gndcg@10",
    "recall@10",
    *PROBED,
    DIAL,
    "coverage",
    "seconds",
)
METADATA_HELP = "people and countries of films: builtin (Wikidata), or an SQLite file of that form"
WIDE = 170
"""Columns of a terminal that holds every metric in one line."""


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both commands to the parser of `python -m ml`; each sets `command` to its function."""
    evaluating = commands.add_parser(EVALUATE, help="measure models on protocols")
    evaluating.add_argument("--data", required=True, help="directory of ratings, or builtin")
    evaluating.add_argument("--name", help="the data set's name in the results; the directory's")
    evaluating.add_argument("--descriptions", type=Path, help="film articles, JSON lines")
    evaluating.add_argument("--metadata", help=METADATA_HELP)
    evaluating.add_argument("--embeddings", default="minilm", help="text model; minilm")
    evaluating.add_argument("--cache", type=Path, help="directory that keeps text embeddings")
    evaluating.add_argument(
        "--protocol",
        default="full-random",
        help=f"comma-separated: {', '.join((*PROTOCOLS, *PROBES))}; cold-N, cold-N-random and "
        "theme-N and disliked-N for any N; all",
    )
    evaluating.add_argument(
        "--models",
        default="all",
        help="comma-separated names of ml.evaluation.family; all: without the ablations",
    )
    evaluating.add_argument("--seeds", type=int, default=1, metavar="N", help="seeds 0 to N - 1")
    evaluating.add_argument(
        "--split-seed",
        type=int,
        metavar="N",
        help="one split for all seeds, apart from the ratings that choices are made on",
    )
    choosing = evaluating.add_mutually_exclusive_group()
    choosing.add_argument("--tune", action="store_true", help="tune on the inner split")
    choosing.add_argument(
        "--settings-of",
        type=Path,
        metavar="RESULTS",
        help="results.json whose settings each model takes, tuned or not, instead of tuning anew",
    )
    evaluating.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of the named models, in place of its default; may be repeated",
    )
    evaluating.add_argument(
        "--suffix",
        default="",
        help="behind the models' names in the results, as -tuned: kept beside their usual settings",
    )
    evaluating.add_argument("--inner", action="store_true", help="measure on the inner split")
    evaluating.add_argument("--against", default="ease", help="model to bootstrap differences to")
    evaluating.add_argument(
        "--diversity",
        default="",
        metavar="D,D",
        help="settings of the diversity dial, 0 to 1, at each of which the models are measured",
    )
    evaluating.add_argument(
        "--pages", type=Path, help="folder for an HTML page of each model's lists of `profiles`"
    )
    evaluating.add_argument("--out", type=Path, required=True, help="results.json to write")
    evaluating.add_argument(
        "--append",
        action="store_true",
        help="keep what --out holds already, but for models measured now on as many seeds or more",
    )
    evaluating.set_defaults(command=evaluate_command)

    reporting = commands.add_parser(REPORT, help="write the report of measured results")
    reporting.add_argument("results", type=Path, help="results.json")
    reporting.add_argument("--out", type=Path, required=True, help="folder for the pages")
    reporting.set_defaults(command=report_command)


def evaluate_command(options: argparse.Namespace) -> None:
    """Measure, write the results, print a table for each protocol."""
    from ml.evaluation.runner import Plan, run
    from ml.evaluation.settings import check_settings, parsed, recorded_settings

    models, protocols = _models(options.models), _protocols(options.protocol)
    _models(options.against)
    if options.seeds < 1:
        raise DataError(f"--seeds {options.seeds}: at least 1 is wanted")
    dials, parameters = _dials(options.diversity), parsed(options.set)
    check_settings(models, parameters)
    data, name = read_data(options)
    check_writable(options.out)
    with ProgressBars() as bars:
        report = bars.reporter(EVALUATE)
        plan = Plan(
            options.name or name,
            data,
            _text(options, data, models, report),
            protocols,
            models,
            options.seeds,
            options.tune,
            parameters,
            options.inner,
            options.against,
            options.suffix,
            dials,
            split_seed=options.split_seed,
            pages=options.pages,
        )
        if options.settings_of:
            settings = read_results(options.settings_of)[1].settings
            plan = replace(plan, recorded=recorded_settings(settings, plan))
        kept = options.append and options.out.exists()
        before = read_results(options.out) if kept else ([], Details())
        for measured in run(plan, report):
            written = merged(before, measured)
            write_results(options.out, *written)
    console = Console()
    for (dataset, protocol), rows in groups(written[0]).items():
        console.print(as_table(f"{dataset}, {protocol}", rows, console.width))


def report_command(options: argparse.Namespace) -> None:
    """Write a Markdown page for each data set."""
    from ml.evaluation.report import write_report

    write_report(options.results, options.out)


def read_data(options: argparse.Namespace) -> tuple[Dataset, str]:
    """Return the rated films and their ratings, with descriptions if asked, and the data's name."""
    from ml.io.descriptions import read_articles, with_descriptions
    from ml.io.metadata import read_metadata, with_metadata
    from ml.io.readers import read_dataset

    data = read_dataset(options.data)
    if options.descriptions:
        articles = read_articles(options.descriptions)
        data = replace(data, catalogue=with_descriptions(data.catalogue, articles))
    if options.metadata:
        facts = read_metadata(options.metadata)
        data = replace(data, catalogue=with_metadata(data.catalogue, facts))
    return data.rated_movies_only(), Path(options.data).resolve().name


def as_table(title: str, rows: Sequence[Row], width: int) -> Table:
    """Means over seeds, one line for each model; the main metrics alone on a narrow terminal.

    Raises
    ------
    NotComparableError
        Rows of more than one protocol.

    """
    found = table(rows)
    columns = [
        name
        for name in (COLUMNS if width >= WIDE else MAIN)
        if all(name in metrics for metrics in found.values())
    ]
    drawn = Table("model", *columns, title=title)
    for model, metrics in found.items():
        drawn.add_row(model, *(number(name, metrics[name][0]) for name in columns))
    return drawn


def _protocols(text: str) -> list[str]:
    if text == "all":
        return [*PROTOCOLS, *PROBES]
    names = text.split(",")
    for name in names:
        if name not in PROTOCOLS and not COLD.match(name) and not is_probe(name):
            known = ", ".join((*PROTOCOLS, *PROBES))
            raise DataError(f"no protocol {name}; there are {known}, cold-N, theme-N")
    return names


def _models(text: str) -> list[str]:
    from ml.evaluation.family import ABLATIONS, FAMILY

    if text == "all":
        return list(FAMILY)
    names = text.split(",")
    known = (*FAMILY, *ABLATIONS)
    for name in names:
        if name not in known:
            raise DataError(f"no model {name}; there are {', '.join(known)}")
    return names


def _dials(text: str) -> list[float]:
    try:
        dials = [float(part) for part in text.split(",")] if text else []
    except ValueError:
        dials = [math.nan]
    if not all(0 <= diversity <= 1 for diversity in dials):
        raise DataError(f"--diversity {text}: numbers from 0 to 1 are wanted")
    return dials


def _text(
    options: argparse.Namespace, data: Dataset, models: Sequence[str], report: Reporter
) -> NDArray[np.float32]:
    from ml.evaluation.family import USES_TEXT

    if not USES_TEXT.intersection(models) and not options.diversity:
        return np.zeros((len(data.catalogue), 0), dtype=np.float32)
    from ml.training.embeddings import documents, embed, find_text_model

    model = find_text_model(options.embeddings)
    return embed(documents(data.catalogue), model, report, cache=options.cache)

"""The commands `evaluate` and `report` of `python -m ml`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as ProgressBar
from rich.table import Table

from ml.dataset import DataError, Dataset
from ml.evaluation.evaluator import OVERALL, PER_USER
from ml.evaluation.results import Row, groups, merged, read_results, table, write_results
from ml.evaluation.runner import Factory, Plan, run
from ml.evaluation.splits import COLD, PROTOCOLS
from ml.models.family import ABLATIONS, FAMILY, USES_TEXT
from ml.models.protocol import Recommender
from ml.progress import Progress, Reporter

COSTS = ("seconds", "peak_mb")
COLUMNS = (*PER_USER, *OVERALL, *COSTS)
EVALUATE = "evaluate"
REPORT = "report"


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both commands to the parser of `python -m ml`; each sets `run` to its function."""
    evaluating = commands.add_parser(EVALUATE, help="measure models on protocols")
    evaluating.add_argument("--data", required=True, help="directory of ratings, or builtin")
    evaluating.add_argument("--name", help="the data set's name in the results; the directory's")
    evaluating.add_argument("--descriptions", type=Path, help="film articles, JSON lines")
    evaluating.add_argument("--embeddings", default="minilm", help="text model; minilm")
    evaluating.add_argument("--cache", type=Path, help="directory that keeps text embeddings")
    evaluating.add_argument(
        "--protocol",
        default="full-random",
        help=f"comma-separated: {', '.join(PROTOCOLS)}; cold-N and cold-N-random for any N; all",
    )
    evaluating.add_argument(
        "--models",
        default="all",
        help=f"comma-separated: {', '.join((*FAMILY, 'served', *ABLATIONS))}; all: without "
        f"{', '.join(ABLATIONS)}",
    )
    evaluating.add_argument("--seeds", type=int, default=1, metavar="N", help="seeds 0 to N - 1")
    evaluating.add_argument("--tune", action="store_true", help="tune on the inner split")
    evaluating.add_argument("--against", default="ease", help="model to bootstrap differences to")
    evaluating.add_argument("--out", type=Path, required=True, help="results.json to write")
    evaluating.add_argument("--append", action="store_true", help="keep what --out holds already")
    evaluating.set_defaults(run=evaluate_command)

    reporting = commands.add_parser(REPORT, help="write the report of measured results")
    reporting.add_argument("results", type=Path, help="results.json")
    reporting.add_argument("--out", type=Path, required=True, help="Markdown file to write")
    reporting.set_defaults(run=report_command)


def evaluate_command(options: argparse.Namespace) -> int:
    """Measure, write the results, print a table for each protocol."""
    console = Console()
    models = _models(options.models)
    data, name = read_data(options)
    with _progress_bar(console) as bar:
        report = _reporter(bar)
        plan = Plan(
            options.name or name,
            data,
            _text(options, data, models, report),
            _protocols(options.protocol),
            models,
            options.seeds,
            options.tune,
            options.against,
            _extra(options),
        )
        measured = run(plan, report)
    if options.append and options.out.exists():
        measured = merged(read_results(options.out), measured)
    write_results(options.out, *measured)
    for (dataset, protocol), rows in groups(measured[0]).items():
        console.print(as_table(f"{dataset}, {protocol}", rows))
    return 0


def report_command(options: argparse.Namespace) -> int:
    """Write the report."""
    from ml.evaluation.report import write_report

    write_report(options.results, options.out)
    return 0


def read_data(options: argparse.Namespace) -> tuple[Dataset, str]:
    """The rated films and their ratings, with descriptions where asked, and the data's name."""
    from ml.descriptions import read_articles, with_descriptions
    from ml.readers import read_dataset

    data = read_dataset(options.data)
    if options.descriptions:
        articles = read_articles(options.descriptions)
        data = replace(data, catalogue=with_descriptions(data.catalogue, articles))
    return data.rated_films_only(), Path(options.data).name


def as_table(title: str, rows: Sequence[Row]) -> Table:
    """Means over seeds, one line for each model. Raises `NotComparableError` on mixed protocols."""
    found = table(rows)
    columns = [name for name in COLUMNS if any(name in metrics for metrics in found.values())]
    drawn = Table("model", *columns, title=title)
    for model, metrics in found.items():
        drawn.add_row(model, *(number(name, metrics[name][0]) for name in columns))
    return drawn


def number(metric: str, value: float) -> str:
    """A value with as many digits as it deserves.

    >>> number("ndcg@10", 0.33849), number("peak_mb", 812.3), number("seconds", 3.14)
    ('.338', '812', '3.1')
    """
    if np.isnan(value):
        return "-"
    if metric in ("users", "peak_mb"):
        return f"{value:.0f}"
    if metric in ("seconds", "novelty"):
        return f"{value:.1f}"
    return f"{value:.3f}".removeprefix("0") if value < 1 else f"{value:.3f}"


def _protocols(text: str) -> list[str]:
    if text == "all":
        return list(PROTOCOLS)
    names = text.split(",")
    for name in names:
        if name not in PROTOCOLS and not COLD.match(name):
            raise DataError(f"no protocol {name}; there are {', '.join(PROTOCOLS)}, cold-N")
    return names


def _models(text: str) -> list[str]:
    if text == "all":
        return [*FAMILY, "served"]
    names = text.split(",")
    known = (*FAMILY, "served", *ABLATIONS)
    for name in names:
        if name not in known:
            raise DataError(f"no model {name}; there are {', '.join(known)}")
    return names


def _text(
    options: argparse.Namespace, data: Dataset, models: Sequence[str], report: Reporter
) -> NDArray[np.float32]:
    if not USES_TEXT.intersection(models):
        return np.zeros((len(data.catalogue), 0), dtype=np.float32)
    from ml.embeddings import documents, embed, load_text_model

    model = load_text_model(options.embeddings)
    return embed(documents(data.catalogue), model, report, cache=options.cache)


def _extra(options: argparse.Namespace) -> Mapping[str, Factory]:
    def served() -> Recommender:
        from ml.evaluation.served import Served

        return Served(options.embeddings, options.cache)

    return {"served": served}


def _progress_bar(console: Console) -> ProgressBar:
    return ProgressBar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )


def _reporter(bar: ProgressBar) -> Reporter:
    task = bar.add_task("", total=None)

    def report(progress: Progress) -> None:
        bar.update(
            task,
            completed=progress.done,
            total=progress.total,
            description=progress.message or progress.unit,
        )

    return report

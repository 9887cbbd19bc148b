"""The command line of the recommender: `python -m ml`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ml.config import PipelineConfig
from ml.console import ProgressBars
from ml.dataset import DataError, Dataset
from ml.evaluation.cli import add_commands

EXIT_BAD_INPUT = 2
SHOWN = ("ndcg@10", "gndcg@10", "genre_rank_ndcg@10", "precision@10", "recall@10", "hr@10")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; bad input ends in one line on stderr and exit code 2."""
    parsed = _parser().parse_args(arguments)
    try:
        parsed.command(parsed)
    except (DataError, ValueError) as error:
        print(f"python -m ml: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT
    except KeyboardInterrupt:
        print("python -m ml: stopped", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ml", description="The film recommender.")
    commands = parser.add_subparsers(required=True)
    _add_run(commands.add_parser("run", help="run the whole pipeline on a data set"))
    add_commands(commands)
    return parser


def _add_run(run: argparse.ArgumentParser) -> None:
    run.add_argument("--data", required=True, help="a directory of ratings, or builtin")
    run.add_argument("--out", required=True, type=Path, help="where every product goes")
    run.add_argument("--embeddings", default="minilm", help="minilm, lamini or a model directory")
    run.add_argument(
        "--descriptions", type=Path, help="film articles as JSON lines, or .gz of them"
    )
    run.add_argument("--seed", type=int, default=0)
    run.add_argument("--epochs", type=int, help="fewer make a quicker, weaker model")
    run.add_argument("--threads", type=int, help="CPU threads; equal bytes need an equal number")
    run.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> None:
    from ml import workspace
    from ml.embeddings import check_text_model
    from ml.stages import STAGES, run_stage

    config = PipelineConfig(seed=options.seed, embeddings=options.embeddings)
    for knob in ("epochs", "threads"):
        if getattr(options, knob) is not None:
            config = replace(config, **{knob: getattr(options, knob)})
    check_text_model(config.embeddings)
    dataset = _read(options)
    options.out.mkdir(parents=True, exist_ok=True)
    workspace.write_inputs(options.out, dataset)
    with ProgressBars() as bars:
        for stage in STAGES:
            run_stage(stage, options.out, config, bars.reporter(stage))
    _print_metrics(options.out / "metrics.json")


def _read(options: argparse.Namespace) -> Dataset:
    from ml.descriptions import read_articles, with_descriptions
    from ml.readers import read_dataset

    dataset = read_dataset(options.data)
    if options.descriptions is None:
        return dataset
    articles = read_articles(options.descriptions)
    return replace(dataset, catalogue=with_descriptions(dataset.catalogue, articles))


def _print_metrics(path: Path) -> None:
    metrics = json.loads(path.read_text())
    table = Table(title="full-random: a fifth of each user's ratings held out, whole catalogue")
    table.add_column("model")
    for name in SHOWN:
        table.add_column(name, justify="right")
    for model, values in metrics.items():
        table.add_row(model, *(f"{values[name]:.4f}" for name in SHOWN))
    Console().print(table)
    if "served" in metrics:
        Console().print(f"{metrics['served']['users']:.0f} users measured; all of it in {path}")


if __name__ == "__main__":
    sys.exit(main())

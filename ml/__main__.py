"""The command line of the recommender: `python -m ml`."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ml.cli.console import ProgressBars
from ml.cli.evaluate import METADATA_HELP, add_commands
from ml.cli.parameters import add_options, add_parameters, config_of
from ml.data.dataset import DataError, Dataset
from ml.training.config import PARAMETERS, PipelineConfig

EXIT_BAD_INPUT = 2
RUN_USAGE = "python -m ml run [-h] --data DATA --out OUT [OPTION VALUE] ..."
SHOWN = ("ndcg@10", "gndcg@10", "genre_rank_ndcg@10", "precision@10", "recall@10", "hr@10")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; bad input, or a file that cannot be, ends in one line on stderr and code 2."""
    parsed = _parser().parse_args(arguments)
    try:
        parsed.command(parsed)
    except (DataError, ValueError) as error:
        print(f"python -m ml: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT
    except OSError as error:
        print(f"python -m ml: {_where(error)}", file=sys.stderr)
        return EXIT_BAD_INPUT
    except KeyboardInterrupt:
        print("python -m ml: stopped", file=sys.stderr)
        return 130
    return 0


def _where(error: OSError) -> str:
    """As `/there/results.json: Permission denied`, where the system names a file."""
    named = error.filename is not None and error.strerror is not None
    return f"{error.filename}: {error.strerror}" if named else str(error)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ml", description="The film recommender.")
    commands = parser.add_subparsers(required=True)
    _add_run(
        commands.add_parser("run", usage=RUN_USAGE, help="run the whole pipeline on a data set")
    )
    _add_update(commands.add_parser("update", help="go on from a model with new ratings"))
    _add_stage(commands.add_parser("stage", help="one stage in a workspace; reports JSON lines"))
    add_parameters(commands.add_parser("parameters", help="list the training parameters"))
    add_commands(commands)
    return parser


def _add_run(run: argparse.ArgumentParser) -> None:
    run.add_argument("--data", required=True, help="a directory of ratings, or builtin")
    _add_sources(run)
    add_options(run, [each.name for each in PARAMETERS if each.group != "update"])
    run.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> None:
    _with_team(options, _run_stages)


def _add_update(update: argparse.ArgumentParser) -> None:
    update.add_argument("--model", required=True, type=Path, help="the folder of the earlier model")
    update.add_argument("--data", required=True, help="all ratings of today, or builtin")
    _add_sources(update)
    add_options(update, ["embeddings", "threads", "device", "update_epochs"], short="update_")
    update.set_defaults(command=_update)


def _update(options: argparse.Namespace) -> None:
    _with_team(options, _update_stages)


def _add_sources(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", required=True, type=Path, help="where every product goes")
    parser.add_argument(
        "--descriptions", type=Path, help="film articles as JSON lines, or .gz of them"
    )
    parser.add_argument("--metadata", help=METADATA_HELP)


def _with_team(
    options: argparse.Namespace, work: Callable[[argparse.Namespace, PipelineConfig], None]
) -> None:
    """Do the work in the first of the processes that torchrun started, or in this one."""
    from ml.training.distributed import team
    from ml.training.embeddings import check_text_model

    config = config_of(options)
    check_text_model(config.embeddings)
    with team(config.device) as is_leader:
        if is_leader:
            work(options, config)


def _update_stages(options: argparse.Namespace, config: PipelineConfig) -> None:
    from ml.io import workspace
    from ml.pipeline.stages import BASE, UPDATE_STAGES, run_stage

    dataset = _read(options)
    if not options.model.is_dir():
        raise DataError(f"{options.model} is not a directory")
    shutil.copytree(options.model, options.out / BASE, dirs_exist_ok=True)
    workspace.write_inputs(options.out, dataset)
    with ProgressBars() as bars:
        for stage in UPDATE_STAGES:
            run_stage(stage, options.out, config, bars.reporter(stage))
    _print_metrics(
        options.out / "metrics.json",
        "new-ratings: a fifth of those since the earlier model held out",
    )


def _add_stage(stage: argparse.ArgumentParser) -> None:
    stage.add_argument("name", help="of the stage")
    stage.add_argument("--workspace", required=True, type=Path, help="the folder of the run")
    stage.add_argument("--config", required=True, type=json.loads, help="PipelineConfig as JSON")
    stage.add_argument(
        "--without-users", action="store_true", help="leave them to ml.pipeline.per_user"
    )
    stage.set_defaults(command=_stage)


def _stage(options: argparse.Namespace) -> None:
    """For a program that starts torchrun: its one reader gets progress, then summary or error."""
    from ml.pipeline.stages import run_stage
    from ml.training.distributed import team

    config = PipelineConfig.from_dict(options.config)

    def say(kind: str, value: object) -> None:
        print(json.dumps({kind: value}), flush=True)

    with team(config.device) as is_leader:
        if not is_leader:
            return
        try:
            summary = run_stage(
                options.name,
                options.workspace,
                config,
                lambda progress: say("progress", asdict(progress)),
                with_users=not options.without_users,
            )
        except ValueError as error:  # DataError among them
            say("error", str(error))
            raise
        say("summary", summary)


def _run_stages(options: argparse.Namespace, config: PipelineConfig) -> None:
    from ml.io import workspace
    from ml.pipeline.stages import STAGES, run_stage

    dataset = _read(options)
    options.out.mkdir(parents=True, exist_ok=True)
    workspace.write_inputs(options.out, dataset)
    with ProgressBars() as bars:
        for stage in STAGES:
            run_stage(stage, options.out, config, bars.reporter(stage))
    _print_metrics(
        options.out / "metrics.json",
        "full-random: a fifth of each user's ratings held out, whole catalogue",
    )


def _read(options: argparse.Namespace) -> Dataset:
    from ml.io.descriptions import read_articles, with_descriptions
    from ml.io.metadata import read_metadata, with_metadata
    from ml.io.readers import read_dataset

    dataset = read_dataset(options.data)
    catalogue = dataset.catalogue
    if options.descriptions is not None:
        catalogue = with_descriptions(catalogue, read_articles(options.descriptions))
    if options.metadata is not None:
        catalogue = with_metadata(catalogue, read_metadata(options.metadata))
    return replace(dataset, catalogue=catalogue)


def _print_metrics(path: Path, title: str) -> None:
    metrics = json.loads(path.read_text())
    table = Table(title=title)
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

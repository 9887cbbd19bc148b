"""Training parameters on the command line: an option for each, and a table of all."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from ml.training.config import BY_NAME, PARAMETERS, Parameter, PipelineConfig
from ml.training.stages import TABLE


def add_options(parser: argparse.ArgumentParser, names: Sequence[str], short: str = "") -> None:
    """Add an option for each of these parameters to a command.

    Parameters
    ----------
    parser
        The command's parser.
    names
        Names of parameters. `learning_rate` becomes `--learning-rate`.
    short
        A prefix of names that the options leave out.

    """
    group = parser.add_argument_group("training parameters")
    for name in names:
        spec = BY_NAME[name]
        group.add_argument(
            "--" + name.removeprefix(short).replace("_", "-"),
            dest=name,
            type=_reader(spec),
            metavar=spec.kind.__name__.upper(),
            help=f"{spec.text} Default: {spec.default}.".replace("%", "%%"),
        )


def config_of(options: argparse.Namespace) -> PipelineConfig:
    """Return the configuration that the options of a command stand for.

    Raises
    ------
    ValueError
        A value is out of its range; the message names the parameter.

    """
    given = vars(options)
    return PipelineConfig.from_dict(
        {name: given[name] for name in BY_NAME if given.get(name) is not None}
    )


def add_parameters(parser: argparse.ArgumentParser) -> None:
    """Define the command that prints the table of parameters."""
    parser.set_defaults(command=lambda _options: print(table(), end=""))  # noqa: T201


def table() -> str:
    """Return all training parameters as a Markdown table."""
    lines = [
        "| parameter | default | values | read by | what it does |",
        "|---|---|---|---|---|",
        *(_row(spec) for spec in PARAMETERS),
    ]
    return "\n".join(lines) + "\n"


def _row(spec: Parameter) -> str:
    values = spec.range or ("true or false" if spec.kind is bool else "text")
    readers = ", ".join(stage.name for stage in TABLE if spec.name in stage.reads)
    default = str(spec.default).lower() if spec.kind is bool else str(spec.default)
    return f"| `{spec.name}` | {default} | {values} | {readers} | {spec.text} |"


def _reader(spec: Parameter) -> Callable[[str], Any]:
    def read(text: str) -> object:
        return spec.parse(text)

    read.__name__ = spec.kind.__name__  # argparse names it in its message
    return read

"""Every published number has a command that makes it again."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml.evaluation.splits import COLD, PROTOCOLS
from ml.models.family import ABLATIONS, FAMILY

DOCS = Path(__file__).parents[2] / "docs"
QUALITY = (DOCS / "quality.md").read_text(encoding="utf-8")
PLACEHOLDER = re.compile(r"^(NAME|\.\.\.)$")
KNOWN_MODELS = {*FAMILY, *ABLATIONS}


def commands() -> Iterator[dict[str, list[str]]]:
    """The lists that follow `--protocol`, `--models` and `--diversity` in each command."""
    for line in re.findall(r"--(?:protocol|models)[^`\n]*", QUALITY):
        words = shlex.split(line)
        named = zip(words[::2], words[1::2], strict=False)
        yield {name.strip("-"): value.split(",") for name, value in named if name[:2] == "--"}


def makes(command: dict[str, list[str]], protocol: str, model: str) -> bool:
    models, protocols = command.get("models", []), command.get("protocol", ["full-random"])
    plain, _, dial = model.partition("-dial-")
    if dial and dial not in [f"{float(each):g}" for each in command.get("diversity", [])]:
        return False
    protocol = protocol.removesuffix("-dial") if dial else protocol
    return (plain in models or "NAME" in models) and (protocol in protocols or "NAME" in protocols)


def test_the_commands_name_models_and_protocols_that_there_are():
    listed = list(commands())
    assert len(listed) > 5
    for command in listed:
        models = {name for name in command.get("models", []) if not PLACEHOLDER.match(name)}
        assert models <= KNOWN_MODELS
        for name in command.get("protocol", []):
            assert name in PROTOCOLS or COLD.match(name) or PLACEHOLDER.match(name)


def measured() -> list[tuple[str, str, str]]:
    rows = json.loads((DOCS / "results.json").read_text(encoding="utf-8"))
    return sorted({(row["dataset"], row["protocol"], row["model"]) for row in rows})


@pytest.mark.parametrize(("dataset", "protocol", "model"), measured())
def test_a_published_number_can_be_made_again_by_one_command(dataset, protocol, model):
    assert any(makes(command, protocol, model) for command in commands()), dataset


def test_every_model_that_the_docs_name_is_there():
    named = set(re.findall(r"`((?:served|neumf|ease)-[a-z0-9.-]+)`", QUALITY))
    unknown = {name for name in named if "-dial-" not in name} - KNOWN_MODELS
    assert not unknown

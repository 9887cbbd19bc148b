"""Every published number has a command that makes it again."""

import json
import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from ml.data.splits import COLD, PROTOCOLS
from ml.evaluation.family import ABLATIONS, FAMILY
from ml.evaluation.probes import is_probe
from ml.evaluation.report import write_report

DOCS = Path(__file__).parents[2] / "docs"
RESULTS = DOCS / "results"
SCRIPTS = DOCS.parent / "benchmarks"
BENCHMARKS = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
QUALITY = "".join(
    (DOCS / name).read_text(encoding="utf-8") for name in ("quality.md", "experiments.md")
)
PLACEHOLDER = re.compile(r"^(NAME|\.\.\.)$")
KNOWN_MODELS = {*FAMILY, *ABLATIONS}


def commands() -> Iterator[dict[str, list[str]]]:
    """Yield the lists after `--protocol`, `--models` and so on of each command; flags have none."""
    for line in re.findall(r"--(?:protocol|models)[^`\n]*", QUALITY):
        words = shlex.split(line)
        named = [
            (word.strip("-"), after.split(","))
            for word, after in pairwise([*words, "--"])
            if word[:2] == "--"
        ]
        yield {name: [] if values[0][:2] == "--" else values for name, values in named}


def makes(command: dict[str, list[str]], protocol: str, model: str, n_seeds: int) -> bool:
    if int(command.get("seeds", ["1"])[0]) < n_seeds:
        return False
    models, protocols = command.get("models", []), command.get("protocol", ["full-random"])
    suffix = next((name.removeprefix("suffix=") for name in command if "suffix=" in name), "")
    if not model.endswith(suffix):
        return False
    plain, _, dial = model.removesuffix(suffix).partition("-dial-")
    if dial and dial not in [f"{float(each):g}" for each in command.get("diversity", [])]:
        return False
    protocol = protocol.removesuffix("-dial") if dial else protocol
    if "split-seed" in command:
        protocol = protocol.removesuffix("-fixed")
    return (plain in models or "NAME" in models) and (protocol in protocols or "NAME" in protocols)


def test_the_commands_name_models_and_protocols_that_there_are():
    listed = list(commands())
    assert len(listed) > 5
    for command in listed:
        models = {name for name in command.get("models", []) if not PLACEHOLDER.match(name)}
        assert models <= KNOWN_MODELS
        for name in command.get("protocol", []):
            known = name in PROTOCOLS or COLD.match(name) or is_probe(name)
            assert known or PLACEHOLDER.match(name)


def measured() -> list[tuple[str, str, str, int]]:
    rows = json.loads((DOCS / "results.json").read_text(encoding="utf-8"))
    seeds: dict[tuple[str, str, str], int] = {}
    for row in rows:
        key = row["dataset"], row["protocol"], row["model"]
        seeds[key] = max(seeds.get(key, 0), 1 + row["seed"])
    return sorted((*key, n_seeds) for key, n_seeds in seeds.items())


@pytest.mark.parametrize(("dataset", "protocol", "model", "n_seeds"), measured())
def test_a_published_number_can_be_made_again_by_one_command(dataset, protocol, model, n_seeds):
    assert any(makes(command, protocol, model, n_seeds) for command in commands()), dataset


def test_the_pages_and_plots_of_results_are_what_the_command_writes(tmp_path):
    write_report(DOCS / "results.json", tmp_path)
    written = {path.relative_to(tmp_path) for path in tmp_path.rglob("*.*")}
    assert written == {path.relative_to(RESULTS) for path in RESULTS.rglob("*.*")}
    for name in written:
        assert (tmp_path / name).read_bytes() == (RESULTS / name).read_bytes(), name


def sections() -> Iterator[tuple[str, str]]:
    """Return the title and text of each section of the benchmarks that has a table."""
    for section in BENCHMARKS.split("\n## ")[1:]:
        title, _, text = section.partition("\n")
        if "\n|" in text:
            yield title, text


@pytest.mark.parametrize(
    ("title", "text"), [pytest.param(*each, id=each[0]) for each in sections()]
)
def test_each_table_of_the_benchmarks_stands_beside_the_command_that_makes_it(title, text):
    assert re.search(r"`python -m benchmarks\.\w+", text), title


@pytest.mark.parametrize("page", [QUALITY, BENCHMARKS], ids=["quality", "benchmarks"])
def test_the_commands_of_benchmarks_name_scripts_and_options_that_there_are(page):
    common = (SCRIPTS / "measuring.py").read_text(encoding="utf-8")
    found = re.findall(r"python -m benchmarks\.(\w+)([^`\n]*)", page)
    assert found
    for script, options in found:
        code = common + (SCRIPTS / f"{script}.py").read_text(encoding="utf-8")
        for option in re.findall(r"--[a-z-]+", options):
            assert f'"{option}"' in code, f"{script} {option}"


def test_every_model_that_the_docs_name_is_there():
    named = set(re.findall(r"`((?:served|neumf|ease)-[a-z0-9.-]+)`", QUALITY))
    plain = {name.removesuffix("-tuned") for name in named if "-dial-" not in name}
    unknown = plain - KNOWN_MODELS
    assert not unknown

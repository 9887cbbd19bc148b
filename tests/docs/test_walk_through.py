"""The page that walks through the method with DataFrames: every block runs on a real run."""

import re
from pathlib import Path
from typing import Any

import pytest

from ml.io import workspace
from ml.pipeline.stages import STAGES, run_stage
from ml.progress import ignore_progress
from tests.ml.pipeline.test_stages import CONFIG, small_dataset

PAGE = Path(__file__).resolve().parents[2] / "docs" / "walk-through.md"


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("walk") / "out"
    workspace.write_inputs(folder, small_dataset())
    for stage in STAGES:
        run_stage(stage, folder, CONFIG, ignore_progress)
    return folder


def test_every_block_of_the_walk_through_runs(run_folder: Path, monkeypatch) -> None:
    monkeypatch.chdir(run_folder.parent)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 8
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
    assert set(names["user_genre_similarity"]) == set(names["ratings"]["userid"])

"""The table of stages says what the stages really read."""

import shutil
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from ml.io import workspace
from ml.pipeline.stages import _STAGES, BASE, run_stage
from ml.progress import ignore_progress
from ml.training.config import PipelineConfig
from ml.training.stages import BY_NAME, STAGES, UPDATE_STAGES, fields_read
from tests.ml.pipeline.test_stages import small_dataset

NAMES = {field.name for field in fields(PipelineConfig)}
COPYING = {"dataclasses", "ml.training.config"}
"""Modules that read a whole configuration to copy or to check it."""


class Recorded(PipelineConfig):
    """Keeps the names of the fields that are read."""

    read: set[str] = set()

    def __getattribute__(self, name: str) -> Any:
        if name in NAMES and sys._getframe(1).f_globals["__name__"] not in COPYING:
            Recorded.read.add(name)
        return object.__getattribute__(self, name)


def reads(stage: str, folder: Path, **values: Any) -> set[str]:
    Recorded.read.clear()
    run_stage(stage, folder, Recorded(threads=1, **values), ignore_progress)
    return Recorded.read - {"threads"}  # every stage sets the number of threads


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, set[str]]]:
    folder = tmp_path_factory.mktemp("run")
    workspace.write_inputs(folder, small_dataset())
    values = {"epochs": 1, "dimension": 8, "factors": 8, "linear_rank": 16}
    return folder, {stage: reads(stage, folder, **values) for stage in STAGES}


def test_each_stage_of_a_training_reads_only_what_the_table_says(trained):
    for stage, found in trained[1].items():
        assert found <= BY_NAME[stage].reads, stage


def test_each_stage_of_an_update_reads_only_what_the_table_says(trained, tmp_path: Path):
    workspace.write_inputs(tmp_path, small_dataset())
    shutil.copytree(trained[0] / "model", tmp_path / BASE)
    for stage in UPDATE_STAGES:
        assert reads(stage, tmp_path, update_epochs=1) <= BY_NAME[stage].reads, stage


def test_each_stage_leaves_the_products_of_the_table(trained):
    for stage in STAGES:
        for product in BY_NAME[stage].products:
            assert (trained[0] / product).exists(), product


def test_every_parameter_is_read_by_a_stage():
    assert fields_read(BY_NAME) == NAMES


def test_every_stage_of_the_table_can_run():
    assert set(_STAGES) == set(BY_NAME)

"""A stage by two real processes under torchrun, as a worker with MARQUEE_TRAIN_PROCESSES=2 does."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from ml.data.dataset import DataError
from ml.io import workspace
from ml.pipeline.stages import run_stage
from ml.progress import Cancelled, Progress
from ml.training.config import PipelineConfig
from recommendations.training.models import ModelRun
from recommendations.training.worker import stages
from recommendations.training.worker.causes import cause_in_words
from recommendations.training.worker.launch import TrainingFailedError, run_stage_together
from tests.ml.pipeline.test_stages import small_dataset

pytestmark = [pytest.mark.slow]
CONFIG = PipelineConfig(epochs=2, dimension=8, factors=8, linear_rank=16, threads=1, device="cpu")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a workspace whose films are embedded, by numbers drawn."""
    dataset = small_dataset()
    workspace.write_inputs(tmp_path, dataset)
    vectors = np.random.default_rng(0).normal(size=(len(dataset.catalogue), 24))
    path = tmp_path / "movie_embeddings.parquet"
    ids = dataset.catalogue.movie_ids
    workspace.write_vectors(path, "movieid", ids, vectors.astype(np.float32))
    run_stage("sample", tmp_path, CONFIG, lambda _: None)
    return tmp_path


def test_data_that_cannot_be_used_is_refused_in_the_same_words(folder: Path):
    (folder / "ratings.parquet").write_bytes(b"not a table")
    with pytest.raises(DataError, match=r"ratings\.parquet cannot be read"):
        run_stage_together(2, "train", folder, CONFIG, lambda _: None)


@pytest.mark.skipif(torch.cuda.is_available(), reason="asks for a GPU that is not there")
def test_processes_that_fail_say_why(folder: Path):
    elsewhere = replace(CONFIG, device="cuda")
    with pytest.raises(TrainingFailedError, match="no GPU that torch can use") as raised:
        run_stage_together(2, "train", folder, elsewhere, lambda _: None)
    words = "device is cuda, and this machine has no GPU that torch can use"
    assert cause_in_words(raised.value) == words


def test_a_cancelled_stage_leaves_no_process_behind(folder: Path):
    def cancel(_: Progress) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        run_stage_together(2, "train", folder, CONFIG, cancel)
    left = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    assert not [command for command in left if str(folder) in command]


@pytest.mark.parametrize(
    ("n_processes", "name", "together"),
    [
        (2, "train", True),
        (2, "embed", False),
        (1, "train", False),
    ],
)
def test_the_setting_decides_which_stages_train_together(
    settings, monkeypatch, tmp_path, n_processes, name, together
):
    settings.TRAIN_PROCESSES = n_processes
    started: list[int] = []

    def launched(n: int, *_: object, **__: object) -> dict[str, object]:
        started.append(n)
        return {}

    monkeypatch.setattr(stages, "run_stage_together", launched)
    monkeypatch.setattr(stages, "run_stage", lambda *_, **__: {})
    run = ModelRun(parameters={})
    stages._run(run, name, tmp_path, lambda _: None)  # type: ignore[arg-type]
    assert started == ([2] if together else [])

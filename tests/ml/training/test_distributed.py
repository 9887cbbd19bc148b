"""Several real processes under torchrun (gloo, on the CPU) train as one does."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from ml.__main__ import main
from ml.data.dataset import Dataset
from ml.training import distributed
from tests.ml.pipeline.test_stages import small_dataset
from tests.ml.training import shared_training

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = Path(__file__).with_name("shared_training.py")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def start(
    n_processes: int, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={n_processes}"]
    return subprocess.run(
        [sys.executable, *launcher, *arguments],
        cwd=ROOT,
        env=os.environ | ONE_THREAD | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def trained(folder: Path) -> tuple[list[float], dict[str, np.ndarray]]:
    """Return the losses and the films' vectors that a training has left in ``folder``."""
    with np.load(folder / "trained.npz") as arrays:
        return json.loads((folder / "losses.json").read_text()), dict(arrays)


@pytest.fixture(scope="module")
def together(tmp_path_factory) -> Path:
    """Return a folder in which three processes have trained every form, one after another."""
    folder = tmp_path_factory.mktemp("together")
    ended = start(3, str(SCRIPT), str(folder), *shared_training.FORMS)
    assert ended.returncode == 0, ended.stderr
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("form", shared_training.FORMS)
def test_three_processes_learn_what_one_learns(together, tmp_path, form):
    shared_training.train(tmp_path, form)
    losses, arrays = trained(tmp_path)
    assert losses[-1] < losses[0]
    shared_losses, shared = trained(together / form)
    assert shared_losses == pytest.approx(losses, rel=1e-4)
    for name, values in arrays.items():
        np.testing.assert_allclose(shared[name], values, atol=2e-3)


@pytest.mark.slow
def test_a_process_that_fails_fails_them_all_and_its_error_is_shown(tmp_path):
    ended = start(2, str(SCRIPT), str(tmp_path), "exact", FAILING_RANK="1")
    assert ended.returncode != 0
    assert "out of memory on purpose" in ended.stderr
    assert not (tmp_path / "exact" / "losses.json").exists()


@pytest.mark.slow
def test_the_command_line_runs_under_torchrun_and_measures_the_same(tmp_path):
    data, alone, together = (tmp_path / name for name in ("data", "alone", "together"))
    write_movielens(data, small_dataset())
    run = ["run", "--data", str(data), "--epochs", "2", "--device", "cpu", "--out"]
    assert main([*run, str(alone)]) == 0
    shutil.copytree(alone / "text_embeddings", together / "text_embeddings")
    ended = start(2, "-m", "ml", *run, str(together))
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("users measured") == 1, "only the leader speaks"
    one, two = (json.loads((out / "metrics.json").read_text()) for out in (alone, together))
    assert one.keys() == two.keys()
    assert two["popularity"] == one["popularity"]
    assert two["served"]["ndcg@10"] == pytest.approx(one["served"]["ndcg@10"], abs=0.03)


def write_movielens(folder: Path, dataset: Dataset) -> None:
    """Return the data set in MovieLens' own form."""
    folder.mkdir()
    films, ratings = dataset.catalogue, dataset.ratings
    rows = [
        f"{films.movie_ids[place]},{films.titles[place]} ({films.years[place]:.0f}),"
        + "|".join(np.array(films.genre_names)[films.genres[place] > 0])
        for place in range(len(films))
    ]
    (folder / "movies.csv").write_text("\n".join(["movieId,title,genres", *rows]) + "\n")
    rows = [
        f"{ratings.user_ids[user]},{films.movie_ids[movie]},{stars / 2},{timestamp}"
        for user, movie, stars, timestamp in zip(
            ratings.user_index,
            ratings.movie_index,
            ratings.half_stars,
            ratings.timestamps,
            strict=True,
        )
    ]
    (folder / "ratings.csv").write_text(
        "\n".join(["userId,movieId,rating,timestamp", *rows]) + "\n"
    )


def test_without_torchrun_there_is_one_process_and_its_share_is_everything():
    with distributed.team("cpu") as is_leader:
        assert is_leader
        assert distributed.n_processes() == 1
        assert distributed.share(7) == slice(0, 7)


def test_a_gpu_that_is_not_there_is_refused_in_words(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert distributed.chosen_device("auto").type == "cpu"
    with pytest.raises(ValueError, match="no GPU"):
        distributed.chosen_device("cuda")

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ml.io.files import write_atomically
from ml.serving.artifact import (
    MANIFEST_FILE,
    TENSORS_FILE,
    ArtifactError,
    Manifest,
    load_artifact,
    save_artifact,
    write_manifest,
)

MANIFEST = Manifest(
    config={"seed": 1},
    seed=1,
    data_hash="d",
    code_version="c",
    n_users=2,
    n_movies=3,
    n_ratings=4,
    genre_names=("Drama",),
    embedding_model="minilm",
    embedding_dimension=384,
)
TENSORS: dict[str, NDArray[Any]] = {"b": np.arange(3, dtype=np.float32), "a": np.eye(2)}


def test_a_model_comes_back_as_it_was_saved(tmp_path):
    saved = save_artifact(tmp_path, TENSORS, MANIFEST)
    tensors, manifest = load_artifact(tmp_path)
    assert manifest == saved
    assert {name: array.tolist() for name, array in tensors.items()} == {
        name: array.tolist() for name, array in TENSORS.items()
    }


def test_equal_models_are_equal_bytes_whatever_order_their_arrays_came_in(tmp_path):
    save_artifact(tmp_path / "one", TENSORS, MANIFEST)
    save_artifact(tmp_path / "two", dict(reversed(TENSORS.items())), MANIFEST)
    for name in (TENSORS_FILE, MANIFEST_FILE):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_metrics_can_be_written_into_the_manifest_afterwards(tmp_path):
    saved = save_artifact(tmp_path, TENSORS, MANIFEST)
    write_manifest(tmp_path, replace(saved, metrics={"ndcg@10": 0.3}))
    assert load_artifact(tmp_path)[1].metrics == {"ndcg@10": 0.3}


@pytest.mark.parametrize("name", [TENSORS_FILE, MANIFEST_FILE])
def test_a_missing_file_is_named(tmp_path, name):
    save_artifact(tmp_path, TENSORS, MANIFEST)
    (tmp_path / name).unlink()
    with pytest.raises(ArtifactError, match=name):
        load_artifact(tmp_path)


@pytest.mark.parametrize("name", [TENSORS_FILE, MANIFEST_FILE])
@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 40, b"{}"])
def test_a_damaged_file_is_refused(tmp_path, name, content):
    save_artifact(tmp_path, TENSORS, MANIFEST)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ArtifactError, match=name):
        load_artifact(tmp_path)


def test_the_tensors_of_another_model_are_refused(tmp_path):
    save_artifact(tmp_path / "other", {"a": np.zeros(2)}, MANIFEST)
    save_artifact(tmp_path, TENSORS, MANIFEST)
    (tmp_path / TENSORS_FILE).write_bytes((tmp_path / "other" / TENSORS_FILE).read_bytes())
    with pytest.raises(ArtifactError, match="not the file that its manifest describes"):
        load_artifact(tmp_path)


def test_a_manifest_of_another_format_is_refused(tmp_path):
    save_artifact(tmp_path, TENSORS, MANIFEST)
    values = json.loads((tmp_path / MANIFEST_FILE).read_text())
    (tmp_path / MANIFEST_FILE).write_text(json.dumps({**values, "format": 99}))
    with pytest.raises(ArtifactError, match="format 99"):
        load_artifact(tmp_path)


def test_a_write_that_fails_leaves_the_old_file_and_no_rubbish(tmp_path):
    path = tmp_path / "file"
    write_atomically(path, b"old")
    with pytest.raises(TypeError):
        write_atomically(path, "no bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]

"""A trained model on disk: `model.safetensors` and `manifest.json`. Never pickle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from ml.io.files import write_atomically

FORMAT = 4
"""The format that this code writes and reads."""
TENSORS_FILE = "model.safetensors"
MANIFEST_FILE = "manifest.json"


class ArtifactError(Exception):
    """A model's files are missing, damaged, or do not belong together."""


@dataclass(frozen=True)
class Manifest:
    """What a model is, in JSON: enough to trust it, compare it and make it again."""

    config: Mapping[str, Any]
    """The `PipelineConfig` it was trained with."""
    seed: int
    data_hash: str
    """SHA-256 of the training ratings and films."""
    code_version: str
    """SHA-256 of the `ml` package's source."""
    n_users: int
    n_movies: int
    n_ratings: int
    genre_names: tuple[str, ...]
    embedding_model: str
    embedding_dimension: int
    metrics: Mapping[str, float] = field(default_factory=dict)
    tensors_hash: str = ""
    """SHA-256 of the tensors file that this manifest belongs to."""
    format: int = FORMAT
    country_names: tuple[str, ...] = ()
    """Countries that are attributes of the movies, in the order of the tensors."""


def save_artifact(
    directory: Path, tensors: Mapping[str, NDArray[Any]], manifest: Manifest
) -> Manifest:
    """Write both files and return the manifest with the tensors' hash in it.

    The tensors go first: a crash between the two leaves a hash that does not match, which
    `load_artifact` refuses, rather than an old description of a new model.
    """
    content = save({name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)})
    sealed = Manifest(**{**_shallow(manifest), "tensors_hash": hashlib.sha256(content).hexdigest()})
    write_atomically(directory / TENSORS_FILE, content)
    write_manifest(directory, sealed)
    return sealed


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Write the manifest alone, as when metrics become known after the model."""
    write_atomically(
        directory / MANIFEST_FILE,
        (json.dumps(asdict(manifest), indent=2, sort_keys=True) + "\n").encode(),
    )


def load_manifest(directory: Path) -> Manifest:
    """Read the manifest.

    Raises
    ------
    ArtifactError
        It is missing, is not JSON, or has not this format's fields.

    """
    path = directory / MANIFEST_FILE
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        values["genre_names"] = tuple(values["genre_names"])
        values["country_names"] = tuple(values.get("country_names", ()))
        manifest = Manifest(**values)
    except OSError as error:
        raise ArtifactError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, TypeError, KeyError) as error:
        raise ArtifactError(f"{path} is no model manifest: {error}") from error
    if manifest.format != FORMAT:
        raise ArtifactError(f"{path} has format {manifest.format}, this code reads {FORMAT}")
    return manifest


def load_artifact(directory: Path) -> tuple[dict[str, NDArray[Any]], Manifest]:
    """Read and check a model.

    Raises
    ------
    ArtifactError
        A file is missing or damaged, or the two do not belong together.

    """
    manifest = load_manifest(directory)
    path = directory / TENSORS_FILE
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        tensors = load_file(path)
    except OSError as error:
        raise ArtifactError(f"cannot read {path}: {error.strerror}") from error
    except SafetensorError as error:
        raise ArtifactError(f"{path} is damaged: {error}") from error
    if found != manifest.tensors_hash:
        raise ArtifactError(f"{path} is not the file that its manifest describes")
    return tensors, manifest


def _shallow(manifest: Manifest) -> dict[str, Any]:
    return {entry.name: getattr(manifest, entry.name) for entry in fields(manifest)}

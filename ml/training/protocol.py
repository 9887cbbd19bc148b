"""The protocol of the family of recommenders, and how a fitted one is kept on disk.

A recommender is a frozen dataclass of its settings; `fit` gives a fitted one, a frozen dataclass of
arrays, which `scores` histories. The family by name is in `ml.evaluation.family`; the linear,
ALS and history branches (`linear`, `ials`, `history`) join it there.

Legend: N films, D text dimensions, B users of a batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from types import NoneType
from typing import (
    Any,
    Protocol,
    TypeVar,
    cast,
    get_args,
    get_type_hints,
    runtime_checkable,
)

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from ml.data.dataset import Catalogue, Ratings
from ml.io.files import write_atomically
from ml.progress import Reporter, ignore_progress
from ml.serving.artifact import ArtifactError
from ml.serving.base_models import BaseModel, Rated

Fitted = TypeVar("Fitted")


@dataclass(frozen=True)
class TrainingData:
    """All that a model may learn from."""

    ratings: Ratings
    catalogue: Catalogue
    text: NDArray[np.float32]
    """[N, D] unit text embeddings of the films."""


class FittedRecommender(Protocol):
    """Scores any history, a stranger's or an empty one included."""

    def scores(self, histories: Ratings, users: NDArray[np.int64]) -> NDArray[np.float32]:
        """[B, N] finite scores, higher is better, of the users at these positions of `histories`.

        A model with a row for each training user looks them up by `histories.user_ids`; a user
        without a training rating is folded in.
        """


class Recommender(Protocol):
    """Settings of one model."""

    def fit(
        self, training: TrainingData, *, seed: int, report: Reporter = ignore_progress
    ) -> FittedRecommender:
        """Learn from the training ratings and the films' features."""


def member_scores(
    member: BaseModel, histories: Ratings, users: NDArray[np.int64]
) -> NDArray[np.float32]:
    """[B, N] scores of a branch of the fused model, standing alone."""
    vectors = np.stack([member.user_vector(history(histories, user)) for user in users])
    scores: NDArray[np.float32] = vectors @ member.items.vectors.T + member.items.bias
    return scores.astype(np.float32)


def history(histories: Ratings, user: int | np.int64) -> Rated:
    """One user's rated films."""
    rows = slice(*histories.offsets[user : user + 2])
    return Rated(histories.movie_index[rows].astype(np.int64), histories.half_stars[rows])


@runtime_checkable
class Tensors(Protocol):
    """What names its arrays by itself, as `ml.serving.ensemble.Fusion` does."""

    def to_tensors(self) -> dict[str, NDArray[Any]]:
        """Everything by name."""

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]]) -> Tensors:
        """The reverse. Raises KeyError where an array is missing."""


def save_model(model: object, path: Path) -> None:
    """Write a fitted model, a dataclass of arrays, floats, mappings and other such dataclasses.

    A field that is None is left out, and is to be None by default. `Tensors` name their own arrays.

    Raises:
        TypeError: a field holds something else.
    """
    tensors = {name: np.ascontiguousarray(value) for name, value in _flat(model).items()}
    write_atomically(path, save(tensors, metadata={"kind": type(model).__name__}))


def load_model(kind: type[Fitted], path: Path) -> Fitted:
    """Read a fitted model of this kind.

    Raises:
        ArtifactError: the file is missing, damaged, or of another kind.
    """
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise ArtifactError(f"cannot read {path}: {error}") from error
    nested: dict[str, Any] = {}
    for name, value in tensors.items():
        *parents, leaf = name.split(".")
        place = nested
        for parent in parents:
            place = place.setdefault(parent, {})
        place[leaf] = value
    try:
        return cast("Fitted", _built(kind, nested))
    except (TypeError, KeyError) as error:
        raise ArtifactError(f"{path} is no {kind.__name__}: {error}") from error


def _flat(value: object, prefix: str = "") -> dict[str, NDArray[Any]]:
    if isinstance(value, np.ndarray | float):
        return {prefix: np.atleast_1d(value)}
    parts: dict[str, Any]
    if isinstance(value, Tensors):
        parts = dict(value.to_tensors())
    elif isinstance(value, Mapping):
        parts = dict(value)
    elif is_dataclass(value):
        parts = {field.name: getattr(value, field.name) for field in fields(value)}
    else:
        raise TypeError(f"{prefix or type(value).__name__} is neither an array nor made of arrays")
    flat: dict[str, NDArray[Any]] = {}
    for name, part in parts.items():
        if part is None:
            continue
        flat |= _flat(part, f"{prefix}.{name}" if prefix else name)
    return flat


def _built(kind: type, nested: dict[str, Any]) -> object:
    if issubclass(kind, Tensors):
        return kind.from_tensors(_flat(nested))
    kinds = {name: _class_of(hint) for name, hint in get_type_hints(kind).items()}
    return kind(**{name: _part(kinds[name], value) for name, value in nested.items()})


def _part(kind: Any, value: Any) -> Any:
    if is_dataclass(kind):
        return _built(cast("type", kind), value)
    return float(value[0]) if kind is float else value


def _class_of(hint: Any) -> Any:
    """The class that is meant by `Kind` and by `Kind | None`."""
    choices = [choice for choice in get_args(hint) if choice is not NoneType]
    return choices[0] if len(choices) == 1 and NoneType in get_args(hint) else hint

"""What each user got, kept beside a model, so that two models can be compared user by user later.

One safetensors file: `user_ids` int64 [U] and `MODEL/METRIC` float32 [U] for every metric of the
served model and the NDCG@10 of what it is measured beside. NaN where a metric is undefined.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from ml.evaluation.bootstrap import Interval, paired_difference
from ml.evaluation.evaluator import Evaluation

FILE = "per_user.safetensors"
SERVED = "served"
METRIC = "ndcg@10"


@dataclass(frozen=True)
class PerUser:
    """One evaluation, user by user."""

    user_ids: NDArray[np.int64]
    """[U], ascending."""
    columns: Mapping[str, NDArray[np.float32]]
    """[U] by `MODEL/METRIC`."""

    def column(self, metric: str = METRIC, model: str = SERVED) -> NDArray[np.float64]:
        """[U]; NaN where nothing was measured."""
        unknown = np.full(len(self.user_ids), np.nan)
        return self.columns.get(f"{model}/{metric}", unknown).astype(np.float64)

    def metrics(self, model: str = SERVED) -> tuple[str, ...]:
        """Return the metrics that are known of a model, in the file's order."""
        prefix = f"{model}/"
        return tuple(name.removeprefix(prefix) for name in self.columns if name.startswith(prefix))


def per_user_bytes(measured: Mapping[str, Evaluation]) -> bytes:
    """Return the file's content.

    All evaluations are of the same users in the same order.
    """
    tensors: dict[str, NDArray[np.int64] | NDArray[np.float32]] = {}
    for model, evaluation in measured.items():
        tensors["user_ids"] = np.ascontiguousarray(evaluation.user_ids)
        for metric, column in evaluation.per_user.items():
            if model == SERVED or metric == METRIC:
                tensors[f"{model}/{metric}"] = column.astype(np.float32)
    return save(tensors or {"user_ids": np.empty(0, np.int64)})


def read_per_user(content: bytes) -> PerUser:
    """Read it back.

    Raises
    ------
    ValueError
        This is no such file.

    """
    try:
        tensors = load(content)
        user_ids = tensors.pop("user_ids")
    except (SafetensorError, KeyError) as error:
        raise ValueError(f"no metrics by user: {error}") from error
    order = np.argsort(user_ids)
    return PerUser(user_ids[order], {name: tensors[name][order] for name in sorted(tensors)})


def compared(
    left: PerUser,
    right: PerUser,
    metric: str = METRIC,
    *,
    models: tuple[str, str] = (SERVED, SERVED),
    confidence: float = 0.95,
) -> tuple[Interval, int]:
    """Mean of left - right over the users measured in both, and how many they are.

    Paired bootstrap over users. Where two runs held out other ratings of a user, the pair still
    shares the user's difficulty. NaN three times where no user is in both.
    """
    _, at_left, at_right = np.intersect1d(
        left.user_ids, right.user_ids, assume_unique=True, return_indices=True
    )
    ours = left.column(metric, models[0])[at_left]
    theirs = right.column(metric, models[1])[at_right]
    n_users = int((~np.isnan(ours - theirs)).sum())
    return paired_difference(ours, theirs, confidence=confidence), n_users

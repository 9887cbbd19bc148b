"""Which model serves a visitor: the active one, or the visitor's side of the running split."""

import hashlib

from movies.visitors import Visitor
from recommendations.serving.registry import (
    ActiveModel,
    ActiveSplit,
    active_model,
    active_split,
)


def model_for(visitor: Visitor) -> ActiveModel | None:
    """Return the model for this visitor: the active one, or their side of the running split.

    A visitor without a key gets the active model, because no side of the split could be kept
    for them. Cost: that of :func:`active_model`.
    """
    split, key = active_split(), visitor.key
    if split is None or key is None:
        return active_model()
    return split.b if gets_b(key, split.split_id, split.percent_b) else split.a


def split_of(visitor: Visitor, version_id: int | None) -> ActiveSplit | None:
    """Return the running split if the visitor takes part in it and this version is their side."""
    split, model = active_split(), model_for(visitor)
    is_part = split is not None and visitor.key is not None
    return split if is_part and model is not None and model.version_id == version_id else None


def gets_b(visitor_key: str, split_id: int, percent_b: int) -> bool:
    """Whether a visitor is on side B: always the same answer, and even shares over many visitors.

    >>> sum(gets_b(f"user:{n}", 1, 30) for n in range(10_000)) // 100
    30
    """
    digest = hashlib.blake2b(f"{split_id}:{visitor_key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) % 10_000 < 100 * percent_b

"""The served scorer: members fused by a head, in NumPy, exactly explainable.

score = scale * prior + linear(features) + MLP(features), where the prior is a weighted sum of the
members' z-scores. The MLP's first layer is split, so that what depends on the film alone and what
depends on the user alone is added, not multiplied out for each pair. Every score is a function of
the history alone, never of the other films' scores, so a leave-one-out score costs no more than
one row of the same formula.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.context import FEATURES, FilmContext, UserStates, features, user_states
from ml.members import AlsMember, Floats, HistoryMember, ItemSide, LinearMember, Member, Rated

MEMBERS = ("linear", "als", "history", "content")
INPUTS = (*MEMBERS, *FEATURES, "newness")
"""What the head reads, in this order."""
CLIP = 5.0
"""Standardised features are cut here, so that nothing unheard-of in training can run away."""


@dataclass(frozen=True)
class Head:
    """Weights of the fusion head. F inputs, M hidden units, L units of the second layer."""

    mean: Floats
    """[F] of the inputs over the training candidates."""
    deviation: Floats
    """[F]."""
    prior_weights: Floats
    """[4], of the members' z-scores."""
    prior_scale: Floats
    """[2] of the prior: for everybody, and more of it times the user's newness."""
    linear: Floats
    """[2, F]: for everybody, and more of it times the user's newness."""
    w1: Floats
    """[E, F, M] for E heads, whose mean is taken. It counts less the newer the user is."""
    b1: Floats
    """[E, M]."""
    w2: Floats
    """[E, M, L]."""
    b2: Floats
    """[E, L]."""
    w3: Floats
    """[E, L]."""

    def __call__(self, inputs: Floats) -> Floats:
        """Scores [...] of inputs [..., F]."""
        newness = inputs[..., -1]
        prior = inputs[..., : len(MEMBERS)] @ self.prior_weights
        x = np.clip((inputs - self.mean) / self.deviation, -CLIP, CLIP)
        deep = np.zeros_like(prior)
        for w1, b1, w2, b2, w3 in zip(self.w1, self.b1, self.w2, self.b2, self.w3, strict=True):
            hidden = np.maximum(np.maximum(x @ w1 + b1, 0) @ w2 + b2, 0)
            deep += hidden @ (w3 / len(self.w3))
        scale = self.prior_scale[0] + self.prior_scale[1] * newness
        plain, more = x @ self.linear[0], x @ self.linear[1]
        total: Floats = scale * prior + plain + newness * more + (1 - newness) * deep
        return total.astype(np.float32)


@dataclass(frozen=True)
class State:
    """B users: a vector for each member, and the context's sums."""

    vectors: tuple[Floats, ...]
    context: UserStates


@dataclass(frozen=True)
class Fusion:
    """The members, the context and the head over N films."""

    members: tuple[Member, ...]
    films: FilmContext
    head: Head

    def state(self, rated: Rated, timestamps: NDArray[np.int64] | None) -> State:
        """One history, B = 1."""
        context = user_states(
            self.films, rated.movie_index, rated.half_stars, timestamps, without_each=False
        )
        return State(tuple(m.user_vector(rated)[None] for m in self.members), context)

    def states_without_each(self, rated: Rated, timestamps: NDArray[np.int64] | None) -> State:
        """The history without each of its films, B = H."""
        context = user_states(
            self.films, rated.movie_index, rated.half_stars, timestamps, without_each=True
        )
        return State(tuple(m.user_vectors_without_each(rated) for m in self.members), context)

    def inputs(self, state: State, movie_index: NDArray[np.int64] | None = None) -> Floats:
        """[B, K, F] of the given films ([K]), or of all."""
        scores = [
            member.items.z_scores(vectors, movie_index)
            for member, vectors in zip(self.members, state.vectors, strict=True)
        ]
        context = features(self.films, state.context, movie_index)
        newness = np.broadcast_to(state.context.newness[:, None], scores[0].shape)
        return np.concatenate(
            [np.stack(scores, axis=-1), context, newness[:, :, None]], axis=-1
        ).astype(np.float32)

    def scores(self, state: State, movie_index: NDArray[np.int64] | None = None) -> Floats:
        """[B, K]."""
        return self.head(self.inputs(state, movie_index))

    @property
    def item_vectors(self) -> Floats:
        """[N, D] the members' item vectors and biases side by side."""
        parts = [
            np.column_stack([member.items.vectors, member.items.bias]) for member in self.members
        ]
        return np.hstack(parts).astype(np.float32)

    def query_vectors(self, state: State) -> Floats:
        """[B, D] whose dot products with `item_vectors` differ from the prior by a constant."""
        parts = []
        for member, vectors, weight in zip(
            self.members, state.vectors, self.head.prior_weights, strict=True
        ):
            scale = weight / member.items.mean_and_deviation(vectors)[1]
            parts.append(np.column_stack([vectors * scale[:, None], scale]))
        return np.hstack(parts).astype(np.float32)

    def to_tensors(self) -> dict[str, NDArray[Any]]:
        """Everything as named arrays, for safetensors."""
        tensors = {f"films.{key}": np.atleast_1d(v) for key, v in vars(self.films).items()}
        tensors |= {f"head.{key}": value for key, value in vars(self.head).items()}
        for name, member in zip(MEMBERS, self.members, strict=True):
            tensors |= {f"{name}.{key}": value for key, value in member_tensors(member).items()}
        return tensors

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]]) -> Fusion:
        """The reverse. Raises KeyError where an array is missing."""
        scalars = ("trend_start", "trend_seconds", "last_seen")
        films: dict[str, Any] = {
            key: tensors[f"films.{key}"] for key in FilmContext.__dataclass_fields__
        }
        films |= {key: float(films[key][0]) for key in scalars}
        head = {key: tensors[f"head.{key}"] for key in Head.__dataclass_fields__}
        members = tuple(member_from_tensors(name, tensors) for name in MEMBERS)
        return cls(members, FilmContext(**films), Head(**head))


def member_tensors(member: Member) -> dict[str, NDArray[Any]]:
    """A member as named arrays."""
    arrays: dict[str, NDArray[Any]] = {
        "vectors": member.items.vectors,
        "bias": member.items.bias,
    }
    for key, value in vars(member).items():
        if isinstance(value, np.ndarray):
            arrays[key] = value
        elif isinstance(value, Mapping):
            arrays |= value
    return arrays


def member_from_tensors(name: str, tensors: Mapping[str, NDArray[Any]]) -> Member:
    """The member of that name, from arrays whose names begin with it. Raises KeyError."""

    def own(key: str) -> NDArray[Any]:
        return tensors[f"{name}.{key}"]

    items = ItemSide(own("vectors"), own("bias"))
    if name == "linear":
        return LinearMember(items, own("inputs"), own("grades"))
    if name == "als":
        return AlsMember(items, own("precision"), own("weights"))
    layers = {key: own(key) for key in ("w1", "b1", "w2", "b2")}
    return HistoryMember(items, own("inputs"), own("rating_weights"), layers)

"""The branches whose scores the NCF fuses, in NumPy: each folds a history into a user vector.

A rating whose weight is 0 is not read: a film that the user disliked is no sign of interest in
films like it. `ml.serving.taste` counts it against them.

Legend: N films, H rated films of one history, D dimensions of a base model. A base model scores by
user vector . item vector + item bias. Item vectors stand in the basis that makes their covariance
over the catalogue diagonal, so the mean and the variance of a user's scores over all films cost
O(D), not a pass over the catalogue: that is what lets every leave-one-out score be exact and cheap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from ml.serving.new_movies import ContentTowers

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Rated:
    """One history's films as positions in the catalogue, at most once each."""

    movie_index: NDArray[np.int64]
    half_stars: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.movie_index)


class BaseModel(Protocol):
    """A branch: folds in a history, and the history without each of its films."""

    @property
    def items(self) -> ItemSide:
        """Return the item vectors and biases."""

    def user_vector(self, rated: Rated) -> Floats:
        """[D]; the zero vector for an empty history is allowed."""

    def user_vectors_without_each(self, rated: Rated) -> Floats:
        """[H, D]: row h is the user vector of the history without its h-th film, exactly."""

    def with_new_films(self, content: Floats) -> Self:
        """Append n movies; `content` [n, C] comes from `ml.serving.new_movies.movie_content`.

        No score of another film changes. A branch that cannot read content takes them for average
        films.
        """

    def take(self, movie_index: NDArray[np.int64]) -> Self:
        """With the films at these positions alone, in this order."""


@dataclass(frozen=True)
class ItemSide:
    """Item vectors and biases, and their moments over the films trained on."""

    vectors: Floats
    """[N, D]."""
    bias: Floats
    """[N]."""
    is_trained: NDArray[np.bool_] | None = None
    """[N] false for films added after the training; None where there is none of them."""

    def with_new_films(self, content: Floats, towers: ContentTowers | None) -> ItemSide:
        """With n films more; average ones, by vector and bias, where there are no towers."""
        mean, *_, bias_mean, _ = self._moments
        n = len(content)
        vectors = np.tile(mean, (n, 1)) if towers is None else content @ towers.vectors
        bias = np.full(n, bias_mean) if towers is None else np.repeat(towers.bias, n)
        return ItemSide(
            np.concatenate([self.vectors, vectors]),
            np.concatenate([self.bias, bias]),
            np.concatenate([self.trained, np.zeros(n, dtype=np.bool_)]),
        )

    def take(self, movie_index: NDArray[np.int64]) -> ItemSide:
        """Return the films at these positions, in this order."""
        return ItemSide(
            self.vectors[movie_index], self.bias[movie_index], self.trained[movie_index]
        )

    @property
    def trained(self) -> NDArray[np.bool_]:
        """[N] which films are not new."""
        known = self.is_trained
        return np.ones(len(self.bias), dtype=np.bool_) if known is None else known

    @cached_property
    def _moments(self) -> tuple[Floats, Floats, Floats, np.float32, np.float32]:
        vectors = self.vectors[self.trained].astype(np.float64)
        bias = self.bias[self.trained].astype(np.float64)
        centred = vectors - vectors.mean(axis=0)
        with_bias = 2 * centred.T @ (bias - bias.mean()) / len(bias)
        return (
            vectors.mean(axis=0).astype(np.float32),
            (centred**2).mean(axis=0).astype(np.float32),
            with_bias.astype(np.float32),
            np.float32(bias.mean()),
            np.float32(bias.var()),
        )

    @cached_property
    def columns(self) -> Floats:
        """[D, N] the vectors dimension by dimension: so all films are scored at memory's speed.

        A copy, made by the first user whom the whole catalogue is scored for.
        """
        return np.ascontiguousarray(self.vectors.T)

    @cached_property
    def lengths(self) -> Floats:
        """[N] Euclidean length of each vector, 1 for a vector of zeros."""
        lengths: Floats = np.linalg.norm(self.vectors, axis=1).astype(np.float32)
        return np.where(lengths > 0, lengths, np.float32(1))

    def mean_and_deviation(self, user_vectors: Floats) -> tuple[Floats, Floats]:
        """Mean and standard deviation over the catalogue of each user's scores, [B] from [B, D].

        The deviation of a user who scores all films alike is 1, so that z-scores stay finite.
        """
        mean, variance, with_bias, bias_mean, bias_variance = self._moments
        centre = user_vectors @ mean + bias_mean
        spread = user_vectors**2 @ variance + user_vectors @ with_bias + bias_variance
        deviation = np.sqrt(np.maximum(spread, 0))
        return centre, np.where(deviation > 1e-6, deviation, 1).astype(np.float32)

    def z_scores(
        self, user_vectors: Floats, movie_index: NDArray[np.int64] | None = None
    ) -> Floats:
        """[B, K] standardised scores of the given films, or of all."""
        columns = self.columns if movie_index is None else self.vectors[movie_index].T
        bias = self.bias if movie_index is None else self.bias[movie_index]
        centre, deviation = self.mean_and_deviation(user_vectors)
        scores: Floats = (user_vectors @ columns + bias - centre[:, None]) / deviation[:, None]
        return scores


def diagonal_basis(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """[D, D] orthogonal Q such that the rows of `vectors @ Q` have a diagonal covariance."""
    if vectors.shape[1] == 0:  # of data that say nothing
        return np.zeros((0, 0))
    centred = vectors - vectors.mean(axis=0)
    basis = np.linalg.eigh(centred.T @ centred / len(vectors))[1][:, ::-1]
    # An eigenvector's sign is arbitrary: fix it, so that equal data give equal bytes everywhere.
    signs = np.sign(basis[np.abs(basis).argmax(axis=0), np.arange(basis.shape[1])])
    return np.ascontiguousarray(basis * signs)


@dataclass(frozen=True)
class LinearModel:
    """A linear autoencoder: score = sum over rated films of grade * input vector . item vector."""

    items: ItemSide
    inputs: Floats
    """[N, D]."""
    grades: Floats
    """[10] weight of a rating of 1 to 10 half stars; 0 where it is not read."""
    towers: ContentTowers | None = None

    def with_new_films(self, content: Floats) -> LinearModel:
        """Add new films with the vectors that the closed form gives for their content."""
        items = self.items.with_new_films(content, self.towers)
        return replace(self, items=items, inputs=_with_inputs(self.inputs, content, self.towers))

    def take(self, movie_index: NDArray[np.int64]) -> LinearModel:
        """Return the model of the films at these positions."""
        return replace(self, items=self.items.take(movie_index), inputs=self.inputs[movie_index])

    def user_vector(self, rated: Rated) -> Floats:
        """Return the [D] vector of a user with this history."""
        vector: Floats = self.grades[rated.half_stars - 1] @ self.inputs[rated.movie_index]
        return vector

    def user_vectors_without_each(self, rated: Rated) -> Floats:
        """Return [H, D] vectors of the user without each of H films."""
        parts = self.grades[rated.half_stars - 1][:, None] * self.inputs[rated.movie_index]
        rest: Floats = parts.sum(axis=0) - parts
        return rest


@dataclass(frozen=True)
class AlsModel:
    """Implicit ALS (Hu, Koren and Volinsky, 2008): one ridge regression folds in a history."""

    items: ItemSide
    precision: Floats
    """[D, D] Gram matrix of the item vectors plus the regularisation."""
    weights: Floats
    """[10] confidence above 1 of a rating of 1 to 10 half stars; 0 where it is not read."""

    def with_new_films(self, content: Floats) -> AlsModel:
        """Add new films with the mean vector and bias, since ALS cannot place them by content."""
        return replace(self, items=self.items.with_new_films(content, None))

    def take(self, movie_index: NDArray[np.int64]) -> AlsModel:
        """Return the model of the films at these positions."""
        return replace(self, items=self.items.take(movie_index))

    def user_vector(self, rated: Rated) -> Floats:
        """Return the [D] vector of a user with this history."""
        precision, target, _, _ = self._system(rated)
        return np.linalg.solve(precision, target).astype(np.float32)

    def user_vectors_without_each(self, rated: Rated) -> Floats:
        """[H, D], by the Sherman-Morrison formula: one inverse serves all H systems."""
        precision, target, vectors, weights = self._system(rated)
        inverse = np.linalg.inv(precision)
        solved = vectors @ inverse
        leverage = weights * np.einsum("hd,hd->h", solved, vectors)
        whole = inverse @ target - (1 + weights)[:, None] * solved
        correction = weights * np.einsum("hd,hd->h", vectors, whole) / (1 - leverage)
        values: Floats = (whole + correction[:, None] * solved).astype(np.float32)
        return values

    def _system(self, rated: Rated) -> tuple[NDArray[np.float64], ...]:
        vectors = self.items.vectors[rated.movie_index].astype(np.float64)
        vectors *= self.items.trained[rated.movie_index, None]
        weights = self.weights[rated.half_stars - 1].astype(np.float64)
        vectors *= (weights > 0)[:, None]
        precision = self.precision + (vectors.T * weights) @ vectors
        return precision, vectors.T @ (1 + weights), vectors, weights


@dataclass(frozen=True)
class HistoryModel:
    """The history-encoded NCF: rated films, weighted by rating, through a residual tanh layer."""

    items: ItemSide
    inputs: Floats
    """[N, D]."""
    rating_weights: Floats
    """[10] learned weight of a rating of 1 to 10 half stars; 0 where it is not read."""
    layers: Mapping[str, Floats]
    """`w1` [D, D], `b1` [D], `w2` [D, D], `b2` [D] of the residual."""
    towers: ContentTowers | None = None

    def with_new_films(self, content: Floats) -> HistoryModel:
        """Add new films as the network sees films without an id vector."""
        items = self.items.with_new_films(content, self.towers)
        return replace(self, items=items, inputs=_with_inputs(self.inputs, content, self.towers))

    def take(self, movie_index: NDArray[np.int64]) -> HistoryModel:
        """Return the model of the films at these positions."""
        return replace(self, items=self.items.take(movie_index), inputs=self.inputs[movie_index])

    def user_vector(self, rated: Rated) -> Floats:
        """Return the [D] vector of a user with this history."""
        weights = self.rating_weights[rated.half_stars - 1]
        total = weights @ self.inputs[rated.movie_index]
        values: Floats = self._encode(total[None], np.array([weights @ weights], dtype=np.float32))[
            0
        ]
        return values

    def user_vectors_without_each(self, rated: Rated) -> Floats:
        """Return [H, D] vectors of the user without each of H films."""
        weights = self.rating_weights[rated.half_stars - 1]
        parts = weights[:, None] * self.inputs[rated.movie_index]
        return self._encode(parts.sum(axis=0) - parts, weights @ weights - weights**2)

    def _encode(self, totals: Floats, squares: Floats) -> Floats:
        """Normalise the weighted sums by the weights' length, then add the residual layer."""
        mixed = totals / (np.sqrt(np.maximum(squares, 0))[:, None] + 1e-6)
        hidden = np.tanh(mixed @ self.layers["w1"] + self.layers["b1"])
        return (mixed + hidden @ self.layers["w2"] + self.layers["b2"]).astype(np.float32)


def _with_inputs(inputs: Floats, content: Floats, towers: ContentTowers | None) -> Floats:
    """[N + n, D]; zero rows, which say nothing of who rated them, where there are no towers."""
    new = np.zeros((len(content), inputs.shape[1])) if towers is None else content @ towers.inputs
    return np.concatenate([inputs, new]).astype(np.float32)

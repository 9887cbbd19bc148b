"""Score with the served ensemble: base models and a ranking head, in NumPy, exactly explainable.

score = scale * prior + linear(features) + MLP(features) + taste terms, where the prior is a
weighted sum of the base models' z-scores and the taste terms are those of `ml.serving.taste`. For
cold-start users another scale and linear part replace the first three, blended by how few movies
they have rated, so that no rating makes a jump. Every score is a function of
the history alone, never of the other films' scores, so a leave-one-out score costs no more than
one row of the same formula.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.serving.base_models import (
    AlsModel,
    BaseModel,
    Floats,
    HistoryModel,
    ItemSide,
    LinearModel,
    Rated,
)
from ml.serving.features import FEATURES, MovieFeatures, UserStates, user_states, write_features
from ml.serving.new_movies import ContentTowers, NewMovies
from ml.serving.series import MovieSeries
from ml.serving.taste import TasteStates, TasteTerms, taste_scores, taste_states
from ml.serving.tfidf import TfidfTerms

BASE_MODELS = ("linear", "als", "history", "content")
INPUTS = (*BASE_MODELS, *FEATURES, "newness")
"""What the head reads, in this order."""
CLIP = 5.0
"""Standardised features are cut here, so that nothing unheard-of in training can run away."""
NESTED = frozenset({"words", "series"})
"""Fields of `MovieFeatures` that hold several arrays."""
BLOCK = 16_384
"""Films that the head scores at once: it bounds the memory of their hidden units."""


@dataclass(frozen=True)
class RankingHead:
    """Weights of the ranking head. F inputs, M hidden units, L units of the second layer."""

    mean: Floats
    """[F] of the inputs over the training candidates."""
    deviation: Floats
    """[F]."""
    prior_weights: Floats
    """[4], of the base models' z-scores."""
    prior_scale: Floats
    """[2] scale of the prior: for users with enough ratings, and for cold-start users."""
    linear: Floats
    """[2, F] weights: for users with enough ratings, and for cold-start users."""
    w1: Floats
    """[E, F, M] for E heads, whose mean is taken, of who has rated enough."""
    b1: Floats
    """[E, M]."""
    w2: Floats
    """[E, M, L]."""
    b2: Floats
    """[E, L]."""
    w3: Floats
    """[E, L]."""

    def __call__(self, inputs: Floats) -> Floats:
        """Scores [...] of inputs [..., F]; fastest where these lie input by input in memory."""
        columns = inputs.reshape(-1, inputs.shape[-1]).T
        scores = np.empty(columns.shape[1], dtype=np.float32)
        for start in range(0, len(scores), BLOCK):
            part = slice(start, start + BLOCK)
            scores[part] = self._score(columns[:, part])
        return scores.reshape(inputs.shape[:-1])

    def _score(self, columns: Floats) -> Floats:
        """[R] of inputs [F, R]."""
        newness = columns[-1]
        prior = self.prior_weights @ columns[: len(BASE_MODELS)]
        folded = self._folded
        x = np.clip(columns, folded.low, folded.high)
        linear = folded.linear @ x + folded.linear_bias
        cold_start: Floats = linear[1] + self.prior_scale[1] * prior
        if (newness == 1).all():
            return cold_start
        hidden = folded.w1 @ x
        hidden += folded.b1
        np.clip(hidden, 0, np.inf, out=hidden)  # NumPy's maximum with a scalar is thrice as slow
        hidden = folded.w2 @ hidden
        hidden += folded.b2
        np.clip(hidden, 0, np.inf, out=hidden)
        experienced = linear[0] + self.prior_scale[0] * prior + folded.w3 @ hidden
        blended: Floats = experienced + newness * (cold_start - experienced)
        return blended

    @cached_property
    def _folded(self) -> _Folded:
        """The heads side by side, reading inputs that are cut but not standardised."""
        n_heads, n_inputs, width = self.w1.shape
        depth = self.w2.shape[2]
        w1 = self.w1.transpose(1, 0, 2).reshape(n_inputs, n_heads * width)
        w2 = np.zeros((n_heads * width, n_heads * depth), dtype=np.float32)
        for head in range(n_heads):
            rows = slice(head * width, (head + 1) * width)
            w2[rows, head * depth : (head + 1) * depth] = self.w2[head]
        scaled: Floats = np.ascontiguousarray((w1 / self.deviation[:, None]).T)
        linear: Floats = self.linear / self.deviation
        return _Folded(
            low=(self.mean - CLIP * self.deviation)[:, None],
            high=(self.mean + CLIP * self.deviation)[:, None],
            w1=scaled,
            b1=(self.b1.ravel() - scaled @ self.mean)[:, None],
            w2=np.ascontiguousarray(w2.T),
            b2=self.b2.reshape(-1, 1),
            w3=self.w3.ravel() / np.float32(n_heads),
            linear=linear,
            linear_bias=-(linear @ self.mean)[:, None],
        )


@dataclass(frozen=True)
class _Folded:
    """A head's weights as one network that multiplies columns."""

    low: Floats
    high: Floats
    w1: Floats
    b1: Floats
    w2: Floats
    b2: Floats
    w3: Floats
    linear: Floats
    linear_bias: Floats


@dataclass(frozen=True)
class State:
    """B users: a vector for each base model, the features' sums, and the taste terms' rates."""

    vectors: tuple[Floats, ...]
    context: UserStates
    taste: TasteStates | None


@dataclass(frozen=True)
class Ensemble:
    """The base models, the context and the head over N films."""

    base_models: tuple[BaseModel, ...]
    films: MovieFeatures
    head: RankingHead
    taste: TasteTerms = field(default_factory=TasteTerms.none)

    def state(self, rated: Rated, timestamps: NDArray[np.int64] | None) -> State:
        """One history, B = 1."""
        context = user_states(
            self.films, rated.movie_index, rated.half_stars, timestamps, without_each=False
        )
        vectors = tuple(base_model.user_vector(rated)[None] for base_model in self.base_models)
        return State(vectors, context, self._taste(rated, without_each=False))

    def states_without_each(self, rated: Rated, timestamps: NDArray[np.int64] | None) -> State:
        """Return the states of the history without each of its films, B = H."""
        context = user_states(
            self.films, rated.movie_index, rated.half_stars, timestamps, without_each=True
        )
        vectors = tuple(
            base_model.user_vectors_without_each(rated) for base_model in self.base_models
        )
        return State(vectors, context, self._taste(rated, without_each=True))

    def _taste(self, rated: Rated, *, without_each: bool) -> TasteStates | None:
        return taste_states(
            self.taste, self.films, self.base_models[0].items, rated, without_each=without_each
        )

    def taste_scores(self, state: State, movie_index: NDArray[np.int64] | None = None) -> Floats:
        """Return [B, K] the sum of the taste terms of the given movies ([K]), or of all."""
        items = self.base_models[0].items
        return taste_scores(self.taste, state.taste, self.films, items, movie_index)

    def z_scores(self, state: State, movie_index: NDArray[np.int64] | None = None) -> Floats:
        """[4, B, K] the base models' scores of the given films ([K]), or of all, standardised."""
        return self._z_scores(state.vectors, movie_index)

    def _z_scores(
        self, vectors: Sequence[Floats], movie_index: NDArray[np.int64] | None = None
    ) -> Floats:
        """[4, B, K] for user vectors of each base model, [B, D]."""
        n_movies = self.n_movies if movie_index is None else len(movie_index)
        found = np.empty((len(BASE_MODELS), len(vectors[0]), n_movies), dtype=np.float32)
        for place, (base_model, own) in enumerate(zip(self.base_models, vectors, strict=True)):
            found[place] = base_model.items.z_scores(own, movie_index)
        return found

    def inputs(
        self,
        state: State,
        movie_index: NDArray[np.int64] | None = None,
        z_scores: Floats | None = None,
    ) -> Floats:
        """[B, K, F] of the given films ([K]), or of all; in memory they lie input by input.

        `z_scores` [4, B, K] are the base models', if they are at hand.
        """
        if z_scores is None:
            z_scores = self.z_scores(state, movie_index)
        inputs = np.empty((len(INPUTS), *z_scores.shape[1:]), dtype=np.float32)
        inputs[: len(BASE_MODELS)] = z_scores
        write_features(inputs[len(BASE_MODELS) : -1], self.films, state.context, movie_index)
        inputs[-1] = state.context.newness[:, None]
        return inputs.transpose(1, 2, 0)

    @property
    def n_movies(self) -> int:
        """Return the number of movies, N."""
        return len(self.films.popularity)

    def prior(self, state: State, z_scores: Floats | None = None) -> Floats:
        """Return [B, N] the base models' z-scores, weighted: what finds candidates.

        `z_scores` [4, B, N] are the base models', if they are at hand.
        """
        if z_scores is None:
            z_scores = self.z_scores(state)
        prior: Floats = np.tensordot(self.head.prior_weights, z_scores, axes=1)
        return prior

    def scores(
        self,
        state: State,
        movie_index: NDArray[np.int64] | None = None,
        z_scores: Floats | None = None,
    ) -> Floats:
        """Return [B, K] the scores of the given movies ([K]), or of all.

        `z_scores` [4, B, K] are the base models', if they are at hand.
        """
        scores = self.head(self.inputs(state, movie_index, z_scores))
        return scores + self.taste_scores(state, movie_index)

    def scores_of_each(self, states: Sequence[State]) -> Floats:
        """Return [B, N] the scores of all movies for B users, each with a state of one history."""
        z_scores = self.z_scores_of_each(states)
        scores = np.empty(z_scores.shape[1:], dtype=np.float32)
        for row, state in enumerate(states):
            scores[row] = self.head(self.inputs(state, z_scores=z_scores[:, row : row + 1]))[0]
        taste = [state.taste for state in states if state.taste is not None]
        items = self.base_models[0].items
        if taste:
            scores += taste_scores(self.taste, TasteStates.joined(taste), self.films, items)
        return scores

    def z_scores_of_each(self, states: Sequence[State]) -> Floats:
        """Return [4, B, N] the base models' z-scores for B users, each with a state of one history.

        The item vectors are read once for all users, by one matrix product for each base model.
        """
        vectors = zip(*(state.vectors for state in states), strict=True)
        return self._z_scores([np.concatenate(own) for own in vectors])

    def scores_of_best(
        self, state: State, movie_index: NDArray[np.int64], n: int
    ) -> tuple[NDArray[np.int64], Floats]:
        """Return the `n` of the given movies that rank first by a cheap score, and their scores.

        The cheap score is the prior, scaled as in the head, and the taste terms. For one user; all
        movies that tie with the last one are returned.
        """
        z_scores = self.z_scores(state)
        terms = np.broadcast_to(self.taste_scores(state), (1, self.n_movies))[0]
        cheap = (self.head.prior_scale[0] * self.prior(state, z_scores)[0] + terms)[movie_index]
        best = movie_index[cheap >= np.partition(cheap, -n)[-n]]
        return best, self.head(self.inputs(state, best, z_scores[:, :, best]))[0] + terms[best]

    @property
    def item_vectors(self) -> Floats:
        """[N, D] the base models' item vectors and biases side by side."""
        parts = [
            np.column_stack([base_model.items.vectors, base_model.items.bias])
            for base_model in self.base_models
        ]
        return np.hstack(parts).astype(np.float32)

    def query_vectors(self, state: State) -> Floats:
        """[B, D] whose dot products with `item_vectors` differ from the prior by a constant."""
        parts = []
        for base_model, vectors, weight in zip(
            self.base_models, state.vectors, self.head.prior_weights, strict=True
        ):
            scale = weight / base_model.items.mean_and_deviation(vectors)[1]
            parts.append(np.column_stack([vectors * scale[:, None], scale]))
        return np.hstack(parts).astype(np.float32)

    def with_new_films(self, new: NewMovies) -> Ensemble:
        """With films more, behind the others, whose scores stay what they are.

        Raises
        ------
        ValueError
            Text or genres of another width than the model's.

        """
        content = self.films.content(new)
        base_models = tuple(base_model.with_new_films(content) for base_model in self.base_models)
        return replace(self, base_models=base_models, films=self.films.with_new_films(new))

    def take(self, movie_index: NDArray[np.int64]) -> Ensemble:
        """With the films at these positions alone, in this order."""
        base_models = tuple(base_model.take(movie_index) for base_model in self.base_models)
        return replace(self, base_models=base_models, films=self.films.take(movie_index))

    @property
    def is_trained(self) -> NDArray[np.bool_]:
        """[N] false for films added after the training."""
        return self.base_models[0].items.trained

    def to_tensors(self) -> dict[str, NDArray[Any]]:
        """Everything as named arrays, for safetensors."""
        tensors: dict[str, NDArray[Any]] = {}
        for part, name in ((self.films, "films"), (self.head, "head")):
            for key in (entry.name for entry in fields(part)):
                if key not in NESTED:
                    tensors[f"{name}.{key}"] = np.atleast_1d(getattr(part, key))
        tensors |= _word_tensors(self.films.words)
        if self.films.series is not None:
            tensors |= {f"films.{key}": value for key, value in vars(self.films.series).items()}
        tensors |= self.taste.to_tensors()
        for name, base_model in zip(BASE_MODELS, self.base_models, strict=True):
            tensors |= {
                f"{name}.{key}": value for key, value in base_model_tensors(base_model).items()
            }
        return tensors

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]]) -> Ensemble:
        """Return the ensemble that these arrays describe.

        Raises KeyError where an array is missing.
        """
        scalars = ("trend_start", "trend_seconds", "last_seen")
        films: dict[str, Any] = {
            key: tensors[f"films.{key}"]
            for key in MovieFeatures.__dataclass_fields__
            if key not in NESTED and f"films.{key}" in tensors
        }
        no_countries = np.zeros((len(films["years"]), 0), dtype=np.float32)  # of earlier models
        films.setdefault("countries", no_countries)
        films |= {key: float(films[key][0]) for key in scalars}
        words = TfidfTerms(*(tensors[f"films.words.{entry.name}"] for entry in fields(TfidfTerms)))
        head = {key: tensors[f"head.{key}"] for key in RankingHead.__dataclass_fields__}
        base_models = tuple(base_model_from_tensors(name, tensors) for name in BASE_MODELS)
        return cls(
            base_models,
            MovieFeatures(**films, words=words, series=_series(tensors)),
            RankingHead(**head),
            TasteTerms.from_tensors(tensors),
        )


def _series(tensors: Mapping[str, NDArray[Any]]) -> MovieSeries | None:
    """Return the movies' series; None for a model of before they were read."""
    if "films.series" not in tensors:
        return None
    return MovieSeries(tensors["films.series"], tensors["films.part"])


def _word_tensors(words: TfidfTerms) -> dict[str, NDArray[Any]]:
    return {f"films.words.{entry.name}": getattr(words, entry.name) for entry in fields(TfidfTerms)}


def base_model_tensors(base_model: BaseModel) -> dict[str, NDArray[Any]]:
    """Return a base model as named arrays."""
    arrays: dict[str, NDArray[Any]] = {
        "vectors": base_model.items.vectors,
        "bias": base_model.items.bias,
    }
    for key, value in vars(base_model).items():
        if isinstance(value, np.ndarray):
            arrays[key] = value
        elif isinstance(value, Mapping):
            arrays |= value
        elif isinstance(value, ContentTowers):
            arrays |= {f"content_{part}": tower for part, tower in vars(value).items()}
    return arrays | {"is_trained": base_model.items.trained}


def base_model_from_tensors(name: str, tensors: Mapping[str, NDArray[Any]]) -> BaseModel:
    """Return the base model of that name, from arrays whose names begin with it.

    Raises KeyError.
    """

    def own(key: str) -> NDArray[Any]:
        return tensors[f"{name}.{key}"]

    items = ItemSide(own("vectors"), own("bias"), tensors.get(f"{name}.is_trained"))
    if name == "als":
        return AlsModel(items, own("precision"), own("weights"))
    towers = None
    if f"{name}.content_bias" in tensors:
        towers = ContentTowers(*(own(f"content_{part}") for part in ("inputs", "vectors", "bias")))
    if name == "linear":
        return LinearModel(items, own("inputs"), own("grades"), towers)
    layers = {key: own(key) for key in ("w1", "b1", "w2", "b2")}
    return HistoryModel(items, own("inputs"), own("rating_weights"), layers, towers)

"""The served model: NumPy only, so that a web process scores a visitor without torch."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import positions
from ml.serving.artifact import ArtifactError, Manifest, load_artifact
from ml.serving.base_models import Rated
from ml.serving.ensemble import Ensemble, State
from ml.serving.new_movies import NewMovies
from ml.serving.reasons import N_POPULAR, POPULAR, Because, Explanation, Parts, Reason, explanations
from ml.serving.reranking import Beside, ReRanker
from ml.serving.similarity import MovieSimilarity
from ml.serving.taste import DEFAULT_NOVELTY, country_parts, genre_parts, is_disliked

__all__ = [
    "Explanation",
    "History",
    "NewMovies",
    "Reason",
    "Recommendation",
    "ServedModel",
]


N_SHORTLIST = 1000
"""Number of films that the head scores for a user with enough ratings: those that the base models'
prior ranks first."""
SHORTLIST_PER_FILM = 10
"""Smallest number of scored films for each film of a longer list."""
SHORTLIST_NEWNESS = 0.5
"""Largest newness of a user with enough ratings. The cold-start weights lift popular films from far
below the prior's best."""


@dataclass(frozen=True)
class History:
    """The films that one person rated, possibly none; ids unknown to the model are ignored."""

    movie_ids: NDArray[np.int64]
    half_stars: NDArray[np.int8]
    """1 to 10, aligned with `movie_ids`. Of a film named twice the last rating counts."""
    timestamps: NDArray[np.int64] | None = None
    """Seconds since 1970; None where the time is unknown. Order matters only through these."""


@dataclass(frozen=True)
class Recommendation:
    """One recommended film and why (`ml.serving.reasons`)."""

    movie_id: int
    score: float
    reasons: tuple[Reason, ...]
    """Rated movies that carry much of the personal part of the score, the strongest first."""
    because: Because = POPULAR
    """What mostly explains the recommendation."""


@dataclass(frozen=True)
class _Known:
    """A history on the catalogue's positions, in their order."""

    rated: Rated
    timestamps: NDArray[np.int64] | None


class ServedModel:
    """A trained model that turns a history into films with reasons."""

    def __init__(
        self, manifest: Manifest, movie_ids: NDArray[np.int64], ensemble: Ensemble
    ) -> None:
        self.manifest = manifest
        self.movie_ids = movie_ids
        self.ensemble = ensemble

    @classmethod
    def load(cls, directory: Path) -> ServedModel:
        """Read a model. Raises `ArtifactError` on a missing, damaged or mismatched file."""
        tensors, manifest = load_artifact(directory)
        try:
            return cls(manifest, tensors["movie_ids"], Ensemble.from_tensors(tensors))
        except KeyError as error:
            raise ArtifactError(f"{directory} lacks the array {error}") from error

    @property
    def genre_names(self) -> tuple[str, ...]:
        """Genres of the catalogue that it was trained on."""
        return self.manifest.genre_names

    def with_new_films(self, films: NewMovies) -> ServedModel:
        """Return the model with films added after its training; the other films keep their scores.

        They are scored by text, genres and year, and come back among recommendations and reasons
        as others do. A film that had no rating in the training, or that was added before, is placed
        anew; of one that the model learned from ratings, what it learned stays.

        Raises
        ------
        ValueError
            Text vectors or genres of another width than the model's.

        """
        places = positions(self.movie_ids, films.movie_ids)
        fresh = films.take((places < 0) | ~self.ensemble.is_trained[places])
        is_kept = ~np.isin(self.movie_ids, fresh.movie_ids)
        movie_ids = np.concatenate([self.movie_ids[is_kept], fresh.movie_ids])
        order = np.argsort(movie_ids, kind="stable")
        behind = np.arange(len(self.movie_ids), len(self.movie_ids) + len(fresh))
        rows = np.concatenate([np.flatnonzero(is_kept), behind])[order]
        ensemble = self.ensemble.with_new_films(fresh).take(rows)
        return ServedModel(self.manifest, movie_ids[order], ensemble)

    @cached_property
    def item_vectors(self) -> NDArray[np.float32]:
        """[N, D]: films whose dot product with `query_vector` is highest are the best candidates.

        They serve an index that finds candidates where the catalogue is too large to score whole.
        """
        return self.ensemble.item_vectors

    @cached_property
    def most_rated_ids(self) -> NDArray[np.int64]:
        """[N] of all films, those with the most ratings in the training first."""
        return self.movie_ids[np.argsort(-self.ensemble.films.popularity, kind="stable")]

    @cached_property
    def _re_ranker(self) -> ReRanker:
        # A model of before lists were calibrated goes on as it did.
        calibration = float(self.manifest.config.get("calibration", 0))
        films = self.ensemble.films
        return ReRanker(MovieSimilarity(films.text, films.genres), calibration, films.series)

    def keeps_to_genres(self, history: History) -> bool:
        """Whether the genres that the person likes decide, beside the scores, what is listed."""
        return self._re_ranker.taste_of(self._known(history).rated).decides

    def query_vector(self, history: History) -> NDArray[np.float32]:
        """[D]: its dot products with `item_vectors` rank films as the base models' prior does."""
        known = self._known(history)
        vectors = self.ensemble.query_vectors(self._state(known))
        return vectors.reshape(-1)

    def score(self, history: History) -> NDArray[np.float32]:
        """[N] scores of the whole catalogue, rated films included.

        Raises
        ------
        ValueError
            A rating out of range, or arrays of different lengths.

        """
        known = self._known(history)
        return self._score_all(known)

    def recommend(
        self,
        history: History,
        *,
        k: int = 10,
        exclude: Collection[int] = (),
        seen: Collection[int] = (),
        allowed: NDArray[np.bool_] | None = None,
        among: NDArray[np.int64] | None = None,
        diversity: float = 0.0,
        novelty: float = DEFAULT_NOVELTY,
        max_reasons: int = 3,
        scores: NDArray[np.float32] | None = None,
    ) -> list[Recommendation]:
        """Return the best `k` films, or fewer if fewer are left; never rated or excluded ones.

        If many films are open to a user with enough ratings, the base models' prior chooses those
        that are scored (`N_SHORTLIST`).

        Films in `exclude` or `seen` never come. Of a series whose first film is in `exclude`,
        because it is shown elsewhere, the sequels do not come to somebody of few ratings who has
        neither rated nor seen a film of it.

        `allowed` [N] masks `movie_ids`. Of the films named by `among`, if given, come the best; no
        others are scored, which is what makes a large catalogue fast. The list keeps to the genres
        that the person likes; `diversity` from 0 to 1 trades score for films unlike those already
        chosen (`ml.serving.reranking`). `novelty` from 0 to 1 turns from well-known movies to
        little-known ones.
        `scores` are those of `score`, if they are at hand.

        Raises
        ------
        ValueError
            Diversity or novelty outside 0 to 1, a mask of wrong length, or a bad history.

        """
        known = self._known(history)
        beside = Beside(self._found(exclude), self._found(seen))
        open_films = self._open(known, beside, allowed)
        if among is not None:
            open_films = open_films[np.isin(self.movie_ids[open_films], among)]
        turned = self._turned_to(novelty)
        state = self._state(known)
        if scores is None:
            n_best = None
            if among is None and turned is None:
                n_best = max(N_SHORTLIST, SHORTLIST_PER_FILM * k)
            open_films, scores = self._scored(state, open_films, n_best)
        ranked = scores if turned is None else scores + turned
        chosen = self._re_ranker(ranked, open_films, k, known.rated, diversity, beside)
        if max_reasons == 0:
            found = [Explanation()] * len(chosen)
        else:
            found = self._explained(known, state, chosen, scores[chosen], max_reasons)
        return [
            Recommendation(int(self.movie_ids[film]), float(ranked[film]), why.reasons, why.because)
            for film, why in zip(chosen, found, strict=True)
        ]

    def _turned_to(self, novelty: float) -> NDArray[np.float32] | None:
        """Return [N] what this setting of the novelty dial adds to the scores, if anything."""
        if not 0 <= novelty <= 1:
            raise ValueError("novelty must be between 0 and 1")
        if novelty == DEFAULT_NOVELTY:
            return None
        terms, popularity = self.ensemble.taste, self.ensemble.films.popularity
        return terms.penalty(popularity, novelty) - terms.penalty(popularity, DEFAULT_NOVELTY)

    def contributions(
        self, history: History, movie_ids: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Rated film ids [H] and what each does for each of the films, [H, K], exactly.

        Raises
        ------
        ValueError
            A film that the model does not know, or a bad history.

        """
        films = self._positions(movie_ids)
        known = self._known(history)
        scores = self.ensemble.scores(self._state(known), films)[0]
        return self.movie_ids[known.rated.movie_index], self._effects(known, scores, films)

    def explain(
        self, history: History, movie_ids: NDArray[np.int64], max_reasons: int = 3
    ) -> list[Explanation]:
        """Return why each of these films is, or would be, recommended.

        Raises
        ------
        ValueError
            A film that the model does not know, or a bad history.

        """
        known, films = self._known(history), self._positions(movie_ids)
        state = self._state(known)
        scores = self.ensemble.scores(state, films)[0]
        return self._explained(known, state, films, scores, max_reasons)

    def _positions(self, movie_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        films = positions(self.movie_ids, movie_ids)
        if (films < 0).any():
            raise ValueError(f"film {movie_ids[films < 0][0]} is unknown to the model")
        return films

    def _score_all(self, known: _Known) -> NDArray[np.float32]:
        return self.ensemble.scores(self._state(known)).reshape(-1)

    def _state(self, known: _Known) -> State:
        return self.ensemble.state(known.rated, known.timestamps)

    def _scored(
        self, state: State, films: NDArray[np.int64], n_best: int | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Those of the films at these positions that may be listed, and [N] scores of theirs.

        They are all of them, or of more than `n_best`, if given, the prior's best.
        """
        scores = np.full(len(self.movie_ids), -np.inf, dtype=np.float32)
        if n_best is None:
            scores[films] = self.ensemble.scores(state, films)[0]
        elif len(films) <= n_best or state.context.newness[0] > SHORTLIST_NEWNESS:
            scores = self.ensemble.scores(state)[0]
        else:
            films, found = self.ensemble.scores_of_best(state, films, n_best)
            scores[films] = found
        return films, scores

    def _known(self, history: History) -> _Known:
        ids = np.asarray(history.movie_ids, dtype=np.int64)
        stars = np.asarray(history.half_stars, dtype=np.int8)
        if len(ids) != len(stars):
            raise ValueError(f"{len(ids)} films have {len(stars)} ratings")
        if len(stars) and (stars.min() < 1 or stars.max() > 10):
            raise ValueError("ratings must be 1 to 10 half stars")
        index = positions(self.movie_ids, ids)
        rows = np.flatnonzero(index >= 0)[::-1]
        rows = rows[np.unique(index[rows], return_index=True)[1]]
        times = history.timestamps
        timestamps = None if times is None else np.asarray(times, dtype=np.int64)[rows]
        return _Known(Rated(index[rows], stars[rows]), timestamps)

    def _open(
        self, known: _Known, beside: Beside, allowed: NDArray[np.bool_] | None
    ) -> NDArray[np.int64]:
        is_open = np.ones(len(self.movie_ids), dtype=np.bool_)
        if allowed is not None:
            if allowed.shape != is_open.shape:
                raise ValueError(f"the mask has {len(allowed)} places for {len(is_open)} films")
            is_open &= allowed
        for gone in (known.rated.movie_index, beside.shown, beside.seen):
            is_open[gone] = False
        return np.flatnonzero(is_open)

    def _found(self, movie_ids: Collection[int]) -> NDArray[np.int64]:
        """Return the positions of those of the films that the model knows."""
        found = positions(self.movie_ids, np.fromiter(movie_ids, dtype=np.int64))
        return found[found >= 0]

    def _explained(
        self,
        known: _Known,
        state: State,
        films: NDArray[np.int64],
        scores: NDArray[np.float32],
        max_reasons: int,
    ) -> list[Explanation]:
        """Return why each film at these positions, of these scores [K], is recommended."""
        if len(known.rated) == 0:
            return [Explanation()] * len(films)
        parts = Parts(
            scores - self._empty_scores[films],
            self._effects(known, scores, films),
            genre_parts(state.taste, self.ensemble.films, films),
            country_parts(state.taste, self.ensemble.films, films),
            self.ensemble.films.popularity[films] >= self._popular_from,
        )
        return explanations(
            parts,
            self.movie_ids[known.rated.movie_index],
            is_disliked(self.ensemble.taste, known.rated),
            self.genre_names,
            self.manifest.country_names,
            max_reasons,
        )

    @cached_property
    def _empty_scores(self) -> NDArray[np.float32]:
        """[N] scores for a user without ratings."""
        nothing = Rated(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int8))
        scores: NDArray[np.float32] = self.ensemble.scores(self.ensemble.state(nothing, None))[0]
        return scores

    @cached_property
    def _popular_from(self) -> float:
        """Log popularity of the last of the most rated movies."""
        popularity = self.ensemble.films.popularity
        return float(np.sort(popularity)[-min(N_POPULAR, len(popularity) // 20 + 1)])

    def _effects(
        self, known: _Known, scores: NDArray[np.float32], films: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """[H, K] score with everything minus score without each rated film."""
        without = self.ensemble.states_without_each(known.rated, known.timestamps)
        effects: NDArray[np.float32] = scores - self.ensemble.scores(without, films)
        return effects

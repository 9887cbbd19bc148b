"""Measures a fitted model by the re-ranked lists that the site shows (`ml.serving.reranking`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Dataset, Ratings
from ml.data.splits import Candidates, Split, cells
from ml.evaluation.evaluator import (
    Evaluation,
    K,
    Measurable,
    Scorer,
    best,
    evaluate,
    evaluate_together,
)
from ml.metrics import intra_list_diversity
from ml.progress import Reporter, ignore_progress
from ml.serving.reranking import ReRanker
from ml.serving.similarity import MovieSimilarity
from ml.training.features import reduced_text
from ml.training.protocol import RankingModel, history


@runtime_checkable
class MakesLists(Protocol):
    """A model whose lists are more than its highest scores."""

    @property
    def re_ranker(self) -> ReRanker:
        """Return the re-ranker that makes the lists."""


@dataclass(frozen=True)
class Listed:
    """A `Scorer`: another's scores, with the list that is made of them on top.

    It is of the whole unseen catalogue, as the site's is, and so are the protocols that it fits.
    """

    scorer: Scorer
    re_ranker: ReRanker
    diversity: float = 0.0
    """0, the dial at rest, to 1."""

    def __call__(self, histories: Ratings, users: NDArray[np.int64]) -> NDArray[np.float32]:
        """[B, N]."""
        return self.on_top(self.scorer(histories, users), histories, users)

    def on_top(
        self, scores: NDArray[np.float32], histories: Ratings, users: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return [B, N] the scorer's scores, raised above all others for the films of the list."""
        if self.diversity == 0 and self.re_ranker.calibration == 0:
            return scores  # the list of the scores, but for the evaluator's order of equal ones
        scores = scores.copy()
        for row, (user, is_rated) in enumerate(zip(users, cells(histories, users), strict=True)):
            unseen = np.flatnonzero(~is_rated)
            rated = history(histories, user)
            listed = self.re_ranker(scores[row], unseen, K, rated, self.diversity)
            scores[row, listed] = scores[row].max() + np.arange(len(listed), 0, -1)
        return scores


def evaluate_model(
    fitted: RankingModel,
    split: Split,
    genres: NDArray[np.float32],
    *,
    report: Reporter = ignore_progress,
) -> Evaluation:
    """Evaluate a model by its lists if whole catalogues are ranked, else by its scores.

    Raises
    ------
    ValueError
        What `evaluate` raises.

    """
    return evaluate_models({"": fitted}, [split], genres, report=report)[0][""]


def evaluate_models(
    models: Mapping[str, RankingModel],
    splits: Sequence[Split],
    genres: NDArray[np.float32],
    *,
    report: Reporter = ignore_progress,
) -> list[dict[str, Evaluation]]:
    """Return each model's evaluation on each of the splits, as `evaluate_model` makes one.

    Raises
    ------
    ValueError
        What `evaluate_together` raises.

    """
    measurable = {name: _measurable(fitted) for name, fitted in models.items()}
    return evaluate_together(measurable, splits, genres, report=report)


def _measurable(fitted: RankingModel) -> Measurable:
    if not isinstance(fitted, MakesLists):
        return Measurable(fitted.scores)
    listed = Listed(fitted.scores, fitted.re_ranker)

    def lists(scores: NDArray[np.float32], histories: Ratings) -> NDArray[np.float32]:
        return listed.on_top(scores, histories, np.arange(len(scores)))

    return Measurable(fitted.scores, lists)


def top_lists(fitted: RankingModel, histories: Ratings, seed: int, k: int = K) -> NDArray[np.int64]:
    """Return the list of each of these people from the whole unseen catalogue.

    Parameters
    ----------
    fitted
        Its own lists are taken where it makes them, else its highest scores.
    histories
        Ratings of the people, which are left out of their lists.
    seed
        Decides between movies of equal score.
    k
        Places of a list.

    Returns
    -------
    numpy.ndarray
        [B, k] movie positions, best first; -1 where there are fewer unseen movies.
    """
    scorer: Scorer = fitted.scores
    if isinstance(fitted, MakesLists):
        scorer = Listed(fitted.scores, fitted.re_ranker)
    order = np.random.default_rng([seed, 4]).permutation(histories.n_movies)
    users = np.arange(histories.n_users)
    return best(scorer(histories, users), ~cells(histories, users), k, order)


def at_dials(
    fitted: RankingModel,
    split: Split,
    data: Dataset,
    text: NDArray[np.float32],
    dials: Sequence[float],
) -> Iterator[tuple[float, Evaluation, float]]:
    """Each setting of the diversity dial, what the lists reach there, and how varied they are.

    Raises
    ------
    ValueError
        The protocol ranks other films than the site does.

    """
    if split.rule is not Candidates.UNSEEN:
        raise ValueError(f"the dial is measured on the {Candidates.UNSEEN.value} only")
    genres = data.catalogue.genres
    likeness = MovieSimilarity(reduced_text(text)[2], genres)
    re_ranker = fitted.re_ranker if isinstance(fitted, MakesLists) else ReRanker(likeness)
    for diversity in dials:
        evaluation = evaluate(Listed(fitted.scores, re_ranker, diversity), split, genres)
        varied = intra_list_diversity(evaluation.top, likeness)
        yield diversity, evaluation, float(np.nanmean(varied))

"""What the diversity dial costs: a fitted model's lists chosen again by `ml.diversity`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.dataset import Dataset, Ratings
from ml.diversity import FilmLikeness, choose
from ml.evaluation.evaluator import Evaluation, K, Scorer, evaluate
from ml.evaluation.splits import Candidates, Split, cells
from ml.metrics import intra_list_diversity
from ml.models.film_context import reduced_text
from ml.models.protocol import FittedRecommender


@dataclass(frozen=True)
class Dialled:
    """A `Scorer`: another's scores, with the list that the dial makes of them on top.

    It is of the whole unseen catalogue, as the site's is, and so are the protocols that it fits.
    """

    scorer: Scorer
    likeness: FilmLikeness
    diversity: float
    """0, which changes nothing, to 1."""

    def __call__(self, histories: Ratings, users: NDArray[np.int64]) -> NDArray[np.float32]:
        """[B, N]."""
        scores = self.scorer(histories, users)
        if self.diversity == 0:
            return scores
        scores = scores.copy()
        for row, rated in enumerate(cells(histories, users)):
            unseen = np.flatnonzero(~rated)
            listed = choose(scores[row], unseen, K, self.diversity, self.likeness)
            scores[row, listed] = scores[row].max() + np.arange(len(listed), 0, -1)
        return scores


def at_dials(
    fitted: FittedRecommender,
    split: Split,
    data: Dataset,
    text: NDArray[np.float32],
    dials: Sequence[float],
) -> Iterator[tuple[float, Evaluation, float]]:
    """Each setting, what the lists reach there, and how varied they are.

    Raises:
        ValueError: the protocol ranks other films than the site does.
    """
    if split.rule is not Candidates.UNSEEN:
        raise ValueError(f"the dial is measured on the {Candidates.UNSEEN.value} only")
    likeness = FilmLikeness(reduced_text(text)[2], data.catalogue.genres)
    for diversity in dials:
        scorer = Dialled(fitted.scores, likeness, diversity)
        evaluation = evaluate(scorer, split, data.catalogue.genres)
        yield (
            diversity,
            evaluation,
            float(np.nanmean(intra_list_diversity(evaluation.top, likeness))),
        )

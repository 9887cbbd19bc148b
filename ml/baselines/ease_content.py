"""EASE with graded ratings and movie content: the strongest simple baseline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.baselines.ease import FittedEase
from ml.progress import Reporter, ignore_progress
from ml.serving.new_movies import movie_content
from ml.training.linear import fit_linear, grade_table
from ml.training.people import people_rows
from ml.training.protocol import TrainingData


@dataclass(frozen=True)
class EaseContent:
    """EASE (Steck, 2019) with the input and the side information that the served model reads.

    A rating of r stars enters as (r / 5) ** `grade_power`. Text, genres and, where known, directors
    and writers are attribute rows below the ratings, as collective EASE has them (Jeunen, Van
    Balen and Goethals, 2020).
    """

    regularisation: float = 100.0
    grade_power: float = 2.0
    text_weight: float = 15.0
    genre_weight: float = 2.0
    people_weight: float = 1.4
    rank: int = 2_000

    def fit(
        self,
        training: TrainingData,
        *,
        seed: int,
        report: Reporter = ignore_progress,  # noqa: ARG002 - closed form
    ) -> FittedEase:
        """Solve the closed form on these ratings."""
        text, genres = training.text, training.catalogue.genres
        content = movie_content(text, text.mean(axis=0), genres)
        is_text = np.arange(content.shape[1]) < text.shape[1]
        people = people_rows(training.catalogue, training.ratings)
        model = fit_linear(
            training.ratings,
            content,
            regularisation=self.regularisation,
            rank=self.rank,
            grades=grade_table(self.grade_power),
            seed=seed,
            content_weights=np.where(is_text, self.text_weight, self.genre_weight).astype(
                np.float32
            ),
            names=people * np.float32(self.people_weight),
        )
        return FittedEase(model)

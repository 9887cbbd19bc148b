"""Choose films to ask a cold-start user about: known films that tell most about taste.

The rule. A film is worth asking about by the product of

1. its familiarity p: the probability that this person knows it. Of somebody who named no film it is
   the share of people who rated it; each film that was named moves its log-odds by the linear
   branch's standardised score, so after two westerns other westerns are more likely known;
2. what the answers so far leave open of it: the posterior variance of u . v, 0 to 1, where v is the
   film's direction in the item factor space of the ALS branch and u has a standard normal prior
   and was seen at the answered films' directions with noise of variance `NOISE`. A film much like
   those that were named adds nothing (expected reduction of the variance, as in D-optimal design;
   Rubens, Elahi, Sugiyama and Kaplan, "Active Learning in Recommender Systems", 2015).

Films are chosen one after another, each as if those before it were answered, so the films of one
row differ. What was asked before is never asked again. NumPy only.

Legend: C candidates, D factors, H rated films.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.serving.base_models import BaseModel, Floats, Rated
from ml.serving.ensemble import BASE_MODELS, Ensemble

N_CANDIDATES = 400
"""The most rated films; beyond them an offer is seldom known."""
NOISE = 5.0
KNOWN_HALF_STARS = 8
"""Familiarity asks which films are known together, not which are liked: ratings count alike."""
RARE, COMMON = 1e-3, 0.95
"""Shares are cut here, so that log-odds stay finite."""


@dataclass(frozen=True)
class Onboarding:
    """What is computed once per model."""

    movie_index: NDArray[np.int64]
    """[C] positions of the candidates among the model's films, the most rated first."""
    share: Floats
    """[C] share of people who rated them, within `RARE` and `COMMON`."""
    directions: Floats
    """[C, D] unit item vectors; zero where a film has none."""
    all_directions: Floats
    """[N, D] the same of all films, for the answers."""
    neighbours: BaseModel
    """The branch that says which films are known together."""

    @classmethod
    def of(cls, ensemble: Ensemble, n_users: int) -> Onboarding:
        """Return the candidates of a trained model that learned from `n_users` people."""
        counts = np.expm1(ensemble.films.popularity)
        rated = np.flatnonzero(counts > 0.5)
        films = rated[np.argsort(-counts[rated], kind="stable")][:N_CANDIDATES]
        base_models = dict(zip(BASE_MODELS, ensemble.base_models, strict=True))
        vectors = base_models["als"].items.vectors
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        directions = vectors / np.maximum(lengths, 1e-9)
        share = np.clip(counts[films] / max(1, n_users), RARE, COMMON).astype(np.float32)
        return cls(
            films.astype(np.int64), share, directions[films], directions, base_models["linear"]
        )

    def choose(self, rated: Rated, asked: Collection[int], n_films: int) -> NDArray[np.int64]:
        """Positions of at most `n_films` films to ask about next, the most telling first.

        Neither a rated film nor one `asked` about (positions) is among them.
        """
        is_open = ~np.isin(self.movie_index, [*rated.movie_index.tolist(), *asked])
        answers = self.all_directions[rated.movie_index].astype(np.float64)
        precision = answers.T @ answers / NOISE + np.eye(self.directions.shape[1])
        covariance = np.linalg.inv(precision)
        worth = self.familiarity(rated)
        chosen: list[int] = []
        for _ in range(min(n_films, int(is_open.sum()))):
            spread = np.einsum("cd,cd->c", self.directions @ covariance, self.directions)
            best = int(np.where(is_open, worth * spread, -np.inf).argmax())
            is_open[best] = False
            chosen.append(best)
            # Sherman and Morrison: as if the film were answered.
            reach = covariance @ self.directions[best]
            covariance -= np.outer(reach, reach) / (NOISE + self.directions[best] @ reach)
        return self.movie_index[chosen]

    def familiarity(self, rated: Rated) -> Floats:
        """[C] probability that a person who knows the rated films knows each candidate."""
        if len(rated) == 0:
            return self.share
        known = Rated(rated.movie_index, np.full(len(rated), KNOWN_HALF_STARS, dtype=np.int8))
        vector = self.neighbours.user_vector(known)[None]
        scores = self.neighbours.items.z_scores(vector, self.movie_index)[0]
        odds = np.log(self.share / (1 - self.share)) + scores - scores.mean()
        probability: Floats = (1 / (1 + np.exp(-odds))).astype(np.float32)
        return probability

"""The protocols that hold no rating out: made-up visitors are recommended movies and looked at.

Models are fitted on the training part of `full-random` of the same seed, so that one fit serves
both. `theme-n` and `disliked-n` take any n from 1.
"""

from __future__ import annotations

import re

from ml.data.dataset import Catalogue, Ratings
from ml.evaluation.evaluator import Evaluation
from ml.evaluation.one_star import evaluate_one_star
from ml.evaluation.profiles import evaluate_profiles
from ml.evaluation.themes import DISLIKED_HALF_STARS, LIKED_HALF_STARS, evaluate_themes
from ml.training.protocol import RankingModel

THEME = re.compile(r"^(?P<opinion>theme|disliked)-(?P<n>[1-9]\d*)$")
PROFILES, ONE_STAR = "profiles", "one-star"
PROBES = ("theme-1", "theme-3", "theme-5", "theme-10", "disliked-10", PROFILES, ONE_STAR)
"""Those that reports show."""
FITTED_ON = "full-random"
"""The protocol whose training part models are fitted on."""


def is_probe(protocol: str) -> bool:
    """Return whether a protocol of this name is one of this module."""
    return protocol in (PROFILES, ONE_STAR) or THEME.match(protocol) is not None


def evaluate_probe(
    protocol: str, fitted: RankingModel, catalogue: Catalogue, train: Ratings, seed: int
) -> Evaluation:
    """Return what a model fitted on `train` reaches under the named protocol.

    Raises
    ------
    ValueError
        No probe has this name.
    """
    theme = THEME.match(protocol)
    if theme:
        stars = DISLIKED_HALF_STARS if theme["opinion"] == "disliked" else LIKED_HALF_STARS
        return evaluate_themes(fitted, catalogue, train, int(theme["n"]), seed, stars)
    if protocol == PROFILES:
        return evaluate_profiles(fitted, catalogue, train, seed)
    if protocol == ONE_STAR:
        return evaluate_one_star(fitted, train, seed)
    raise ValueError(f"no protocol {protocol}; there are {', '.join(PROBES)}")

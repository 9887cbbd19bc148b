"""The family by name, and the settings that `python -m ml evaluate --tune` tries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ml.baselines.bpr import BPR
from ml.baselines.ease import Ease
from ml.baselines.ease_content import EaseContent
from ml.baselines.frequency_ials import FrequencyIals
from ml.baselines.history_ncf import HistoryNcf
from ml.baselines.ials import Ials
from ml.baselines.itemknn import ItemKNN
from ml.baselines.neumf import NeuMF
from ml.baselines.popularity import Popularity
from ml.training.config import PipelineConfig
from ml.training.history import HistoryConfig
from ml.training.protocol import Recommender
from ml.training.served import Served


def _served(**changes: object) -> Callable[..., Recommender]:
    """Return a maker of the served model with these settings of `PipelineConfig` changed."""
    return lambda **parameters: Served(PipelineConfig.from_dict({**changes, **parameters}))


def _served_without(*base_models: str) -> Callable[..., Recommender]:
    """Return a maker of the served model whose ranking head does not read these base models."""
    return lambda **parameters: Served(PipelineConfig.from_dict(parameters), without=base_models)


def _history_ncf(**changes: Any) -> Callable[..., Recommender]:
    """Return a maker of the history model alone with these of its settings changed."""
    return lambda **parameters: HistoryNcf(HistoryConfig(**{**changes, **parameters}))


FAMILY: Mapping[str, Callable[..., Recommender]] = {
    "popularity": Popularity,
    "itemknn": ItemKNN,
    "ease": Ease,
    "ease-content": EaseContent,
    "ials": Ials,
    "ials-frequency": FrequencyIals,
    "bpr": BPR,
    "neumf": NeuMF,
    "neumf-hard": lambda **parameters: NeuMF(strategy="literal", **parameters),
    "neumf-mixed": lambda **parameters: NeuMF(strategy="mixed", **parameters),
    "history-ncf": _history_ncf(),
    "served": _served(),
}
"""What `--models all` runs."""


SMALL_SAMPLE = 1_700
"""Films that the scalable form of the neural branch draws in an ablation: of the 9,066 of MovieLens
latest-small the share that the default is of 87,000."""

NO_TERMS = {
    "genre_lift": 0.0,
    "decade_lift": 0.0,
    "country_lift": 0.0,
    "genre_match": 0.0,
    "kinship": 0.0,
    "dislike": 0.0,
    "aversion": 0.0,
    "popularity_taste": 0.0,
    "popularity_penalty": 0.0,
}
"""The ranking head alone, without the score terms of `ml.serving.taste`."""

ABLATIONS: Mapping[str, Callable[..., Recommender]] = {
    "ease-128": lambda **parameters: Ease(rank=128, **parameters),
    "ease-scalable": lambda **parameters: Ease(rank=128, exact_limit=0, **parameters),
    "history-ncf-sampled": _history_ncf(exact_films=0, sampled_films=SMALL_SAMPLE),
    "neumf-genre": lambda **parameters: NeuMF(strategy="mixed", fine_tune="genre", **parameters),
    "neumf-control": lambda **parameters: NeuMF(
        strategy="mixed", fine_tune="control", **parameters
    ),
    "served-hard-labels": _served(soft_target=0.0),
    "served-equal-labels": _served(soft_target=1.0),
    "served-literal": _served(negative_strategy="literal"),
    "served-uniform": _served(negative_strategy="uniform"),
    "served-no-samples": _served(sampled_weight=0.0),
    "served-no-text": _served(uses_text=False),
    "served-no-words": _served(uses_words=False),
    "served-no-people": _served(uses_people=False),
    "served-no-genres": _served(uses_genres=False),
    "served-no-user": _served(uses_user_embedding=False),
    "served-mean-split": _served(genre_split="mean"),
    "served-one-to-one": _served(genre_negatives=1),
    "served-without-neural": _served_without("history", "content"),
    "served-without-history": _served_without("history"),
    "served-without-content": _served_without("content"),
    "served-without-als": _served_without("als"),
    "served-control": _served(fine_tune="control"),
    "served-no-fine-tune": _served(fine_tune="none"),
    "served-no-lift": _served(genre_lift=0.0, decade_lift=0.0, country_lift=0.0),
    "served-no-country": _served(country_lift=0.0),
    "served-no-match": _served(genre_match=0.0),
    "served-no-kinship": _served(kinship=0.0),
    "served-no-dislike": _served(dislike=0.0, aversion=0.0),
    "served-no-aversion": _served(aversion=0.0),
    "served-no-popularity": _served(popularity_penalty=0.0, popularity_taste=0.0),
    "served-no-terms": _served(**NO_TERMS),
    "served-sampled": _served(exact_films=0, sampled_films=SMALL_SAMPLE),
    "served-prefixes": _served(prefix_share=0.5),
    "served-uncalibrated": _served(calibration=0.0),
    **{f"served-genre-{share}": _served(genre_share=share) for share in (0.0, 0.15, 0.5)},
}
"""One step of the method, or one economy, changed at a time; run by name."""

USES_TEXT = frozenset(
    {"ease-content", "history-ncf", "history-ncf-sampled", "neumf-genre", "neumf-control"}
    | {name for name in (*FAMILY, *ABLATIONS) if name.startswith("served")}
)
"""Models that read the films' text embeddings; the others are spared the cost of them."""

NEUMF_GRID: Mapping[str, Sequence[float]] = {
    "weight_decay": (0, 1e-5, 1e-4, 3e-4),
    "epochs": (5, 10, 20),
    "factors": (16, 32),
}
GRIDS: Mapping[str, Mapping[str, Sequence[float]]] = {
    "popularity": {"minimum_half_stars": (1, 6, 8)},
    "itemknn": {
        "minimum_half_stars": (1, 6, 8),
        "n_neighbours": (20, 100, 400),
        "shrinkage": (0, 20, 100),
    },
    "ease": {"minimum_half_stars": (1, 6, 8), "regularisation": (50, 100, 200, 400, 800)},
    "ease-content": {
        "grade_power": (1, 2, 3),
        "regularisation": (50, 100, 200, 400),
        "text_weight": (5, 15, 30),
        "genre_weight": (1, 2, 4),
    },
    "ials-frequency": {
        "regularisation": (0.003, 0.005, 0.01, 0.03),
        "unobserved_weight": (0.03, 0.1, 0.3),
        "factors": (64, 128, 256),
    },
    "ials": {
        "minimum_half_stars": (1, 6, 8),
        "factors": (32, 64, 128),
        "regularisation": (20, 40, 80),
        "alpha": (2, 5, 10),
    },
    "bpr": {
        "minimum_half_stars": (1, 6, 8),
        "regularisation": (0.001, 0.003, 0.01),
        "learning_rate": (0.001, 0.002, 0.005),
        "epochs": (30, 60),
        "factors": (32, 64),
    },
    "served": {
        "liked_half_stars": (1, 8),
        "grade_power": (1, 2, 3),
        "linear_regularisation": (100, 200),
        "genre_share": (0, 0.1, 0.25),
        "calibration": (0, 1.5),
    },
    "history-ncf": {"epochs": (15, 25, 50), "history_dropout": (0.3, 0.5, 0.7)},
    "neumf": NEUMF_GRID,
    "neumf-hard": NEUMF_GRID,
    "neumf-mixed": NEUMF_GRID,
}
"""The settings tried, one after another in this order, by NDCG@10 on the inner split of seed 0."""


def recommender(name: str, **parameters: object) -> Recommender:
    """Return the named member of the family, with some settings replaced.

    Raises
    ------
    ValueError
        No such name, or no such setting.

    """
    known = {**FAMILY, **ABLATIONS}
    if name not in known:
        raise ValueError(f"no model {name}; there are {', '.join(known)}")
    try:
        return known[name](**parameters)
    except TypeError as error:
        raise ValueError(f"{name}: {error}") from error

"""The family by name, and the settings that `python -m ml evaluate --tune` tries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ml.models.bpr import BPR
from ml.models.branches import Ease, HistoryNcf, Ials
from ml.models.itemknn import ItemKNN
from ml.models.neumf import NeuMF
from ml.models.popularity import Popularity
from ml.models.protocol import Recommender
from ml.models.served import Served

FAMILY: Mapping[str, Callable[..., Recommender]] = {
    "popularity": Popularity,
    "itemknn": ItemKNN,
    "ease": Ease,
    "ials": Ials,
    "bpr": BPR,
    "neumf": NeuMF,
    "neumf-hard": lambda **knobs: NeuMF(strategy="literal", **knobs),
    "history-ncf": HistoryNcf,
    "served": Served,
}
"""What `--models all` runs."""

ABLATIONS: Mapping[str, Callable[..., Recommender]] = {
    "neumf-mixed": lambda **knobs: NeuMF(strategy="mixed", **knobs),
    "neumf-genre": lambda **knobs: NeuMF(strategy="mixed", fine_tune="genre", **knobs),
    "neumf-control": lambda **knobs: NeuMF(strategy="mixed", fine_tune="control", **knobs),
}
"""One step of the method changed at a time; run by name."""

USES_TEXT = frozenset({"history-ncf", "neumf-genre", "neumf-control", "served"})
"""Models that read the films' text embeddings; the others are spared the cost of them."""

GRIDS: Mapping[str, Mapping[str, Sequence[float]]] = {
    "popularity": {"minimum_half_stars": (1, 6, 8)},
    "itemknn": {
        "minimum_half_stars": (1, 6, 8),
        "n_neighbours": (20, 100, 400),
        "shrinkage": (0, 20, 100),
    },
    "ease": {"minimum_half_stars": (1, 6, 8), "regularisation": (50, 100, 200, 400, 800)},
    "ials": {
        "minimum_half_stars": (1, 6, 8),
        "factors": (64, 128),
        "regularisation": (10, 40, 80),
        "alpha": (2, 5, 10),
    },
    "bpr": {
        "minimum_half_stars": (1, 6, 8),
        "regularisation": (0.003, 0.01, 0.03),
        "epochs": (15, 30, 60),
    },
    "neumf": {"epochs": (5, 10, 20), "factors": (8, 16)},
    "neumf-hard": {"epochs": (5, 10, 20), "factors": (8, 16)},
}
"""The settings tried, one after another in this order, by NDCG@10 on the inner split of seed 0."""


def recommender(name: str, **knobs: object) -> Recommender:
    """The named member of the family, with some settings replaced.

    Raises:
        ValueError: no such name.
    """
    known = {**FAMILY, **ABLATIONS}
    if name not in known:
        raise ValueError(f"no model {name}; there are {', '.join(known)}")
    return known[name](**knobs)

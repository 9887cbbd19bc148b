"""The stages of a training and of an update: what each reads, leaves and costs.

This table is the one place that names them. It loads no torch, so that web processes can read it;
`ml.pipeline.stages` holds the functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ml.training.config import names_of

BASE: Final = "base"
"""Folder of the model that an update continues from. The metrics of an update are of protocol
`ml.training.update.PROTOCOL` and are not comparable with those of a training."""
CACHE: Final = "text_embeddings"
"""Folder of the texts' vectors, which outlive a run."""
PROTOCOLS_FILE: Final = "protocols.json"
"""Metrics by every protocol but the first."""

NETWORK: Final = names_of("network")
CLOSED_FORM: Final = names_of("closed_form")
MACHINE: Final = names_of("machine")
GENRES: Final = names_of("genres")
UPDATE: Final = names_of("update")
HEAD: Final = names_of("head")


@dataclass(frozen=True)
class Stage:
    """One stage of the pipeline."""

    name: str
    reads: frozenset[str]
    """Fields of `PipelineConfig` that its products depend on."""
    products: tuple[str, ...]
    """Files and folders that it leaves for later stages, relative to the workspace."""
    per_user: str = ""
    """The product that is made of each user alone and can be shared among workers."""
    trains: bool = False
    """Whether it runs gradient descent: its time grows with the epochs, and several processes can
    share it."""


TABLE: Final = (
    Stage(
        "sample",
        frozenset({"seed", "negatives_per_positive", "negative_strategy"}),
        ("ratings.parquet", "movies.parquet", "interactions.parquet"),
    ),
    Stage(
        "embed",
        frozenset({"embeddings"}),
        (
            "movie_embeddings.parquet",
            "user_embeddings.parquet",
            "genre_embeddings.parquet",
            "genre_similarity.csv",
            "embed",
        ),
        per_user="user_embeddings.parquet",
    ),
    Stage(
        "train",
        NETWORK | CLOSED_FORM | MACHINE | {"seed", "negatives_per_positive"},
        ("train",),
        trains=True,
    ),
    Stage(
        "mine",
        GENRES | {"seed"},
        ("genre_interactions.parquet", "user_genre_similarity.parquet"),
        per_user="user_genre_similarity.parquet",
    ),
    Stage(
        "finetune",
        NETWORK
        | CLOSED_FORM
        | MACHINE
        | GENRES
        | HEAD
        | {"seed", "negatives_per_positive", "negative_strategy", "fine_tune"},
        ("finetune", "model"),
        trains=True,
    ),
    Stage(
        "update",
        UPDATE | MACHINE | {"seed"},
        ("genre_interactions.parquet", "user_genre_similarity.parquet", "base", "model"),
        per_user="user_genre_similarity.parquet",
        trains=True,
    ),
    Stage(
        "evaluate",
        NETWORK
        | CLOSED_FORM
        | MACHINE
        | GENRES
        | HEAD
        | UPDATE
        | {"seed", "negatives_per_positive", "negative_strategy", "fine_tune"}
        | {"cold_ratings", "evaluation_users"},
        ("metrics.json", "protocols.json", "per_user.safetensors"),
        trains=True,
    ),
)
BY_NAME: Final[Mapping[str, Stage]] = {stage.name: stage for stage in TABLE}
STAGES: Final = tuple(stage.name for stage in TABLE if stage.name != "update")
"""Names of the stages of a training, in order."""
UPDATE_STAGES: Final = ("sample", "embed", "update", "evaluate")
"""Names of the stages of an update: it continues from an earlier model, a copy of which is in the
folder `base` of the workspace."""


def first_reader(stages: Iterable[str], field: str) -> str | None:
    """Return the first of these stages that reads a field of the configuration.

    >>> first_reader(STAGES, "genre_split"), first_reader(UPDATE_STAGES, "update_epochs")
    ('mine', 'update')
    """
    return next((name for name in stages if name in BY_NAME and field in BY_NAME[name].reads), None)


def fields_read(stages: Iterable[str]) -> frozenset[str]:
    """Return every field of the configuration that one of these stages reads.

    >>> sorted(fields_read(["embed", "mine"]))
    ['embeddings', 'genre_negatives', 'genre_split', 'seed']
    """
    return frozenset().union(*(BY_NAME[name].reads for name in stages if name in BY_NAME))

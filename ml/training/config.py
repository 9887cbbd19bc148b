"""Every knob of the pipeline in one validated, serialisable place."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, get_type_hints

from ml.data.labels import HARD_POSITIVE_HALF_STARS

NEGATIVE_STRATEGIES = ("mixed", "uniform", "literal")
FINE_TUNES = ("genre", "control", "none")
GENRE_SPLITS = ("median", "mean")
DEVICES = ("auto", "cpu", "cuda")
EXACT_MOVIES = 20_000
"""Most films for which the neural branch's softmax is exact. Its cost grows with people x films: at
15,000 films the sampled form would save nothing yet, at 30,000 a third of the time."""
SAMPLED_MOVIES = 16_384
"""Films drawn for each step beyond that: a fifth of 87,000. Half as many lose three times as much
of NDCG where that was measured, on shares of a small catalogue."""


@dataclass(frozen=True)
class PipelineConfig:
    """What a run does. Equal configurations and equal data give equal bytes.

    Raises:
        ValueError: a value is out of its range; the message names the field.
    """

    seed: int = 0
    """Seed of what a model is made by: sampling, initial weights, order, dropout."""

    split_seed: int = 0
    """Seed of the ratings held out. Runs that share it are measured on the same ratings."""

    embeddings: str = "minilm"
    """Text model: `minilm` (packaged, offline), `lamini` (downloaded), or a directory of one."""

    negatives_per_positive: int = 4
    """Negatives sampled for each positive, for the same user (NCF paper, section 3.3)."""

    negative_strategy: str = "mixed"
    """`mixed`: each explicit negative once, the rest uniform unseen. `uniform`: unseen only.
    `literal`: the user's own ratings below 3 only, which ruins the ranking of the catalogue."""

    dimension: int = 64
    """Width of the neural branch's user and item vectors."""

    epochs: int = 25
    """Passes over the users when the neural branch is trained."""

    batch_size: int = 96
    """Users in one training step."""

    learning_rate: float = 3e-3
    """Peak of the one-cycle schedule."""

    weight_decay: float = 1e-4
    """AdamW's decoupled weight decay."""

    sampled_weight: float = 0.1
    """Weight of the pairwise loss over the sampled interactions, beside the catalogue softmax."""

    soft_target: float = 0.3
    """Training target of a soft positive (3 and 3.5 stars), where a hard one counts 1."""

    liked_half_stars: int = HARD_POSITIVE_HALF_STARS
    """Half stars from which on a rating is what the networks and the head learn to rank first: 8, a
    hard positive, by which the site is measured; 1 where every rating counts as a hit."""

    uses_text: bool = True
    """Whether anything but the genre steps reads the films' descriptions."""

    uses_words: bool = True
    """Whether the head compares a film's rare words with those of the films that the user liked."""

    uses_people: bool = True
    """Whether the linear base model reads the directors and writers of films, where known."""

    uses_genres: bool = True
    """Whether the branches read the films' genres; the head still reads the user's."""

    uses_user_embedding: bool = True
    """Whether the head compares a film's text with what the user liked and disliked."""

    genre_split: str = "median"
    """What a user's genre similarities are held against for the genre data set: their `median` or
    their `mean`. The labels in `user_genre_similarity.parquet` are the median's."""

    genre_negatives: int = 3
    """Films of actual negative genres for each one of an actual positive genre."""

    fine_tune: str = "genre"
    """`genre`: on the genre data set. `control`: as many further steps of the ordinary training.
    `none`: neither."""

    prefix_share: float = 0.0
    """Share of the networks' steps that show a prefix of the timeline and ask for the rest."""

    genre_share: float = 0.25
    """Share of the fusion head's target given to genre match: NDCG against genre NDCG."""

    calibration: float = 1.5
    """How much score a list gives up for each nat that its genres diverge from those of the films
    that its reader liked (`ml.serving.reranking`). 0: the films of the highest scores."""

    genre_lift: float = 0.4
    """Weight of the genres' log-likelihood ratio under the user's liked films against everybody's:
    how much the first ratings decide."""

    decade_lift: float = 0.1
    """Weight of the decade's part of the same ratio."""

    genre_match: float = 1.0
    """Weight of the cosine between a film's genres and the user's genre shares, which takes over
    from the lift as the history grows."""

    popularity_taste: float = 0.2
    """How far the popularity of the liked films decides how popular the recommended ones are."""

    kinship: float = 0.4
    """Weight of the cosine between a film and the liked films in the linear model's item space,
    which fades as the history grows."""

    dislike: float = 1.0
    """Score given up by a film that is as the disliked ones."""

    popularity_penalty: float = 0.3
    """Score given up for each standard deviation of log popularity at the end of the novelty
    dial."""

    grade_power: float = 2.0
    """A rating's weight in the linear and ALS branches: its share of five stars, to this power."""

    linear_regularisation: float = 100.0
    """Lambda of the linear (EASE) branch."""

    exact_films: int = EXACT_MOVIES
    """Most films for which the neural branch's softmax is over all of them. Above it each step
    takes its users' films and a sample of the others; 0 samples always."""

    sampled_films: int = SAMPLED_MOVIES
    """Films sampled for a step of the neural branch where there are more than exact_films."""

    linear_rank: int = 384
    """Dimensions that the linear branch is reduced to; bounds the served item vectors."""

    factors: int = 64
    """Factors of the implicit ALS branch."""

    update_epochs: int = 3
    """Passes over the users when a model is updated with new ratings (`ml.training.update`)."""

    update_learning_rate: float = 1e-3
    """Peak of the one-cycle schedule of an update."""

    cold_ratings: int = 0
    """Measure newcomers too, by their first so many ratings (protocol `cold-N`): everything is then
    fitted once more without a fifth of the people. 0 leaves it out."""

    threads: int = 0
    """CPU threads for torch and BLAS; 0 leaves their defaults. Part of what makes bytes repeat."""

    device: str = "auto"
    """Where the neural branch is trained: `cpu`, `cuda`, or `auto`, the GPU where there is one."""

    def __post_init__(self) -> None:
        for name in (
            "negatives_per_positive",
            "genre_negatives",
            "dimension",
            "epochs",
            "update_epochs",
            "batch_size",
            "sampled_films",
            "factors",
        ):
            _require(getattr(self, name) >= 1, name, "at least 1")
        for name in (
            "weight_decay",
            "sampled_weight",
            "exact_films",
            "seed",
            "split_seed",
            "cold_ratings",
            "threads",
            "grade_power",
            "calibration",
            "genre_lift",
            "decade_lift",
            "genre_match",
            "popularity_taste",
            "kinship",
            "dislike",
            "popularity_penalty",
        ):
            _require(getattr(self, name) >= 0, name, "0 or more")
        for name in ("learning_rate", "update_learning_rate", "linear_regularisation"):
            _require(getattr(self, name) > 0, name, "above 0")
        _require(1 <= self.liked_half_stars <= 10, "liked_half_stars", "1 to 10")
        _require(self.linear_rank >= 1, "linear_rank", "at least 1")
        for name in ("genre_share", "prefix_share", "soft_target"):
            _require(0 <= getattr(self, name) <= 1, name, "between 0 and 1")
        for name, choices in (
            ("negative_strategy", NEGATIVE_STRATEGIES),
            ("genre_split", GENRE_SPLITS),
            ("fine_tune", FINE_TUNES),
            ("device", DEVICES),
        ):
            _require(getattr(self, name) in choices, name, "one of " + ", ".join(choices))
        _require(bool(self.embeddings), "embeddings", "minilm, lamini or a directory")

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON-able values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> PipelineConfig:
        """The configuration with these values; fields left out keep their defaults.

        Raises:
            ValueError: an unknown key, or a value out of range.
        """
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"unknown setting: {', '.join(sorted(unknown))}")
        types = get_type_hints(cls)
        for name, value in values.items():
            expectation = _TYPES[types[name]]
            _require(_is_of(value, types[name]), name, expectation)
        return cls(**values)


MAX_INTEGER: Final = 2**31 - 1
_TYPES: Final[dict[type, str]] = {
    bool: "true or false",
    int: f"a whole number, at most {MAX_INTEGER}",
    float: "a finite number",
    str: "a text",
}


def _is_of(value: object, kind: type) -> bool:
    """Whether a value read from JSON is of a field's type; a boolean is no number."""
    if kind is float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and abs(value) < sys.float_info.max  # type: ignore[arg-type]
    if kind is int:
        return type(value) is int and abs(value) <= MAX_INTEGER
    return type(value) is kind


def _require(holds: bool, name: str, expectation: str) -> None:
    if not holds:
        raise ValueError(f"{name} must be {expectation}")

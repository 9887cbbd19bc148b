"""Specify every training parameter once: name, type, default, range, texts and group.

The command line, the forms, the API, the documentation and the table of stages read this module.
It loads no torch, so that web processes can import it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final, get_type_hints

from ml.data.labels import HARD_POSITIVE_HALF_STARS

NEGATIVE_STRATEGIES = ("mixed", "uniform", "literal")
FINE_TUNES = ("genre", "control", "none")
GENRE_SPLITS = ("median", "mean")
DEVICES = ("auto", "cpu", "cuda")
EXACT_MOVIES = 20_000
"""Default of `exact_films`. The softmax costs users x films: sampling saves nothing at 15,000 films
and a third of the time at 30,000."""
SAMPLED_MOVIES = 16_384
"""Default of `sampled_films`: a fifth of 87,000 films. Half as many lost three times as much NDCG
on shares of a small catalogue."""
MAX_INTEGER: Final = 2**31 - 1


@dataclass(frozen=True)
class Parameter:
    """One training parameter, as forms, the command line and the documentation show it."""

    name: str
    kind: type[bool | int | float | str]
    default: Any
    label: str
    """A short name for forms. English; the site translates it."""
    text: str
    """What the parameter does, in one or two sentences. English; the site translates it."""
    group: str = ""
    """The group by which the table of stages names it (`ml.training.stages`)."""
    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def range(self) -> str:
        """The values that are allowed, in words; empty where only the type limits them.

        >>> BY_NAME["genre_share"].range, BY_NAME["fine_tune"].range
        ('between 0 and 1', 'one of genre, control, none')
        """
        if self.choices:
            return "one of " + ", ".join(self.choices)
        if self.at_most is not None:
            return f"between {self.at_least} and {self.at_most}"
        if self.at_least is not None:
            return f"at least {self.at_least}" if self.at_least else "0 or more"
        return "" if self.above is None else f"above {self.above}"

    def allows(self, value: Any) -> bool:
        """Return whether a value of the right type is in range."""
        return (
            (not self.choices or value in self.choices)
            and (self.at_least is None or value >= self.at_least)
            and (self.at_most is None or value <= self.at_most)
            and (self.above is None or value > self.above)
            and value != ""
        )

    def parse(self, text: str) -> Any:
        """Return the value that a command line's text stands for; its range is not checked.

        >>> BY_NAME["uses_text"].parse("false"), BY_NAME["epochs"].parse("3")
        (False, 3)

        Raises
        ------
        ValueError
            The text is no value of the parameter's type.

        """
        if self.kind is bool:
            if text.lower() not in ("true", "false"):
                raise ValueError(f"{text!r} is neither true nor false")
            return text.lower() == "true"
        return self.kind(text)


def parameter(default: Any, label: str, text: str, **rest: Any) -> Any:
    """Return a dataclass field that carries the rest of a :class:`Parameter`."""
    return field(default=default, metadata={"label": label, "text": text, **rest})


@dataclass(frozen=True)
class PipelineConfig:
    """The parameters of one run. Equal configurations and equal data give equal bytes.

    Raises
    ------
    ValueError
        A value is out of its range; the message names the field.

    """

    seed: int = parameter(
        0,
        "Seed",
        "Seed of everything random that makes a model: sampling, initial weights, order, dropout.",
        at_least=0,
    )
    split_seed: int = parameter(
        0,
        "Seed of the held-out ratings",
        "Seed of the held-out ratings. Runs that share it are measured on the same ratings.",
        at_least=0,
        group="head",
    )
    embeddings: str = parameter(
        "minilm",
        "Text model",
        "Text model: minilm (packaged, offline), lamini or lamini@COMMIT (downloaded), or a "
        "directory that holds one.",
    )
    negatives_per_positive: int = parameter(
        4,
        "Negatives per positive",
        "Negatives sampled for each positive, for the same user (NCF paper, section 3.3).",
        at_least=1,
    )
    negative_strategy: str = parameter(
        "mixed",
        "Sampling of negatives",
        "mixed: each explicit negative once, the rest uniformly from unrated films. uniform: "
        "unrated films only. literal: only the user's own ratings below 3, which ruins the "
        "ranking of the catalogue.",
        choices=NEGATIVE_STRATEGIES,
    )
    dimension: int = parameter(
        64,
        "Dimension of the neural base model",
        "Width of the neural base model's user and item vectors.",
        at_least=1,
        group="network",
    )
    epochs: int = parameter(
        25,
        "Epochs",
        "Passes over the users when the neural base model is trained.",
        at_least=1,
        group="network",
    )
    batch_size: int = parameter(
        96,
        "Users in a batch",
        "Users in one training step.",
        at_least=1,
        group="network",
    )
    learning_rate: float = parameter(
        3e-3,
        "Learning rate",
        "Peak of the one-cycle schedule.",
        at_least=1e-8,
        group="network",
    )
    weight_decay: float = parameter(
        1e-4,
        "Weight decay",
        "AdamW's decoupled weight decay.",
        at_least=0,
        group="network",
    )
    sampled_weight: float = parameter(
        0.1,
        "Weight of the sampled interactions",
        "Weight of the pairwise loss over the sampled interactions, added to the catalogue "
        "softmax.",
        at_least=0,
        group="network",
    )
    soft_target: float = parameter(
        0.3,
        "Target of a soft positive",
        "Training target of a soft positive (3 and 3.5 stars); a hard positive has the target 1.",
        at_least=0,
        at_most=1,
        group="network",
    )
    liked_half_stars: int = parameter(
        HARD_POSITIVE_HALF_STARS,
        "Half stars of a liked film",
        "Smallest rating, in half stars, that the base models and the ranking head learn to "
        "rank first: 8 for hard positives, by which the site is measured; 1 to count every "
        "rating as a hit.",
        at_least=1,
        at_most=10,
        group="network",
    )
    read_half_stars: int = parameter(
        5,
        "Half stars of interest",
        "Smallest rating, in half stars, that the base models read as interest. Lower ones, up to "
        "2 stars, only count against films like them, by the weight of dislikes. 1 to read "
        "every rating as interest.",
        at_least=1,
        at_most=10,
        group="network",
    )
    uses_text: bool = parameter(
        True,
        "Use descriptions",
        "Whether the base models and the ranking head read the films' descriptions. The genre "
        "steps always do.",
        group="network",
    )
    uses_words: bool = parameter(
        True,
        "Use TF-IDF terms",
        "Whether the ranking head compares a film's TF-IDF terms with those of the films that "
        "the user liked.",
        group="head",
    )
    uses_people: bool = parameter(
        True,
        "Use directors and writers",
        "Whether the linear base model reads the directors and writers of films, where known.",
        group="closed_form",
    )
    uses_genres: bool = parameter(
        True,
        "Use genres in base models",
        "Whether the base models read the films' genres. The ranking head always reads the user's.",
        group="network",
    )
    uses_user_embedding: bool = parameter(
        True,
        "Use the user's text profile",
        "Whether the ranking head compares a film's text with the films that the user liked and "
        "disliked.",
        group="head",
    )
    genre_split: str = parameter(
        "median",
        "Threshold of genre similarities",
        "Threshold of a user's genre similarities for the genre data set: their median or their "
        "mean. The labels in user_genre_similarity.parquet always use the median.",
        choices=GENRE_SPLITS,
        group="genres",
    )
    genre_negatives: int = parameter(
        3,
        "Negative films per positive genre",
        "Films of actual negative genres for each film of an actual positive genre.",
        at_least=1,
        group="genres",
    )
    fine_tune: str = parameter(
        "genre",
        "Fine-tuning",
        "genre: fine-tune on the genre data set. control: the same number of further steps of "
        "the ordinary training. none: neither.",
        choices=FINE_TUNES,
    )
    prefix_share: float = parameter(
        0.0,
        "Share of prediction steps",
        "Share of the neural base models' training steps that predict the end of a history from "
        "its beginning.",
        at_least=0,
        at_most=1,
        group="network",
    )
    genre_share: float = parameter(
        0.1,
        "Share of genre match in the target",
        "Share of genre match in the ranking head's target: NDCG against genre NDCG.",
        at_least=0,
        at_most=1,
        group="head",
    )
    calibration: float = parameter(
        1.5,
        "Weight of the user's genres in lists",
        "Score that a list gives up for each nat by which its genres differ from those of the "
        "user's liked films (ml.serving.reranking). 0 lists the films of the highest scores.",
        at_least=0,
        group="head",
    )
    genre_lift: float = parameter(
        0.6,
        "Weight of the first ratings' genres",
        "Weight of the genres' log-likelihood ratio, the user's liked films against "
        "everybody's. It decides how much the first ratings count.",
        at_least=0,
        group="head",
    )
    decade_lift: float = parameter(
        0.3,
        "Weight of the first ratings' decades",
        "Weight of the decades' log-likelihood ratio, the user's liked films against everybody's.",
        at_least=0,
        group="head",
    )
    country_lift: float = parameter(
        0.6,
        "Weight of the first ratings' countries",
        "Weight of the countries' log-likelihood ratio, the user's liked films against "
        "everybody's. Films whose country is unknown gain and lose nothing.",
        at_least=0,
        group="head",
    )
    genre_match: float = parameter(
        0.9,
        "Weight of the genre match",
        "Weight of the cosine between a film's genres and the user's genre shares. It grows "
        "with the length of the history.",
        at_least=0,
        group="head",
    )
    popularity_taste: float = parameter(
        0.2,
        "Weight of the picks' popularity",
        "How strongly the popularity of the liked films decides the popularity of the "
        "recommended ones.",
        at_least=0,
        group="head",
    )
    kinship: float = parameter(
        0.6,
        "Weight of the similarity to liked films",
        "Weight of the cosine between a film and the liked films in the linear base model's "
        "item space. It fades as the history grows.",
        at_least=0,
        group="head",
    )
    dislike: float = parameter(
        1.2,
        "Weight of dislikes",
        "Score that a film loses by its similarity to disliked films.",
        at_least=0,
        group="head",
    )
    aversion: float = parameter(
        0.6,
        "Weight of disliked genres",
        "How much of the lift of disliked films' genres, decades and countries is taken off. It "
        "acts where the disliked films have a theme.",
        at_least=0,
        group="head",
    )
    popularity_penalty: float = parameter(
        0.5,
        "Weight of the novelty setting",
        "Score that a film loses per standard deviation of log popularity when novelty is 1.",
        at_least=0,
        group="head",
    )
    grade_power: float = parameter(
        2.0,
        "Power of a rating's stars",
        "Exponent of a rating's weight in the linear and ALS base models: its share of five "
        "stars to this power.",
        at_least=0,
        group="closed_form",
    )
    linear_regularisation: float = parameter(
        100.0,
        "Regularisation of the linear base model",
        "Lambda, the regularisation of the linear (EASE) base model.",
        at_least=1e-6,
        group="closed_form",
    )
    exact_films: int = parameter(
        EXACT_MOVIES,
        "Largest catalogue with an exact softmax",
        "Largest catalogue for which the neural base model's softmax is over all films. Above "
        "it each step takes its users' films and a sample of the rest. 0 always samples.",
        at_least=0,
        group="network",
    )
    sampled_films: int = parameter(
        SAMPLED_MOVIES,
        "Films sampled per step",
        "Films sampled per training step of the neural base model in a catalogue of more than "
        "exact_films.",
        at_least=1,
        group="network",
    )
    linear_rank: int = parameter(
        384,
        "Rank of the linear base model",
        "Dimensions to which the linear base model is reduced. It bounds the size of the served "
        "item vectors.",
        at_least=1,
        group="closed_form",
    )
    factors: int = parameter(
        64,
        "Factors of the ALS base model",
        "Factors of the implicit ALS base model.",
        at_least=1,
        group="closed_form",
    )
    update_epochs: int = parameter(
        3,
        "Epochs of an update",
        "Passes over the users when a model is updated with new ratings.",
        at_least=1,
        group="update",
    )
    update_learning_rate: float = parameter(
        1e-3,
        "Learning rate of an update",
        "Peak of the one-cycle schedule of an update.",
        at_least=1e-8,
        group="update",
    )
    cold_ratings: int = parameter(
        0,
        "First ratings of cold-start users",
        "Number of first ratings from which cold-start users are measured too (protocol "
        "cold-N): every model is then fitted once more without a fifth of the users. 0 skips "
        "it.",
        at_least=0,
    )
    evaluation_users: int = parameter(
        10_000,
        "Users measured",
        "Largest number of users on whose held-out ratings a run is measured. Above it, users are "
        "drawn by their ids, the same in every run. 0 measures all.",
        at_least=0,
    )
    threads: int = parameter(
        0,
        "CPU threads",
        "CPU threads for torch and BLAS. 0 keeps their defaults. Equal bytes need an equal number.",
        at_least=0,
        group="machine",
    )
    device: str = parameter(
        "auto",
        "Device",
        "Where the neural base model is trained: cpu, cuda, or auto, which takes the GPU where "
        "there is one.",
        choices=DEVICES,
        group="machine",
    )

    def __post_init__(self) -> None:
        for spec in PARAMETERS:
            expectation = spec.range or "minilm, lamini or a directory"
            _require(spec.allows(getattr(self, spec.name)), spec.name, expectation)

    def to_dict(self) -> dict[str, Any]:
        """Return all parameters as values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> PipelineConfig:
        """Return the configuration with these values; missing parameters keep their defaults.

        Raises
        ------
        ValueError
            A key is unknown, or a value has the wrong type or is out of range.

        """
        unknown = set(values) - set(BY_NAME)
        if unknown:
            raise ValueError(f"unknown setting: {', '.join(sorted(unknown))}")
        for name, value in values.items():
            kind = BY_NAME[name].kind
            _require(_is_of(value, kind), name, _TYPES[kind])
        return cls(**values)


_HINTS: Final = get_type_hints(PipelineConfig)
PARAMETERS: Final = tuple(
    Parameter(each.name, _HINTS[each.name], each.default, **each.metadata)
    for each in fields(PipelineConfig)
)
"""Every parameter, in the order of the configuration."""
BY_NAME: Final[Mapping[str, Parameter]] = {each.name: each for each in PARAMETERS}
_TYPES: Final[dict[type, str]] = {
    bool: "true or false",
    int: f"a whole number, at most {MAX_INTEGER}",
    float: "a finite number",
    str: "a text",
}


def names_of(group: str) -> frozenset[str]:
    """Return the names of the parameters of a group.

    >>> sorted(names_of("genres"))
    ['genre_negatives', 'genre_split']
    """
    return frozenset(each.name for each in PARAMETERS if each.group == group)


def _is_of(value: object, kind: type) -> bool:
    """Return whether a value read from JSON has a parameter's type; a boolean is no number."""
    if kind is float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and abs(value) < sys.float_info.max  # type: ignore[arg-type]
    if kind is int:
        return type(value) is int and abs(value) <= MAX_INTEGER
    return type(value) is kind


def _require(holds: bool, name: str, expectation: str) -> None:
    if not holds:
        raise ValueError(f"{name} must be {expectation}")

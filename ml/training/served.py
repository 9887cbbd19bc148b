"""NCF+: the fused recommender that the site serves, trained as a whole.

1. The members: a linear and an ALS branch in closed form, and two copies of the history-encoded
   NCF, one with film ids and one of content alone, trained with the sampled interactions.
2. The copies are fine-tuned on the genre data set.
3. The head is trained on inner hold-outs: members fitted without the held-out ratings rank, and
   the head learns from what those users went on to like; what ranks for newcomers, from people of
   whom the members knew nothing. It then sits on members fitted on all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag
from torch import Tensor

from ml.data.dataset import Ratings
from ml.data.genres import GenreInteractions, genre_affinities, genre_interactions, genre_vectors
from ml.data.sampling import Interactions, sample_interactions
from ml.data.splits import Split, drawn_people, make_split
from ml.progress import Progress, Reporter, ignore_progress, steps
from ml.serving.base_models import BaseModel
from ml.serving.ensemble import BASE_MODELS, Ensemble
from ml.serving.new_movies import movie_content
from ml.serving.reranking import ReRanker
from ml.serving.similarity import MovieSimilarity
from ml.serving.taste import TasteWeights
from ml.training.config import PipelineConfig
from ml.training.features import movie_features, movie_terms, taste_terms, text_axes
from ml.training.history import FineTuneConfig, HistoryConfig, HistoryTrainer
from ml.training.ials import fit_ials
from ml.training.linear import fit_linear, grade_table
from ml.training.people import people_rows
from ml.training.protocol import TrainingData, history
from ml.training.ranking_head import (
    HoldOutFold,
    RankingHeadConfig,
    train_ranking_head,
    untrained_ranking_head,
)

TEXT_WEIGHT, GENRE_WEIGHT = 15.0, 2.0
"""Of a film's unit text and unit genres beside its ratings, in the linear branch."""
PEOPLE_WEIGHT = np.float32(1.4)
"""Of a movie's unit directors and unit writers beside its ratings, in the linear base model."""
ALS_REGULARISATION = 40.0
ALS_ALPHA = 10.0
ALS_ITERATIONS = 15
WORDS = ("liked_words", "nearest_words")
"""Inputs of the head that compare a film's rare words with those of the user's liked films."""
USER_EMBEDDING = ("liked_text", "disliked_text", "nearest_text", *WORDS)
"""Inputs of the head that compare a film with the texts of the user's films."""
CONTENT_EPOCHS_SHARE = 0.8
"""The copy without ids has fewer weights and needs fewer epochs."""
TEXT_AXES = 128
"""Principal axes of the texts that the NCF reads: four fifths of their variance at a third of the
time, and no loss that could be measured."""

STRANGER_SHARE, MAX_STRANGERS = 0.2, 1_000
"""Of the people, those of whom the members know nothing when the head learns of newcomers."""
MANY_PEOPLE = 50_000
"""From so many on, the strangers are at most a fiftieth of them."""


@dataclass(frozen=True)
class Served:
    """The recipe, for the family of `ml.training.protocol`."""

    config: PipelineConfig = field(default_factory=PipelineConfig)
    without: tuple[str, ...] = ()
    """Names of `BASE_MODELS` that the head and the prior do not read: for ablations."""

    def fit(
        self, training: TrainingData, *, seed: int, report: Reporter = ignore_progress
    ) -> FittedServed:
        """Fit everything on these ratings."""
        config = replace(self.config, seed=seed)
        interactions = sample(training.ratings, config)
        trained = train(training, interactions, config, steps(report, "training"))
        mined = mine(training, config)
        members = finetune(training, interactions, mined, trained, config, report)
        lessons = fit_lessons(training, config, report)
        fusion = fuse(training, members, lessons, config, report, self.without)
        return FittedServed(fusion, config.calibration)


@dataclass(frozen=True)
class FittedServed:
    """A trained fusion as a member of the family."""

    fusion: Ensemble
    calibration: float
    """Of the lists made of the scores: `PipelineConfig.calibration`."""

    @property
    def lister(self) -> ReRanker:
        """What makes a list of the scores."""
        films = self.fusion.films
        return ReRanker(MovieSimilarity(films.text, films.genres), self.calibration, films.series)

    def scores(self, histories: Ratings, users: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return [B, N] scores of all films."""
        return np.concatenate([self._score(histories, user) for user in users])

    def _score(self, histories: Ratings, user: np.int64) -> NDArray[np.float32]:
        rated = history(histories, user)
        timestamps = histories.timestamps[slice(*histories.offsets[user : user + 2])]
        state = self.fusion.state(rated, timestamps if len(rated) else None)
        return self.fusion.scores(state)


@dataclass(frozen=True)
class Trained:
    """The branches before the genre fine-tune."""

    linear: BaseModel
    als: BaseModel
    networks: Mapping[str, Mapping[str, Tensor]]
    """Weights of the NCF's copies, `history` and `content`."""


@dataclass(frozen=True)
class Holdout:
    """Members fitted on a part of the ratings, and the others."""

    members: tuple[BaseModel, ...]
    train: Ratings
    held_out: Ratings


@dataclass(frozen=True)
class Lessons:
    """What the head learns from."""

    known: Holdout
    """A fifth of each user's ratings was held out."""
    strangers: Holdout | None
    """All ratings of some users were held out; None where nobody would have been left."""


def sample(ratings: Ratings, config: PipelineConfig) -> Interactions:
    """Step 1: the positives, each with its negatives."""
    return sample_interactions(
        ratings,
        strategy=config.negative_strategy,
        n_negatives=config.negatives_per_positive,
        seed=config.seed,
    )


def closed_form(
    training: TrainingData, config: PipelineConfig, report: Reporter
) -> tuple[BaseModel, BaseModel]:
    """Fit the branches that no gradient descent fits: the linear one and ALS."""
    ratings = training.ratings
    content = _content(training, config)
    is_text = np.arange(content.shape[1]) < training.text.shape[1]
    report(Progress(0, 1, "branches", "fitting the linear branch"))
    linear = fit_linear(
        ratings,
        content,
        regularisation=config.linear_regularisation,
        rank=config.linear_rank,
        grades=grade_table(config.grade_power),
        seed=config.seed,
        content_weights=np.where(is_text, TEXT_WEIGHT, GENRE_WEIGHT).astype(np.float32),
        names=PEOPLE_WEIGHT * people_rows(training.catalogue, ratings) * config.uses_people,
    )
    als = fit_ials(
        ratings,
        factors=config.factors,
        regularisation=ALS_REGULARISATION,
        alpha=ALS_ALPHA,
        grades=grade_table(config.grade_power),
        iterations=ALS_ITERATIONS,
        seed=config.seed,
        report=steps(report, "fitting the ALS branch"),
    )
    return linear, als


def train(
    training: TrainingData, interactions: Interactions, config: PipelineConfig, report: Reporter
) -> Trained:
    """Fit every base model before the genre fine-tune."""
    linear, als = closed_form(training, config, report)
    networks = {}
    for name, trainer in trainers(training, interactions, config).items():
        trainer.fit(steps(report, f"training the {name} copy"))
        networks[name] = trainer.module.state_dict()
    return Trained(linear, als, networks)


def trainers(
    training: TrainingData, interactions: Interactions, config: PipelineConfig
) -> dict[str, HistoryTrainer]:
    """Return the untrained networks of the NCF."""
    axes = text_axes(_text(training, config), TEXT_AXES)
    genres = np.eye(training.catalogue.genres.shape[1], dtype=np.float32)
    projection = block_diag(axes, genres).astype(np.float32)
    settings = HistoryConfig(
        dimension=config.dimension,
        epochs=config.epochs,
        batch_size=config.batch_size,
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        sampled_weight=config.sampled_weight,
        soft_target=config.soft_target,
        liked_half_stars=config.liked_half_stars,
        prefix_share=config.prefix_share,
        device=config.device,
        exact_films=config.exact_films,
        sampled_films=config.sampled_films,
    )
    content_epochs = max(1, round(CONTENT_EPOCHS_SHARE * config.epochs))
    copies = {
        "history": settings,
        "content": replace(settings, uses_ids=False, epochs=content_epochs),
    }
    return {
        name: HistoryTrainer(
            training.ratings,
            _content(training, config),
            copy,
            seed=config.seed,
            interactions=interactions,
            projection=projection,
        )
        for name, copy in copies.items()
    }


def _content(training: TrainingData, config: PipelineConfig) -> NDArray[np.float32]:
    text, genres = _text(training, config), training.catalogue.genres
    return movie_content(text, text.mean(axis=0), genres * np.float32(config.uses_genres))


def _text(training: TrainingData, config: PipelineConfig) -> NDArray[np.float32]:
    return training.text * np.float32(config.uses_text)


def mine(training: TrainingData, config: PipelineConfig) -> GenreInteractions:
    """Find actual positive and negative genres, and draw the 1:3 data set (steps 3 and 4)."""
    genres = genre_vectors(training.text, training.catalogue.genres)
    affinities = genre_affinities(
        training.ratings,
        training.catalogue.genres,
        training.text,
        genres,
        split=config.genre_split,
    )
    return genre_interactions(
        training.ratings,
        training.catalogue,
        affinities,
        seed=config.seed,
        n_negatives=config.genre_negatives,
    )


def finetune(
    training: TrainingData,
    interactions: Interactions,
    mined: GenreInteractions,
    trained: Trained,
    config: PipelineConfig,
    report: Reporter,
) -> tuple[BaseModel, ...]:
    """Step 5: the NCF's copies learn the genre data set; all members in NumPy."""
    networks: list[BaseModel] = []
    for name, trainer in trainers(training, interactions, config).items():
        trainer.load(trained.networks[name])
        if config.fine_tune != "none":
            settings = FineTuneConfig()
            if config.fine_tune == "control":
                settings = replace(settings, genre_weight=0.0)
            labelled = steps(report, f"fine-tuning the {name} copy")
            trainer.fine_tune(trainer.sampled_pairs(mined), settings, labelled)
        networks.append(trainer.export())
    return (trained.linear, trained.als, *networks)


def fit_lessons(
    training: TrainingData, config: PipelineConfig, report: Reporter, split: Split | None = None
) -> Lessons:
    """Members without what `split` holds out, by default a fifth of each user's ratings.

    And members without strangers, fitted anew: those above have seen every user, and their scores
    for a short part of a history that they know are better than any newcomer will meet. Where the
    strangers are few among many, they are left out of the one fit instead of costing another.
    """
    ratings = training.ratings
    split = split or make_split(ratings, "full-random", config.seed)
    rng = np.random.default_rng([config.seed, 6])
    is_stranger = drawn_people(ratings, STRANGER_SHARE, rng, MAX_STRANGERS)
    of_strangers = ratings.take(is_stranger[ratings.user_index])
    n_people = np.count_nonzero(np.diff(ratings.offsets))

    def without(found: Ratings) -> Ratings:
        return found.take(~is_stranger[found.user_index])

    def fitted(train_ratings: Ratings, held_out: Ratings, message: str) -> Holdout:
        return _fit_holdout(training, train_ratings, held_out, config, steps(report, message))

    if n_people >= MANY_PEOPLE:
        known = fitted(without(split.train), without(split.held_out), "inner hold-out")
        return Lessons(known, replace(known, held_out=of_strangers))
    known = fitted(split.train, split.held_out, "inner hold-out")
    if len(of_strangers) == len(ratings):
        return Lessons(known, None)
    return Lessons(known, fitted(without(ratings), of_strangers, "without newcomers"))


def _fit_holdout(
    training: TrainingData,
    train_ratings: Ratings,
    held_out: Ratings,
    config: PipelineConfig,
    report: Reporter,
) -> Holdout:
    inner = replace(training, ratings=train_ratings)
    interactions = sample(inner.ratings, config)
    trained = train(inner, interactions, config, report)
    members = finetune(inner, interactions, mine(inner, config), trained, config, report)
    return Holdout(members, train_ratings, held_out)


def fuse(
    training: TrainingData,
    members: tuple[BaseModel, ...],
    lessons: Lessons,
    config: PipelineConfig,
    report: Reporter,
    without: tuple[str, ...] = (),
) -> Ensemble:
    """Train the head on the lessons and put it on the members, some of which it may not read."""
    settings = RankingHeadConfig(
        genre_share=config.genre_share,
        liked_half_stars=config.liked_half_stars,
        ignored=(*_ignored(config), *without),
    )
    settings = replace(settings, prior_weights=_prior_weights(settings.prior_weights, without))
    start = untrained_ranking_head(settings.prior_weights)
    catalogue, text = training.catalogue, _text(training, config)
    words = movie_terms(catalogue)

    def lesson(holdout: Holdout) -> HoldOutFold:
        context = movie_features(catalogue, text, words, holdout.train)
        inner = Ensemble(holdout.members, context, start)
        return HoldOutFold(inner, holdout.train, holdout.held_out)

    head = train_ranking_head(
        lesson(lessons.known),
        None if lessons.strangers is None else lesson(lessons.strangers),
        settings,
        seed=config.seed,
        report=steps(report, "training the head"),
    )
    films = movie_features(catalogue, text, words, training.ratings)
    return Ensemble(members, films, head, taste_terms(films, training.ratings, _weights(config)))


def _weights(config: PipelineConfig) -> TasteWeights:
    return TasteWeights(
        lift=config.genre_lift,
        decade=config.decade_lift,
        match=config.genre_match,
        popularity_taste=config.popularity_taste,
        dislike=config.dislike,
        kinship=config.kinship,
        penalty=config.popularity_penalty,
    )


def _prior_weights(weights: tuple[float, ...], without: tuple[str, ...]) -> tuple[float, ...]:
    """Return the weights of the base models, 0 for those left out."""
    return tuple(
        0.0 if name in without else weight
        for name, weight in zip(BASE_MODELS, weights, strict=True)
    )


def _ignored(config: PipelineConfig) -> tuple[str, ...]:
    if not config.uses_user_embedding:
        return USER_EMBEDDING
    return () if config.uses_text and config.uses_words else WORDS

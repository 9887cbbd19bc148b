"""Train NCF+, the ensemble that the site serves.

1. Fit the base models: a linear and an ALS model in closed form, and two networks of the
   history-encoded NCF, one with film ids and one of content alone, on the sampled interactions.
2. Fine-tune the two networks on the genre data set.
3. Train the ranking head on hold-out folds. Base models that were fitted without the held-out
   ratings rank, and the head learns what those users went on to like. The cold-start weights are
   trained on users who were held out from the base models. The head then ranks with base models
   that were fitted on all ratings.
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
from ml.serving.ensemble import BASE_MODELS, Ensemble, State
from ml.serving.new_movies import movie_content
from ml.serving.reranking import ReRanker
from ml.serving.similarity import MovieSimilarity
from ml.serving.taste import TasteShape, TasteWeights
from ml.training.config import PipelineConfig
from ml.training.features import movie_features, movie_terms, taste_terms, text_axes
from ml.training.history import FineTuneConfig, HistoryConfig, HistoryTrainer
from ml.training.ials import fit_ials
from ml.training.linear import binary_grades, fit_linear, grade_table
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

HELD_OUT_SHARE, MAX_HELD_OUT = 0.2, 1_000
"""Users held out from the base models to train the cold-start weights: share, and at most."""
MANY_PEOPLE = 50_000
"""Number of users from which on the held-out users are at most a fiftieth."""


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
        base_models = finetune(training, interactions, mined, trained, config, report)
        folds = fit_hold_out_folds(training, config, report)
        ensemble = fuse(training, base_models, folds, config, report, self.without)
        return FittedServed(ensemble, config.calibration)


@dataclass(frozen=True)
class FittedServed:
    """A trained ensemble, as the family of models holds it."""

    ensemble: Ensemble
    calibration: float
    """Of the lists made of the scores: `PipelineConfig.calibration`."""

    @property
    def re_ranker(self) -> ReRanker:
        """What makes a list of the scores."""
        films = self.ensemble.films
        return ReRanker(MovieSimilarity(films.text, films.genres), self.calibration, films.series)

    def scores(self, histories: Ratings, users: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return [B, N] scores of all films."""
        return self.ensemble.scores_of_each([self._state(histories, user) for user in users])

    def _state(self, histories: Ratings, user: np.int64) -> State:
        rated = history(histories, user)
        timestamps = histories.timestamps[slice(*histories.offsets[user : user + 2])]
        return self.ensemble.state(rated, timestamps if len(rated) else None)


@dataclass(frozen=True)
class Trained:
    """The base models before the genre fine-tune."""

    linear: BaseModel
    als: BaseModel
    networks: Mapping[str, Mapping[str, Tensor]]
    """Weights of the NCF's copies, `history` and `content`."""


@dataclass(frozen=True)
class Holdout:
    """Base models fitted on a part of the ratings, and the held-out ratings."""

    base_models: tuple[BaseModel, ...]
    train: Ratings
    held_out: Ratings


@dataclass(frozen=True)
class HoldOutFolds:
    """The folds from which the ranking head learns."""

    known: Holdout
    """A fifth of each user's ratings was held out."""
    cold_start: Holdout | None
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
    is_read = binary_grades(config.read_half_stars)
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
    return (
        replace(linear, grades=linear.grades * is_read),
        replace(als, weights=als.weights * is_read),
    )


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
        read_half_stars=config.read_half_stars,
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
    """Step 5: the NCF's copies learn the genre data set; all base models in NumPy."""
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


def fit_hold_out_folds(
    training: TrainingData, config: PipelineConfig, report: Reporter, split: Split | None = None
) -> HoldOutFolds:
    """Fit base models without what `split` holds out, by default a fifth of each user's ratings.

    A second fit leaves out some users entirely. The first has seen every user, so its scores for a
    short part of a known history are better than those of a cold-start user. Where the held-out
    users are few among many, the first fit leaves them out too, and there is no second.
    """
    ratings = training.ratings
    split = split or make_split(ratings, "full-random", config.seed)
    is_held_out = _held_out_people(ratings, config)
    of_held_out_users = ratings.take(is_held_out[ratings.user_index])

    def without(found: Ratings) -> Ratings:
        return found.take(~is_held_out[found.user_index])

    def fitted(train_ratings: Ratings, held_out: Ratings, message: str) -> Holdout:
        return _fit_holdout(training, train_ratings, held_out, config, steps(report, message))

    if has_many_people(ratings):
        known = fitted(without(split.train), without(split.held_out), "inner hold-out")
        return HoldOutFolds(known, replace(known, held_out=of_held_out_users))
    known = fitted(split.train, split.held_out, "inner hold-out")
    if len(of_held_out_users) == len(ratings):
        return HoldOutFolds(known, None)
    return HoldOutFolds(known, fitted(without(ratings), of_held_out_users, "cold-start hold-out"))


def has_many_people(ratings: Ratings) -> bool:
    """Whether one fit serves both hold-out folds: from `MANY_PEOPLE` users on."""
    return bool(np.count_nonzero(np.diff(ratings.offsets)) >= MANY_PEOPLE)


def folds_without(
    training: TrainingData,
    split: Split,
    base_models: tuple[BaseModel, ...],
    users: NDArray[np.int64],
    config: PipelineConfig,
) -> HoldOutFolds:
    """Return the folds of `fit_hold_out_folds` without what some users' held-out ratings tell.

    A head that learns from them can be measured on these users with the same base models, which
    saves another fit. It takes many people: the head learns from the other users.

    Parameters
    ----------
    training, split, config
        What the base models were fitted to: `fit_hold_out_folds` had the same.
    base_models
        Those of its fold `known`.
    users
        Positions of the users who are measured.
    """
    is_held_out = _held_out_people(training.ratings, config)
    is_other = np.ones(training.ratings.n_users, dtype=np.bool_)
    is_other[users] = False

    def of(chosen: NDArray[np.bool_], ratings: Ratings) -> Ratings:
        return ratings.take(chosen[ratings.user_index])

    known = Holdout(
        base_models, of(~is_held_out, split.train), of(is_other & ~is_held_out, split.held_out)
    )
    return HoldOutFolds(
        known, replace(known, held_out=of(is_other & is_held_out, training.ratings))
    )


def _held_out_people(ratings: Ratings, config: PipelineConfig) -> NDArray[np.bool_]:
    """[U] the users whom the cold-start weights are trained on."""
    rng = np.random.default_rng([config.seed, 6])
    return drawn_people(ratings, HELD_OUT_SHARE, rng, MAX_HELD_OUT)


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
    base_models = finetune(inner, interactions, mine(inner, config), trained, config, report)
    return Holdout(base_models, train_ratings, held_out)


def fuse(
    training: TrainingData,
    base_models: tuple[BaseModel, ...],
    folds: HoldOutFolds,
    config: PipelineConfig,
    report: Reporter,
    without: tuple[str, ...] = (),
) -> Ensemble:
    """Train the head on the hold-out folds and return it with the base models in an ensemble."""
    settings = RankingHeadConfig(
        genre_share=config.genre_share,
        liked_half_stars=config.liked_half_stars,
        ignored=(*_ignored(config), *without),
    )
    settings = replace(settings, prior_weights=_prior_weights(settings.prior_weights, without))
    start = untrained_ranking_head(settings.prior_weights)
    catalogue, text = training.catalogue, _text(training, config)
    words = movie_terms(catalogue)

    def fold_of(holdout: Holdout) -> HoldOutFold:
        context = movie_features(catalogue, text, words, holdout.train)
        inner = Ensemble(holdout.base_models, context, start)
        return HoldOutFold(inner, holdout.train, holdout.held_out)

    head = train_ranking_head(
        fold_of(folds.known),
        None if folds.cold_start is None else fold_of(folds.cold_start),
        settings,
        seed=config.seed,
        report=steps(report, "training the head"),
    )
    films = movie_features(catalogue, text, words, training.ratings)
    taste = taste_terms(films, training.ratings, _weights(config), TasteShape())
    return Ensemble(base_models, films, head, taste)


def _weights(config: PipelineConfig) -> TasteWeights:
    return TasteWeights(
        lift=config.genre_lift,
        decade=config.decade_lift,
        match=config.genre_match,
        popularity_taste=config.popularity_taste,
        dislike=config.dislike,
        kinship=config.kinship,
        penalty=config.popularity_penalty,
        aversion=config.aversion,
        country=config.country_lift,
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

"""A cheaper run: the model goes on from what it knows, with the ratings that came since.

The closed-form branches are fitted anew, which takes seconds. The networks take up the base model's
weights, film by film, and train a few epochs at a small rate on all ratings; films that the base
does not know start where their text and genres place them. The head stays: it weighs branches, and
their worth does not change with a few ratings. It is the inner hold-out for the head, and the
evaluation by another one, that make a full run cost what it costs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from ml.data.dataset import DataError, Ratings, positions
from ml.data.splits import Candidates, Split
from ml.progress import Reporter, steps
from ml.serving.base_models import BaseModel, HistoryModel
from ml.serving.ensemble import BASE_MODELS, Ensemble
from ml.serving.model import ServedModel
from ml.serving.new_movies import NewMovies
from ml.training.config import PipelineConfig
from ml.training.features import movie_features, movie_terms, movie_texts, taste_terms
from ml.training.history import FineTuneConfig, HistoryTrainer
from ml.training.protocol import TrainingData
from ml.training.served import closed_form, mine, sample, trainers

HELD_OUT_SHARE = 0.2
"""Of each user's new ratings, those kept aside to measure the update."""
PROTOCOL = "new-ratings"
"""What an update is measured on: a fifth of each user's ratings since the base, ranked among the
films that the user has not rated otherwise. The base has seen the others, so no other split of its
own data would be fair to the two."""


@dataclass(frozen=True)
class Base:
    """The model that is updated, its films aligned with the catalogue of today."""

    ensemble: Ensemble
    """Over the N films of the catalogue; those that the base did not know are placed by content."""
    last_seen: float
    """Seconds since 1970 of the latest rating that the base learned from."""
    content_rows: NDArray[np.int64]
    """[C] row of the base's content towers for each column of today's film content; -1: none, as
    of a genre that is new."""


def base_config(model: ServedModel, config: PipelineConfig) -> PipelineConfig:
    """Return the base's own configuration, with the epochs, seed, threads and device of this one.

    Widths of networks and the text model cannot change in an update.
    """
    known = {name: value for name, value in model.manifest.config.items() if name in vars(config)}
    return replace(
        PipelineConfig.from_dict(known),
        update_epochs=config.update_epochs,
        update_learning_rate=config.update_learning_rate,
        seed=config.seed,
        threads=config.threads,
        device=config.device,
    )


def aligned(model: ServedModel, training: TrainingData) -> Base:
    """Return the base over the films of the training data.

    Raises
    ------
    DataError
        The films are embedded by another text model than the base's.

    """
    catalogue = training.catalogue
    if training.text.shape[1] != model.manifest.embedding_dimension:
        raise DataError(
            f"the films are embedded in {training.text.shape[1]} dimensions, those of the base "
            f"model in {model.manifest.embedding_dimension}: start a full run"
        )
    columns = positions_of(model.genre_names, catalogue.genre_names)
    genres = np.where(columns >= 0, catalogue.genres[:, columns], 0).astype(np.float32)
    texts = np.array(movie_texts(catalogue), dtype=object)
    films = NewMovies(catalogue.movie_ids, training.text, genres, catalogue.years, texts)
    everything = model.with_new_films(films)
    rows = positions(everything.movie_ids, catalogue.movie_ids)
    width = training.text.shape[1]
    known = positions_of(catalogue.genre_names, model.genre_names)
    content_rows = np.concatenate([np.arange(width), np.where(known >= 0, width + known, -1)])
    ensemble = everything.ensemble.take(rows)
    return Base(ensemble, ensemble.films.last_seen, content_rows)


def update(
    training: TrainingData, base: Base, config: PipelineConfig, report: Reporter
) -> Ensemble:
    """Go on from the base with all ratings of today."""
    interactions = sample(training.ratings, config)
    mined = mine(training, config)
    base_models: list[BaseModel] = list(closed_form(training, config, report))
    for name, trainer in trainers(training, interactions, _shortened(config)).items():
        known = base.ensemble.base_models[BASE_MODELS.index(name)]
        if not isinstance(known, HistoryModel):
            raise DataError(f"the base model's branch {name} is no network: start a full run")
        take_up(trainer, known, base.content_rows)
        trainer.fit(steps(report, f"updating the {name} copy"))
        pairs = trainer.sampled_pairs(mined)
        trainer.fine_tune(pairs, FineTuneConfig(), steps(report, f"fine-tuning the {name} copy"))
        base_models.append(trainer.export())
    words = movie_terms(training.catalogue)
    context = movie_features(training.catalogue, training.text, words, training.ratings)
    known_taste = base.ensemble.taste
    taste = taste_terms(context, training.ratings, known_taste.weights, known_taste.shape)
    return Ensemble(tuple(base_models), context, base.ensemble.head, taste)


def take_up(trainer: HistoryTrainer, known: HistoryModel, content_rows: NDArray[np.int64]) -> None:
    """Give an untrained network the weights that an exported one was made of.

    They come back turned into the basis of its item vectors, on which no score depends.
    `content_rows` [C] are those of `Base`.

    Raises
    ------
    DataError
        The exported network has other widths.

    """
    module = trainer.module
    width = known.items.vectors.shape[1]
    if width != len(module.hidden.weight):
        raise DataError(f"the base model has dimension {width}, not {len(module.hidden.weight)}")
    content = trainer.content[trainer.rated].astype(np.float64)
    projected = content @ trainer.projection
    state = {
        "rating_weights": known.rating_weights,
        "hidden.weight": known.layers["w1"].T,
        "hidden.bias": known.layers["b1"],
        "residual.weight": known.layers["w2"].T,
        "residual.bias": known.layers["b2"],
        "bias": known.items.bias[trainer.rated],
    }
    for side, vectors in (("input", known.inputs), ("output", known.items.vectors)):
        tower = _tower(known, side)[content_rows] * (content_rows >= 0)[:, None]
        weights = np.linalg.lstsq(projected, content @ tower, rcond=None)[0]
        state[f"{side}_content.weight"] = weights.T
        if module.uses_ids:
            state[f"{side}_ids"] = vectors[trainer.rated] - projected @ weights
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(state[name], np.float32)))


def new_ratings(ratings: Ratings, base: Base, seed: int) -> Split:
    """Return the split by which an update is measured; nobody is measured if no rating is new."""
    is_new = ratings.timestamps > base.last_seen
    chance = np.random.default_rng([seed, 8]).random(len(ratings))
    held_out = is_new & (chance < HELD_OUT_SHARE)
    train, rest = ratings.take(~held_out), ratings.take(held_out)
    return Split(PROTOCOL, seed, train, train, rest, Candidates.UNSEEN)


def positions_of(wanted: tuple[str, ...], names: tuple[str, ...]) -> NDArray[np.int64]:
    """Where each wanted name stands among the names; -1 where it does not.

    >>> positions_of(("b", "z"), ("a", "b")).tolist()
    [1, -1]
    """
    places = {name: place for place, name in enumerate(names)}
    return np.array([places.get(name, -1) for name in wanted], dtype=np.int64)


def _shortened(config: PipelineConfig) -> PipelineConfig:
    return replace(config, epochs=config.update_epochs, learning_rate=config.update_learning_rate)


def _tower(known: HistoryModel, side: str) -> NDArray[np.float32]:
    if known.towers is None:
        raise DataError("the base model was made before updates were possible: start a full run")
    return known.towers.inputs if side == "input" else known.towers.vectors

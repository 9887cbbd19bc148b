"""The pipeline over a workspace directory, the same for the command line and the site.

Each stage reads what earlier ones left in the workspace, writes its own products atomically and
returns a small summary. Running a finished stage again gives the same bytes. The texts are embedded
before the training, which differs from the method's order because the NCF reads them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save
from threadpoolctl import threadpool_limits

from ml.baselines.ease import Ease
from ml.baselines.ials import Ials
from ml.baselines.itemknn import ItemKNN
from ml.baselines.popularity import Popularity
from ml.data.dataset import DataError, Dataset
from ml.data.genres import (
    genre_affinities,
    genre_interactions,
    genre_similarity,
    genre_vectors,
)
from ml.data.labels import label_counts
from ml.data.splits import Split, make_split
from ml.evaluation.bootstrap import interval
from ml.evaluation.evaluator import Evaluation
from ml.evaluation.listed import evaluate_model, evaluate_models
from ml.evaluation.per_user import FILE as PER_USER_FILE
from ml.evaluation.per_user import per_user_bytes
from ml.evaluation.probes import evaluate_probe
from ml.evaluation.themes import themes_of
from ml.evaluation.views import FEW_RATINGS, SAMPLED, few_ratings, sampled
from ml.io import workspace as files
from ml.io.files import write_atomically
from ml.pipeline import per_user
from ml.progress import Progress, Reporter, steps
from ml.serving.artifact import (
    ArtifactError,
    Manifest,
    load_manifest,
    save_artifact,
    write_manifest,
)
from ml.serving.base_models import BaseModel
from ml.serving.ensemble import BASE_MODELS, Ensemble, base_model_from_tensors, base_model_tensors
from ml.serving.model import ServedModel
from ml.training.config import PipelineConfig
from ml.training.embeddings import documents, embed, find_text_model
from ml.training.features import country_names
from ml.training.protocol import RankingModel, Recommender, TrainingData
from ml.training.served import (
    FittedServed,
    Served,
    Trained,
    finetune,
    fit_hold_out_folds,
    folds_without,
    fuse,
    has_many_people,
    mine,
    sample,
    train,
)
from ml.training.stages import BASE, BY_NAME, CACHE, PROTOCOLS_FILE, STAGES, UPDATE_STAGES
from ml.training.update import aligned, base_config, new_ratings, update

__all__ = ["BASE", "STAGES", "UPDATE_STAGES", "run_stage"]

PROTOCOL = "full-random"
BASELINES: Mapping[str, Recommender] = {
    "popularity": Popularity(),
    "itemknn": ItemKNN(),
    "ease": Ease(),
    "ials": Ials(),
}
"""What the served model is measured beside."""
BRANCHES_FILE = "train/branches.safetensors"
HOLDOUT_FILE = "finetune/held-out.safetensors"
LISTENING = ("theme-5", "disliked-10")
"""Protocols that tell whether a model listens to a visitor (`ml.evaluation.themes`)."""
Measured = Mapping[str, Mapping[str, Evaluation]]
"""Evaluations by protocol and model."""


def run_stage(
    name: str,
    workspace: Path,
    config: PipelineConfig,
    report: Reporter,
    *,
    with_users: bool = True,
) -> dict[str, Any]:
    """Run one stage and return what is worth saying about it, JSON-able.

    Without users, what the stage makes of each user alone is left to `ml.pipeline.per_user`.

    Raises
    ------
    ValueError
        No such stage.
    DataError
        The inputs or an earlier product cannot be used, in one line.
    Cancelled
        By the reporter; nothing of this stage was written.

    """
    if name not in _STAGES:
        raise ValueError(f"no stage {name}; there are {', '.join(_STAGES)}")
    with deterministic(config.threads):
        summary = _STAGES[name](workspace, config, report)
        if with_users and (product := BY_NAME[name].per_user):
            per_user.write_users(name, workspace, workspace / product)
        return summary


def _sample(workspace: Path, config: PipelineConfig, report: Reporter) -> dict[str, Any]:
    del report  # a fraction of a second
    dataset = files.read_inputs(workspace)
    interactions = sample(dataset.ratings, config)
    files.write_interactions(workspace, dataset, interactions)
    return {
        "n_users": dataset.ratings.n_users,
        "n_movies": len(dataset.catalogue),
        "n_ratings": len(dataset.ratings),
        "labels": label_counts(dataset.ratings.half_stars),
        "n_positives": len(interactions.positive_index),
        "n_negatives": int((interactions.negative_index != files.NO_FILM).sum()),
    }


def _embed(workspace: Path, config: PipelineConfig, report: Reporter) -> dict[str, Any]:
    dataset = files.read_inputs(workspace)
    model = find_text_model(config.embeddings)
    vectors = embed(documents(dataset.catalogue), model, report, cache=workspace / CACHE)
    films = dataset.catalogue
    genres = genre_vectors(vectors, films.genres)
    write = files.write_vectors
    write(workspace / "genre_embeddings.parquet", "genre", films.genre_names, genres)
    files.write_genre_similarity(workspace, films.genre_names, genre_similarity(genres))
    write(workspace / "movie_embeddings.parquet", "movieid", films.movie_ids, vectors)
    write_atomically(workspace / "embed/model.json", _json({"name": model.name}))
    return {"embedding_model": model.name, "dimension": vectors.shape[1], "n_movies": len(films)}


def _train(workspace: Path, config: PipelineConfig, report: Reporter) -> dict[str, Any]:
    dataset, training = _training(workspace)
    interactions = files.read_interactions(workspace, dataset, config.negatives_per_positive)
    losses: dict[str, list[float]] = {}
    trained = train(training, interactions, config, _recording(report, losses))
    tensors = {f"linear.{key}": value for key, value in base_model_tensors(trained.linear).items()}
    tensors |= {f"als.{key}": value for key, value in base_model_tensors(trained.als).items()}
    for name, network in trained.networks.items():
        tensors |= {f"network.{name}.{key}": value.numpy() for key, value in network.items()}
    _write_tensors(workspace / BRANCHES_FILE, tensors)
    return {"losses": losses}


def _mine(workspace: Path, config: PipelineConfig, report: Reporter) -> dict[str, Any]:
    del report  # a fraction of a second
    dataset, training = _training(workspace)
    films, vectors = dataset.catalogue, training.text
    genres = genre_vectors(vectors, films.genres)
    affinities = genre_affinities(
        dataset.ratings, films.genres, vectors, genres, split=config.genre_split
    )
    mined = genre_interactions(
        dataset.ratings,
        films,
        affinities,
        seed=config.seed,
        n_negatives=config.genre_negatives,
    )
    files.write_genre_interactions(workspace, dataset, mined)
    return {
        "n_positives": len(mined.positive_index),
        "n_negatives": int((mined.negative_index != files.NO_FILM).sum()),
        "n_users_without_negative_genre": mined.n_users_without_negative_genre,
    }


def _finetune(workspace: Path, config: PipelineConfig, report: Reporter) -> dict[str, Any]:
    dataset, training = _training(workspace)
    interactions = files.read_interactions(workspace, dataset, config.negatives_per_positive)
    mined = mine(training, config)
    base_models = finetune(training, interactions, mined, _read_trained(workspace), config, report)
    split = measured_split(training, config)
    folds = fit_hold_out_folds(training, config, report, split)
    ensemble = fuse(training, base_models, folds, config, report)
    tensors: dict[str, NDArray[Any]] = {}
    for name, base_model in zip(BASE_MODELS, folds.known.base_models, strict=True):
        tensors |= {f"{name}.{key}": value for key, value in base_model_tensors(base_model).items()}
    _write_tensors(workspace / HOLDOUT_FILE, tensors)
    saved = _save_model(workspace, dataset, training, ensemble, config)
    return {"tensors_hash": saved.tensors_hash, "n_genre_positives": len(mined.positive_index)}


def _update(workspace: Path, config: PipelineConfig, report: Reporter) -> dict[str, Any]:
    """Do the stages train, mine and finetune of a run that continues from the model in `BASE`."""
    dataset, training, model, config = _base(workspace, config)
    losses: dict[str, list[float]] = {}
    base = aligned(model, training)
    ensemble = update(training, base, config, _recording(report, losses))
    mined = _mine(workspace, config, report)
    saved = _save_model(workspace, dataset, training, ensemble, config)
    n_new = int((dataset.ratings.timestamps > base.last_seen).sum())
    return mined | {"tensors_hash": saved.tensors_hash, "n_new_ratings": n_new, "losses": losses}


def _save_model(
    workspace: Path,
    dataset: Dataset,
    training: TrainingData,
    ensemble: Ensemble,
    config: PipelineConfig,
) -> Manifest:
    manifest = Manifest(
        config=config.to_dict(),
        seed=config.seed,
        data_hash=dataset.content_hash,
        code_version=code_version(),
        n_users=dataset.ratings.n_users,
        n_movies=len(dataset.catalogue),
        n_ratings=len(dataset.ratings),
        genre_names=dataset.catalogue.genre_names,
        country_names=country_names(dataset.catalogue),
        embedding_model=_embedding_model(workspace),
        embedding_dimension=training.text.shape[1],
    )
    tensors = {"movie_ids": dataset.catalogue.movie_ids, **ensemble.to_tensors()}
    return save_artifact(workspace / "model", tensors, manifest)


def _embedding_model(workspace: Path) -> str:
    name: str = json.loads((workspace / "embed/model.json").read_text())["name"]
    return name


def measured_split(training: TrainingData, config: PipelineConfig) -> Split:
    """Return the split on which runs are measured; it changes little when the data changes little.

    So the gate compares two models, not two draws of ratings.
    """
    movie_ids = training.catalogue.movie_ids
    return make_split(training.ratings, PROTOCOL, config.split_seed, movie_ids=movie_ids)


def _evaluate(workspace: Path, config: PipelineConfig, report: Reporter) -> dict[str, Any]:
    """Measure the recipe on a hold-out whose base models the stage finetune has fitted."""
    if (workspace / BASE).exists():
        return _evaluate_update(workspace, config, report)
    _, training = _training(workspace)
    measured, views = measure(training, _read_holdout(workspace), config, report)
    return _write_metrics(workspace, PROTOCOL, measured, views)


def measure(
    training: TrainingData,
    base_models: tuple[BaseModel, ...],
    config: PipelineConfig,
    report: Reporter,
) -> tuple[dict[str, Evaluation], Measured]:
    """Return the evaluations of the served model and the baselines, and those of other protocols.

    Parameters
    ----------
    training
        All ratings.
    base_models
        The served model's, fitted without what `measured_split` holds out.
    """
    whole = measured_split(training, config)
    split = whole.limited(config.evaluation_users)
    genres = training.catalogue.genres
    inner = replace(training, ratings=split.train)
    measured: dict[str, Evaluation] = {}
    views: dict[str, Mapping[str, Evaluation]] = {}
    models: dict[str, RankingModel] = {}
    if len(split.users):
        if has_many_people(training.ratings) and split is not whole:
            folds = folds_without(training, whole, base_models, split.users, config)
        else:
            folds = fit_hold_out_folds(inner, config, report)
        ensemble = fuse(inner, base_models, folds, config, report)
        models["served"] = FittedServed(ensemble, config.calibration)
        for name, baseline in BASELINES.items():
            fitting = steps(report, f"fitting {name}")
            models[name] = baseline.fit(inner, seed=config.seed, report=fitting)
        ranked = sampled(split)
        measuring = steps(report, "measuring")
        measured, found = evaluate_models(models, [split, ranked], genres, report=measuring)
        n_users = {"users": float(len(ranked.users))}  # coverage of sampled candidates says nothing
        views = {
            SAMPLED: {name: replace(result, overall=n_users) for name, result in found.items()},
            FEW_RATINGS: {name: few_ratings(result, split) for name, result in measured.items()},
        }
    views |= _themes(models, inner, config)
    views |= _cold_start(training, config, report)
    return measured, views


def _themes(
    models: Mapping[str, RankingModel], inner: TrainingData, config: PipelineConfig
) -> Measured:
    """Measure how the same fitted models answer likes and dislikes of one theme.

    {} where no genre is a theme.
    """
    catalogue, train = inner.catalogue, inner.ratings
    if not models or not any(theme.kind == "genre" for theme in themes_of(catalogue, train)):
        return {}
    return {
        protocol: {
            name: evaluate_probe(protocol, model, catalogue, train, config.seed)
            for name, model in models.items()
        }
        for protocol in LISTENING
    }


def _cold_start(training: TrainingData, config: PipelineConfig, report: Reporter) -> Measured:
    """Everything fitted once more without a fifth of the people, who then come in: `cold-N`."""
    if not config.cold_ratings:
        return {}
    split = make_split(training.ratings, f"cold-{config.cold_ratings}", config.split_seed)
    split = split.limited(config.evaluation_users)
    if not len(split.users) or not len(split.train):
        return {}
    known = replace(training, ratings=split.train)
    recipes: dict[str, Recommender] = {"served": Served(config), **BASELINES}
    measured = {}
    for name, recipe in recipes.items():
        fitted = recipe.fit(known, seed=config.seed, report=steps(report, f"cold start: {name}"))
        measured[name] = evaluate_model(fitted, split, training.catalogue.genres)
    return {split.protocol: measured}


def _evaluate_update(workspace: Path, config: PipelineConfig, report: Reporter) -> dict[str, Any]:
    """Measure an update without a part of the new ratings, beside its base, on that part."""
    n_users = config.evaluation_users
    _, training, model, config = _base(workspace, config)
    base = aligned(model, training)
    split = new_ratings(training.ratings, base, config.seed).limited(n_users)
    inner = replace(training, ratings=split.train)
    measured: dict[str, Evaluation] = {}
    if len(split.users):
        updated = update(inner, base, config, steps(report, "inner hold-out"))
        models: dict[str, RankingModel] = {
            "served": FittedServed(updated, config.calibration),
            "base": FittedServed(base.ensemble, config.calibration),
            "popularity": Popularity().fit(inner, seed=config.seed),
        }
        genres = inner.catalogue.genres
        measuring = steps(report, "measuring")
        (measured,) = evaluate_models(models, [split], genres, report=measuring)
    return _write_metrics(workspace, split.protocol, measured, {})


def _write_metrics(
    workspace: Path, protocol: str, measured: Mapping[str, Evaluation], views: Measured
) -> dict[str, Any]:
    """Leave the means, what each user got, and the same under other protocols."""
    metrics = {name: _with_intervals(result) for name, result in measured.items()}
    others = {
        view: {name: _with_intervals(result) for name, result in found.items()}
        for view, found in views.items()
    }
    write_atomically(workspace / "metrics.json", _json(metrics))
    write_atomically(workspace / PROTOCOLS_FILE, _json(others))
    write_atomically(workspace / PER_USER_FILE, per_user_bytes(measured))
    manifest = load_manifest(workspace / "model")
    write_manifest(workspace / "model", replace(manifest, metrics=metrics.get("served", {})))
    return {"protocol": protocol, "metrics": metrics}


_STAGES: Mapping[str, Callable[[Path, PipelineConfig, Reporter], dict[str, Any]]] = {
    "sample": _sample,
    "embed": _embed,
    "train": _train,
    "mine": _mine,
    "finetune": _finetune,
    "update": _update,
    "evaluate": _evaluate,
}


def code_version() -> str:
    """SHA-256 over the source of this package, by which a model names the code that made it."""
    digest = hashlib.sha256()
    root = Path(__file__).parents[1]
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def read_training(workspace: Path) -> TrainingData:
    """Return what the recommenders learn from, once the stages sample and embed are done.

    Raises
    ------
    DataError
        One of them is not.

    """
    return _training(workspace)[1]


def _training(workspace: Path) -> tuple[Dataset, TrainingData]:
    dataset = files.read_inputs(workspace)
    text = files.read_vectors(workspace / "movie_embeddings.parquet")
    if len(text) != len(dataset.catalogue):
        raise DataError("the film embeddings are of other films: run the stage embed again")
    return dataset, TrainingData(dataset.ratings, dataset.catalogue, text)


def _base(
    workspace: Path, config: PipelineConfig
) -> tuple[Dataset, TrainingData, ServedModel, PipelineConfig]:
    """Return the data, the model to continue from, and the configuration of the two."""
    dataset, training = _training(workspace)
    try:
        model = ServedModel.load(workspace / BASE)
    except ArtifactError as error:
        raise DataError(f"the model to update cannot be used: {error}") from error
    if model.manifest.embedding_model != _embedding_model(workspace):
        raise DataError(
            f"the model to update reads texts by {model.manifest.embedding_model}, not by "
            f"{_embedding_model(workspace)}: start a full run"
        )
    return dataset, training, model, base_config(model, config)


def _read_trained(workspace: Path) -> Trained:
    tensors = _read_tensors(workspace / BRANCHES_FILE)
    networks: dict[str, dict[str, torch.Tensor]] = {"history": {}, "content": {}}
    for key, value in tensors.items():
        if key.startswith("network."):
            _, name, parameter = key.split(".", 2)
            networks[name][parameter] = torch.from_numpy(value)
    linear = base_model_from_tensors("linear", tensors)
    als = base_model_from_tensors("als", tensors)
    return Trained(linear, als, networks)


def _read_holdout(workspace: Path) -> tuple[BaseModel, ...]:
    tensors = _read_tensors(workspace / HOLDOUT_FILE)
    return tuple(base_model_from_tensors(name, tensors) for name in BASE_MODELS)


def _write_tensors(path: Path, tensors: Mapping[str, NDArray[Any]]) -> None:
    content = save({key: np.ascontiguousarray(tensors[key]) for key in sorted(tensors)})
    write_atomically(path, content)


def _read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    if not path.exists():
        raise DataError(f"{path.name} is not there: run the stage {path.parent.name} first")
    return load_file(path)


def _with_intervals(result: Evaluation) -> dict[str, float]:
    """Every metric, and the 95 % bootstrap interval of those with a value per user."""
    values = result.values()
    for name, column in result.per_user.items():
        around = interval(column)
        values[f"{name} low"], values[f"{name} high"] = around.low, around.high
    return {name: round(value, 6) for name, value in values.items()}


def _recording(report: Reporter, losses: dict[str, list[float]]) -> Reporter:
    """Return the same reporter, which also keeps the losses for the summary."""

    def recording(progress: Progress) -> None:
        if "loss" in progress.values:
            losses.setdefault(progress.message, []).append(round(progress.values["loss"], 5))
        report(progress)

    return recording


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True) + "\n").encode()


@contextmanager
def deterministic(threads: int) -> Iterator[None]:
    """Repeatable torch, and a fixed number of threads: sums differ in the last bit with it."""
    # `use_deterministic_algorithms` sets the same and loads torch's compiler, which takes seconds.
    before = torch.get_deterministic_debug_mode()
    n_before = torch.get_num_threads()
    torch.set_deterministic_debug_mode("error")
    try:
        if threads:
            torch.set_num_threads(threads)
        with threadpool_limits(threads or None):
            yield
    finally:
        torch.set_deterministic_debug_mode(before)
        torch.set_num_threads(n_before)

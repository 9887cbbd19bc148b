"""What an update with new ratings keeps of a full retrain's quality, and what it costs.

    python -m benchmarks.update --data DIR [--descriptions FILE] [--cache DIR] [--split global]

Ratings stand in the order of time: the base learns from the first 80 %, base, update and full
retrain are then measured on the last 10 %, which none of them sees. `per-user` orders each person's
ratings, so that everybody is measured; `global` orders all of them, as a site meets them: most
people of the last 10 % are new then, and few are measured. All three read the same histories when
they score: the base too folds in the ratings that it was not trained on.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ParamSpec

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Ratings
from ml.data.splits import Candidates, Split
from ml.evaluation.bootstrap import interval
from ml.evaluation.listed import evaluate_model
from ml.io.descriptions import read_articles, with_descriptions
from ml.io.readers import read_dataset
from ml.progress import ignore_progress
from ml.serving.artifact import Manifest
from ml.serving.ensemble import Ensemble
from ml.serving.model import ServedModel
from ml.training.config import PipelineConfig
from ml.training.embeddings import documents, embed, find_text_model
from ml.training.protocol import TrainingData
from ml.training.served import FittedServed, Served
from ml.training.update import aligned, update

P = ParamSpec("P")
SHARES = {"base": 0.8, "measured": 0.9}


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--descriptions", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--split", choices=("per-user", "global"), default="per-user")
    parser.add_argument("--update-epochs", type=int, nargs="+", default=[3])
    parser.add_argument("--update-learning-rate", type=float, nargs="+", default=[1e-3])
    parser.add_argument("--epochs", type=int, default=PipelineConfig.epochs)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    config = PipelineConfig(seed=options.seed, epochs=options.epochs)
    everything = _read(options)
    place = _places(everything.ratings, by_user=options.split == "per-user")
    first, seen = (everything.ratings.take(place < share) for share in SHARES.values())
    split = Split(
        f"last tenth, {options.split}",
        options.seed,
        seen,
        seen,
        everything.ratings.take(place >= SHARES["measured"]),
        Candidates.UNSEEN,
    )
    base_fusion, base_seconds = _timed(_fit, replace(everything, ratings=first), config)
    training = replace(everything, ratings=seen)
    base = aligned(_model(everything, base_fusion, config), training)
    results = {"base": _measured(base.ensemble, split, training) | {"seconds": base_seconds}}
    full, full_seconds = _timed(_fit, training, config)
    results["full retrain"] = _measured(full, split, training) | {"seconds": full_seconds}
    for epochs in options.update_epochs:
        for rate in options.update_learning_rate:
            shorter = replace(config, update_epochs=epochs, update_learning_rate=rate)
            updated, seconds = _timed(update, training, base, shorter, ignore_progress)
            results[f"update, {epochs} epochs at {rate:g}"] = _measured(
                updated, split, training
            ) | {"seconds": seconds, "time ratio": seconds / full_seconds}
            print(json.dumps(results, indent=2), flush=True)


def _read(options: argparse.Namespace) -> TrainingData:
    dataset = read_dataset(options.data)
    if options.descriptions:
        articles = read_articles(options.descriptions)
        dataset = replace(dataset, catalogue=with_descriptions(dataset.catalogue, articles))
    texts = documents(dataset.catalogue)
    vectors = embed(texts, find_text_model("minilm"), ignore_progress, cache=options.cache)
    return TrainingData(dataset.ratings, dataset.catalogue, vectors)


def _places(ratings: Ratings, *, by_user: bool) -> NDArray[np.float64]:
    """Each rating's place in time, 0 to 1, among its user's or among all."""
    keys = (ratings.timestamps, ratings.user_index) if by_user else (ratings.timestamps,)
    order = np.lexsort(keys)
    place = np.empty(len(ratings))
    if not by_user:
        place[order] = np.arange(len(ratings)) / len(ratings)
        return place
    user = ratings.user_index[order]
    counts = np.diff(ratings.offsets)
    place[order] = (np.arange(len(ratings)) - ratings.offsets[user]) / counts[user]
    return place


def _fit(training: TrainingData, config: PipelineConfig) -> Ensemble:
    return Served(config).fit(training, seed=config.seed).ensemble


def _timed(
    function: Callable[P, Ensemble], *arguments: P.args, **options: P.kwargs
) -> tuple[Ensemble, float]:
    """Return the fitted model and the processor seconds.

    Wall time would include other processes.
    """
    start = time.process_time()
    result = function(*arguments, **options)
    return result, time.process_time() - start


def _model(everything: TrainingData, ensemble: Ensemble, config: PipelineConfig) -> ServedModel:
    manifest = Manifest(
        config=config.to_dict(),
        seed=config.seed,
        data_hash="",
        code_version="",
        n_users=0,
        n_movies=len(everything.catalogue),
        n_ratings=0,
        genre_names=everything.catalogue.genre_names,
        embedding_model="minilm",
        embedding_dimension=everything.text.shape[1],
    )
    return ServedModel(manifest, everything.catalogue.movie_ids, ensemble)


def _measured(ensemble: Ensemble, split: Split, training: TrainingData) -> dict[str, float]:
    fitted = FittedServed(ensemble, PipelineConfig().calibration)
    found = evaluate_model(fitted, split, training.catalogue.genres)
    around = interval(found.per_user["ndcg@10"])
    values = found.values()
    return {name: values[name] for name in ("ndcg@10", "recall@10", "gndcg@10", "users")} | {
        "ndcg@10 low": around.low,
        "ndcg@10 high": around.high,
    }


if __name__ == "__main__":
    main()

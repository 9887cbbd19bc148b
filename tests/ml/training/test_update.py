"""A model goes on from an earlier one with the ratings that came since."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ml.data.dataset import Catalogue, DataError, Dataset
from ml.io import workspace
from ml.pipeline.stages import BASE, STAGES, UPDATE_STAGES, run_stage
from ml.progress import ignore_progress
from ml.serving.base_models import HistoryModel
from ml.serving.model import History, ServedModel
from ml.training.config import PipelineConfig
from ml.training.history import HistoryConfig, HistoryTrainer
from ml.training.protocol import TrainingData, history
from ml.training.update import aligned, base_config, new_ratings, take_up, update
from tests.ml import two_tastes
from tests.ml.pipeline.test_stages import CONFIG, small_dataset

NOON = 8 * 10**7
"""Of the small data set's ratings, a fifth are later."""
NEW_FILM = 500


def earlier() -> Dataset:
    return small_dataset_with(small_dataset().ratings.timestamps < NOON)


def small_dataset_with(rows: np.ndarray) -> Dataset:
    dataset = small_dataset()
    return Dataset(dataset.catalogue, dataset.ratings.take(rows))


def with_a_western(dataset: Dataset) -> Dataset:
    """Add a film of a genre that no other has, rated by one person a moment ago."""
    films, ratings = dataset.catalogue, dataset.ratings
    names = [[films.genre_names[place] for place in np.flatnonzero(row)] for row in films.genres]
    grown = Catalogue.build(
        [*films.movie_ids, NEW_FILM],
        [*films.titles, "Unforgiven"],
        [*films.years, 1992.0],
        [*names, ["Western"]],
        [*films.descriptions, "An old gunfighter takes one last job."],
    )
    return Dataset.build(
        grown,
        np.append(ratings.user_ids[ratings.user_index], ratings.user_ids[0]),
        np.append(films.movie_ids[ratings.movie_index], NEW_FILM),
        np.append(ratings.half_stars, np.int8(10)),
        np.append(ratings.timestamps, 2 * 10**8),
    )


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    workspace.write_inputs(folder, earlier())
    for stage in STAGES:
        run_stage(stage, folder, CONFIG, ignore_progress)
    return folder


def updated(base: Path, folder: Path, dataset: Dataset) -> Path:
    workspace.write_inputs(folder, dataset)
    shutil.copytree(base / "model", folder / BASE)
    for stage in UPDATE_STAGES:
        json.dumps(run_stage(stage, folder, replace(CONFIG, update_epochs=1), ignore_progress))
    return folder


def scores_of(base_model: HistoryModel, training: TrainingData) -> np.ndarray:
    users = [base_model.user_vector(history(training.ratings, user)) for user in range(10)]
    return np.stack(users) @ base_model.items.vectors.T + base_model.items.bias


@pytest.mark.parametrize("uses_ids", [True, False])
def test_an_exported_network_taken_up_again_scores_as_before(uses_ids):
    training = two_tastes.training()
    settings = HistoryConfig(dimension=8, epochs=4, batch_size=16, uses_ids=uses_ids)

    def trainer(seed: int) -> HistoryTrainer:
        return HistoryTrainer(training.ratings, training.text, settings, seed=seed)

    first, second = trainer(0), trainer(1)
    first.fit(ignore_progress)
    known = first.export()
    take_up(second, known, np.arange(training.text.shape[1]))
    assert scores_of(second.export(), training) == pytest.approx(
        scores_of(known, training), abs=2e-3
    )


def test_an_update_leaves_every_product_of_a_model(base, tmp_path):
    folder = updated(base, tmp_path, small_dataset())
    model = ServedModel.load(folder / "model")
    assert model.manifest.n_ratings == len(small_dataset().ratings)
    assert model.manifest.config["dimension"] == CONFIG.dimension
    assert (folder / "user_genre_similarity.parquet").exists()
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics.keys() == {"served", "base", "popularity"}
    assert metrics["served"]["users"] == metrics["base"]["users"] > 0


def test_a_film_and_a_genre_that_the_base_does_not_know_are_learnt(base, tmp_path):
    folder = updated(base, tmp_path, with_a_western(small_dataset()))
    model = ServedModel.load(folder / "model")
    assert NEW_FILM in model.movie_ids
    assert "Western" in model.genre_names
    nobody = History(np.empty(0, np.int64), np.empty(0, np.int8))
    assert np.isfinite(model.score(nobody)).all()


def test_without_a_new_rating_nothing_is_measured_and_the_model_is_made_all_the_same(
    base, tmp_path
):
    folder = updated(base, tmp_path, earlier())
    assert json.loads((folder / "metrics.json").read_text()) == {}
    ServedModel.load(folder / "model")


def test_an_update_is_measured_on_new_ratings_alone(base):
    dataset = small_dataset()
    text = workspace.read_vectors(base / "movie_embeddings.parquet")
    training = TrainingData(dataset.ratings, dataset.catalogue, text)
    start = aligned(ServedModel.load(base / "model"), training)
    split = new_ratings(dataset.ratings, start, seed=0)
    assert start.last_seen < split.held_out.timestamps.min()
    assert len(split.train) + len(split.held_out) == len(dataset.ratings)
    n_new = (dataset.ratings.timestamps > start.last_seen).sum()
    assert 0 < len(split.held_out) < n_new


def test_equal_updates_give_equal_bytes(base, tmp_path):
    first = updated(base, tmp_path / "1", small_dataset())
    second = updated(base, tmp_path / "2", small_dataset())
    name = "model/model.safetensors"
    assert (first / name).read_bytes() == (second / name).read_bytes()


def test_the_widths_are_the_bases_whatever_the_run_asks_for(base):
    model = ServedModel.load(base / "model")
    asked = PipelineConfig(dimension=32, update_epochs=7)
    config = base_config(model, asked)
    assert (config.dimension, config.update_epochs) == (CONFIG.dimension, 7)


def test_texts_of_another_model_are_refused(base, tmp_path):
    folder = tmp_path
    workspace.write_inputs(folder, small_dataset())
    shutil.copytree(base / "model", folder / BASE)
    run_stage("sample", folder, CONFIG, ignore_progress)
    run_stage("embed", folder, CONFIG, ignore_progress)
    (folder / "embed/model.json").write_text('{"name": "lamini"}')
    with pytest.raises(DataError, match="by minilm, not by lamini: start a full run"):
        run_stage("update", folder, CONFIG, ignore_progress)


def test_a_base_without_towers_is_refused_in_words(base):
    dataset = small_dataset()
    text = workspace.read_vectors(base / "movie_embeddings.parquet")
    training = TrainingData(dataset.ratings, dataset.catalogue, text)
    start = aligned(ServedModel.load(base / "model"), training)
    base_models = tuple(
        replace(base_model, towers=None) if isinstance(base_model, HistoryModel) else base_model
        for base_model in start.ensemble.base_models
    )
    old = replace(start, ensemble=replace(start.ensemble, base_models=base_models))
    with pytest.raises(DataError, match="start a full run"):
        update(training, old, CONFIG, ignore_progress)


def test_a_run_without_its_base_says_so(tmp_path):
    workspace.write_inputs(tmp_path, small_dataset())
    run_stage("sample", tmp_path, CONFIG, ignore_progress)
    run_stage("embed", tmp_path, CONFIG, ignore_progress)
    with pytest.raises(DataError, match="the model to update cannot be used"):
        run_stage("update", tmp_path, CONFIG, ignore_progress)

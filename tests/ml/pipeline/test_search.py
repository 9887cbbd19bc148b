from pathlib import Path

import numpy as np

from ml.evaluation.evaluator import evaluate
from ml.evaluation.listed import evaluate_model
from ml.io.synthetic import World
from ml.pipeline import search
from ml.pipeline.search import SPACE, Trial, measure, suggest
from ml.pipeline.stages import measured_split
from ml.progress import ignore_progress
from ml.serving.reranking import ReRanker
from ml.serving.similarity import MovieSimilarity
from ml.training.config import PipelineConfig
from ml.training.protocol import TrainingData

CONFIG = PipelineConfig(seed=3)


def value_of(parameters: dict[str, float]) -> float:
    """Return the height of a hill whose top is at 128 dimensions and little decay."""
    return parameters["dimension"] / 128 - parameters["weight_decay"] * 50


def searched(n_trials: int, config: PipelineConfig = CONFIG) -> list[Trial]:
    done: list[Trial] = []
    for _ in range(n_trials):
        parameters = suggest(done, config)
        done.append(Trial(parameters, value_of(parameters)))
    return done


def test_the_configurations_own_values_are_tried_first():
    first = suggest([], PipelineConfig(epochs=7))
    assert first["epochs"] == 7
    assert set(first) == set(SPACE)


def test_every_suggestion_is_a_configuration():
    for trial in searched(8):
        PipelineConfig.from_dict({**CONFIG.to_dict(), **trial.parameters})


def test_the_same_trials_and_seed_suggest_the_same():
    assert [trial.parameters for trial in searched(5)] == [
        trial.parameters for trial in searched(5)
    ]
    assert searched(3)[-1] != searched(3, PipelineConfig(seed=4))[-1]


def test_a_search_finds_the_top_of_a_hill():
    done = searched(25)
    late = [trial.parameters["dimension"] for trial in done[15:]]
    assert late.count(128) >= 6


def test_failed_trials_and_values_outside_the_space_do_not_stop_it():
    odd = {**{name: getattr(CONFIG, name) for name in SPACE}, "epochs": 7, "dimension": 16}
    done = [Trial(odd, 0.3), Trial(suggest([Trial(odd, 0.3)], CONFIG), None)]
    assert set(suggest(done, CONFIG)) == set(SPACE)


def test_a_trial_reaches_the_number_that_the_gate_asks_of_the_run(monkeypatch):
    data = World(n_users=60, n_movies=120, n_ratings=1_800, n_groups=4).dataset()
    text = np.zeros((120, 0), dtype=np.float32)
    training = TrainingData(data.ratings, data.catalogue, text)

    class Calibrated:
        """Ranks by popularity; its lists hold the genres that their reader likes."""

        re_ranker = ReRanker(MovieSimilarity(text, data.catalogue.genres), 500.0)

        def __init__(self, config: PipelineConfig) -> None:
            pass

        def fit(self, training: TrainingData, **options: object) -> "Calibrated":
            return self

        def scores(self, histories, users):
            counts = np.bincount(histories.movie_index, minlength=120).astype(np.float32)
            return np.tile(counts / counts.max(), (len(users), 1))

    monkeypatch.setattr(search, "read_training", lambda workspace: training)
    monkeypatch.setattr(search, "Served", Calibrated)
    found = measure(Path(), CONFIG, ignore_progress)
    split = measured_split(training, CONFIG).inner()
    fitted, genres = Calibrated(CONFIG), data.catalogue.genres
    assert found == evaluate_model(fitted, split, genres).values()["ndcg@10"]
    assert found != evaluate(fitted.scores, split, genres).values()["ndcg@10"]

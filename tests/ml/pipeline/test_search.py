from ml.pipeline.search import SPACE, Trial, suggest
from ml.training.config import PipelineConfig

CONFIG = PipelineConfig(seed=3)


def value_of(parameters: dict[str, float]) -> float:
    """A hill whose top is at 128 dimensions and little decay."""
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

import pytest

from ml.training.config import PipelineConfig


def test_a_configuration_survives_its_dictionary():
    config = PipelineConfig(seed=3, embeddings="lamini", genre_share=0.3)
    assert PipelineConfig.from_dict(config.to_dict()) == config


def test_an_unknown_setting_is_refused_by_name():
    with pytest.raises(ValueError, match=r"unknown setting: epoch$"):
        PipelineConfig.from_dict({"epoch": 3})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("negatives_per_positive", 0),
        ("seed", -1),
        ("learning_rate", 0.0),
        *((f"{prefix}learning_rate", 5e-324) for prefix in ("", "update_")),
        ("linear_regularisation", 5e-324),
        ("genre_share", 1.5),
        ("linear_rank", 0),
        ("grade_power", -1.0),
        ("liked_half_stars", 0),
        ("liked_half_stars", 11),
        ("negative_strategy", "hardest"),
        ("embeddings", ""),
    ],
)
def test_a_value_out_of_range_is_refused_by_the_name_of_its_field(name, value):
    with pytest.raises(ValueError, match=name):
        PipelineConfig(**{name: value})

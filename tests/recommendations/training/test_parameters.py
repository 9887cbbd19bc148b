"""The form, the API and the command read the one specification of training parameters."""

import pytest
from django.conf import settings
from django.core.management.base import CommandError
from django.utils.translation import override

from ml.training.config import PARAMETERS, PipelineConfig
from recommendations.training.forms import MAIN_PARAMETERS, RunForm
from recommendations.training.management.commands.run_pipeline import _parameter
from recommendations.training.parameters import schema

pytestmark = pytest.mark.django_db


def test_the_form_shows_every_parameter_with_its_text_and_default():
    form = RunForm()
    with override("en"):
        for spec in PARAMETERS:
            field = form.fields[spec.name]
            assert (str(field.label), str(field.help_text)) == (spec.label, spec.text)
            is_site_choice = spec.name == "embeddings"
            assert field.initial == (settings.EMBEDDINGS if is_site_choice else spec.default)
    assert len([*form.main(), *form.more()]) == len(PARAMETERS)
    assert [bound.name for bound in form.main()] == list(MAIN_PARAMETERS)


def test_every_parameter_has_german_texts():
    form = RunForm()
    with override("de"):
        for spec in PARAMETERS:
            field = form.fields[spec.name]
            assert str(field.help_text) != spec.text, spec.name
            assert str(field.label) != spec.label, spec.name


def test_the_api_documents_types_and_ranges():
    properties = schema()["properties"]
    assert list(properties) == list(PipelineConfig().to_dict())
    share = properties["genre_share"]
    assert (share["type"], share["minimum"], share["maximum"]) == ("number", 0, 1)
    assert properties["learning_rate"]["minimum"] == 1e-8
    assert properties["fine_tune"]["enum"] == ["genre", "control", "none"]
    assert (properties["seed"]["type"], properties["seed"]["maximum"]) == ("integer", 2**31 - 1)
    assert properties["uses_text"] == {
        "type": "boolean",
        "default": True,
        "description": next(spec.text for spec in PARAMETERS if spec.name == "uses_text"),
    }


@pytest.mark.parametrize(
    ("pair", "value"), [("uses_text=false", False), ("epochs=3", 3), ("device=cpu", "cpu")]
)
def test_the_command_reads_a_value_by_its_type(pair: str, value: object):
    assert _parameter(pair) == (pair.partition("=")[0], value)


@pytest.mark.parametrize("pair", ["uses_text=no", "epochs=3.5", "epoch=3", "epochs"])
def test_the_command_refuses_a_value_of_another_type(pair: str):
    with pytest.raises(CommandError, match=f"--set {pair}"):
        _parameter(pair)

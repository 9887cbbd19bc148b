"""What staff may set when they start a run, and when they change the schedule."""

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from ml.training.config import MAX_INTEGER, PARAMETERS, Parameter
from recommendations.training import jobs
from recommendations.training.models import ModelRun, RetrainSchedule, StageRun
from recommendations.training.parameters import MAX_MINUTES, MAX_TRIALS, N_MINUTES, N_TRIALS
from recommendations.training.selectors.runs import active_run
from recommendations.training.services.preflight import config_of

MAIN_PARAMETERS = ("embeddings", "seed", "epochs", "genre_share")
"""The parameters that people change first; the form shows the rest behind "more"."""


def _embeddings() -> list[tuple[str, str]]:
    """Text models to choose from; a folder only if the operator's settings name it."""
    return [(name, name) for name in dict.fromkeys([settings.EMBEDDINGS, "minilm", "lamini"])]


def _bases() -> QuerySet[ModelRun]:
    """Trainings of which at least the first stage is done."""
    return ModelRun.objects.filter(
        kind=ModelRun.Kind.TRAINING,
        stages__name=jobs.STAGES[0],
        stages__status=StageRun.Status.SUCCEEDED,
    )


class RunForm(forms.Form):
    """Which run, and its parameters; one left empty keeps its default.

    What the fields alone cannot say (bounds, the space on the worker's machine, whether an earlier
    run's products are still there) is said by the configuration and by the preflight.
    """

    kind = forms.ChoiceField(
        label=_("What"),
        choices=ModelRun.Kind.choices,
        initial=ModelRun.Kind.TRAINING,
        required=False,
        help_text=_(
            "A training makes a model from all ratings. Fine-tuning goes on from the active model"
            " with the ratings since, in a fraction of the time. A search tries parameters within a"
            " budget; the best become a training by one click."
        ),
    )
    base_run = forms.ModelChoiceField(
        ModelRun.objects.none(),
        label=_("Reuse stages of"),
        required=False,
        empty_label=_("None, start from scratch"),
        help_text=_("Training only."),
    )
    first_stage = forms.ChoiceField(
        label=_("Start at stage"),
        choices=[(stage, stage) for stage in jobs.STAGES[:-1]],
        initial=jobs.STAGES[0],
        required=False,
        help_text=_("Earlier stages are reused from the run above."),
    )
    trials = forms.IntegerField(
        label=_("Trials"),
        min_value=1,
        max_value=MAX_TRIALS,
        initial=N_TRIALS,
        required=False,
        help_text=_("Search only. The search ends after this many trials."),
    )
    minutes = forms.IntegerField(
        label=_("Minutes"),
        min_value=1,
        max_value=MAX_MINUTES,
        initial=N_MINUTES,
        required=False,
        help_text=_("Search only. No trial starts after this many minutes."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["base_run"].queryset = _bases()  # type: ignore[attr-defined]
        self.defaults = {each.name: each.default for each in PARAMETERS}
        self.defaults["embeddings"] = settings.EMBEDDINGS
        for each in PARAMETERS:
            self.fields[each.name] = _field(each, self.defaults[each.name])

    def what(self) -> list[forms.BoundField]:
        """Return the fields that say which run."""
        return [self[name] for name in ("kind", "base_run", "first_stage", "trials", "minutes")]

    def main(self) -> list[forms.BoundField]:
        """Return the parameters that people change first."""
        return [self[name] for name in MAIN_PARAMETERS]

    def more(self) -> list[forms.BoundField]:
        """Return all other parameters."""
        return [self[name] for name in self.defaults if name not in MAIN_PARAMETERS]

    def has_more_errors(self) -> bool:
        """Whether something is wrong behind "more", which then stands open."""
        return any(field.errors for field in self.more())

    def clean(self) -> dict[str, Any]:
        """Put the defaults where nothing was given, and hold the whole against its bounds."""
        values = super().clean() or {}
        for name, default in {"kind": ModelRun.Kind.TRAINING, **self.defaults}.items():
            if name in values and values[name] in (None, ""):
                values[name] = default
        parameters = {name: values[name] for name in self.defaults if name in values}
        try:
            config_of(parameters)
        except ValueError as error:
            name = str(error).split(" ", 1)[0]
            self.add_error(name if name in self.fields else None, str(error))
        return values

    def request(self) -> dict[str, Any]:
        """Return the request as ``preflight`` and ``run_start`` take it."""
        values, kind = self.cleaned_data, self.cleaned_data["kind"]
        asked: dict[str, Any] = {
            "parameters": {name: values[name] for name in self.defaults},
            "kind": kind,
        }
        if kind == ModelRun.Kind.TRAINING:
            asked["first_stage"] = values["first_stage"] or jobs.STAGES[0]
            asked["base_run"] = values["base_run"]
        elif kind == ModelRun.Kind.UPDATE:
            asked["base_run"] = active_run()
        else:
            asked["budget"] = {
                "trials": values["trials"] or self.fields["trials"].initial,
                "minutes": values["minutes"] or self.fields["minutes"].initial,
            }
        return asked


class ScheduleForm(forms.ModelForm):
    """When the site trains by itself."""

    class Meta:
        model = RetrainSchedule
        fields = ["is_enabled", "kind", "every_hours", "after_n_ratings"]


def _field(spec: Parameter, default: Any) -> forms.Field:
    shared = {
        "label": _(spec.label),
        "help_text": _(spec.text),
        "initial": default,
        "required": False,
    }
    if spec.name == "embeddings":
        return forms.ChoiceField(choices=_embeddings, **shared)
    if spec.choices:
        return forms.ChoiceField(choices=[(each, each) for each in spec.choices], **shared)
    if spec.kind is bool:
        return forms.BooleanField(**shared)
    if spec.kind is int:
        return forms.IntegerField(max_value=MAX_INTEGER, **shared)
    return forms.FloatField(widget=forms.NumberInput(attrs={"step": "any"}), **shared)

"""What staff choose on the page of online numbers."""

from typing import Any, cast

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from recommendations.models import ModelVersion
from recommendations.selectors.versions import active_activation
from recommendations.signals import Surface

DEFAULT_DAYS = 28


class PeriodForm(forms.Form):
    """Which days, and which part of the site. What cannot be read means the default."""

    days = forms.TypedChoiceField(
        label=_("Period"),
        choices=[
            (7, _("7 days")),
            (28, _("4 weeks")),
            (91, _("3 months")),
            (365, _("A year")),
        ],
        coerce=int,
        required=False,
        initial=DEFAULT_DAYS,
    )
    surface = forms.ChoiceField(
        label=_("Where"), choices=[("", _("Everywhere")), *Surface.choices], required=False
    )

    def __init__(self, data: Any) -> None:
        super().__init__({"days": DEFAULT_DAYS, **data.dict()})

    def chosen(self) -> tuple[int, str]:
        """Return the chosen days and surface."""
        values = self.cleaned_data if self.is_valid() else {}
        return values.get("days") or DEFAULT_DAYS, values.get("surface", "")


class SplitForm(forms.Form):
    """Two versions, and how many of the visitors get the second."""

    version_a = forms.ModelChoiceField(ModelVersion.objects.none(), label=_("Version A"))
    version_b = forms.ModelChoiceField(ModelVersion.objects.none(), label=_("Version B"))
    percent_b = forms.IntegerField(
        label=_("Share of B in percent"),
        initial=50,
        validators=[MinValueValidator(1), MaxValueValidator(99)],
        help_text=_("Who gets which is drawn once for each visitor and then stays."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        finished = ModelVersion.objects.exclude(artifact="")
        for name in ("version_a", "version_b"):
            cast("forms.ModelChoiceField[ModelVersion]", self.fields[name]).queryset = finished

    @classmethod
    def suggested(cls) -> "SplitForm":
        """Return the active version and the latest other one."""
        active = active_activation()
        a = active.version_id if active else None
        form = cls()
        versions = cast("forms.ModelChoiceField[ModelVersion]", form.fields["version_b"]).queryset
        b = next((run.pk for run in versions or () if run.pk != a), None)
        form.initial = {"version_a": a, "version_b": b}
        return form

    def clean(self) -> dict[str, Any]:
        """Two versions, not one twice."""
        values = super().clean() or {}
        if values.get("version_a") and values.get("version_a") == values.get("version_b"):
            self.add_error("version_b", _("Choose two different versions."))
        return values

"""What staff may set when they start a run."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ml.config import PipelineConfig

DEFAULTS = PipelineConfig()


def _embeddings() -> list[tuple[str, str]]:
    """Text models to choose from; a folder only if the operator's settings name it."""
    return [(name, name) for name in dict.fromkeys([settings.EMBEDDINGS, "minilm", "lamini"])]


class RunForm(forms.Form):
    """The parameters that people change; the others keep their defaults."""

    embeddings = forms.ChoiceField(label=_("Text model"), choices=_embeddings)
    seed = forms.IntegerField(
        label=_("Seed"), min_value=0, max_value=2**31 - 1, initial=DEFAULTS.seed
    )
    epochs = forms.IntegerField(
        label=_("Epochs"), min_value=1, max_value=500, initial=DEFAULTS.epochs
    )
    genre_share = forms.FloatField(
        label=_("Share of genre match in the target"),
        min_value=0,
        max_value=1,
        initial=DEFAULTS.genre_share,
    )

    def parameters(self) -> dict[str, Any]:
        """What was set, as parameters of a run."""
        return dict(self.cleaned_data)

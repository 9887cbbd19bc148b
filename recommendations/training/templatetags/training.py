"""Tags for pages about training: the progress of the first model, and names of metrics."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from recommendations.training.selectors import first_model

register = template.Library()

METRICS = {
    "ndcg@10": ("NDCG@10", _("Ranking quality of the ten: relevant films near the top count most")),
    "snips-ndcg@10": ("SNIPS NDCG@10", _("NDCG@10 in which rarely rated films weigh more")),
    "gndcg@10": ("Genre NDCG@10", _("NDCG@10 whose target also counts matching genres")),
    "genre_rank_ndcg@10": (_("Genre rank NDCG@10"), _("Ranking quality of the ten by genre")),
    "precision@1": ("Precision@1", _("Share of users whose first film is relevant")),
    "precision@10": ("Precision@10", _("Share of the ten that is relevant")),
    "recall@10": ("Recall@10", _("Share of the relevant films that is among the ten")),
    "hr@10": ("HR@10", _("Share of users with a relevant film among the ten")),
    "mrr": ("MRR", _("Mean of one divided by the rank of the first relevant film")),
    "coverage": (_("Coverage"), _("Share of the catalogue that is recommended to somebody")),
    "novelty": (_("Novelty"), _("How rarely rated the recommended films are, in bits")),
    "theme_precision@10": (
        _("Theme precision@10"),
        _("Share of the ten that is of the genre of the rated films"),
    ),
    "theme_precision_12@10": (
        _("Theme precision@10, twelve genres"),
        _("The same over the twelve genres that a list of popular films does not hold anyway"),
    ),
    "top50_share": (_("Share of the top 50"), _("Share of the ten among the 50 most rated films")),
    "median_rank": (_("Median rank"), _("Median rank by number of ratings of the films listed")),
    "gini": ("Gini", _("Inequality of how often films are recommended; lower is more even")),
}
"""Label and explanation of each metric."""


@register.simple_tag
def training_progress() -> first_model.TrainingProgress | None:
    """Return the progress of the first model: ``{% training_progress as training %}``."""
    return first_model.training_progress()


@register.simple_tag
def metric_name(name: str) -> SafeString | str:
    """Return the label of a metric with its explanation as a tooltip."""
    if name not in METRICS:
        return name
    label, explanation = METRICS[name]
    return format_html('<abbr title="{}">{}</abbr>', explanation, label)

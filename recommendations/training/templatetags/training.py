"""How far the first model is, for pages of the site that have no model yet."""

from django import template

from recommendations.training.selectors import first_model

register = template.Library()


@register.simple_tag
def training_progress() -> first_model.TrainingProgress | None:
    """Return the progress of the first model: ``{% training_progress as training %}``."""
    return first_model.training_progress()

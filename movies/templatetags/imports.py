"""Template filters of import pages."""

from django import template

from movies.importers.personal.reasons import reason_text

register = template.Library()


@register.filter
def reason(note: str) -> str:
    """Return the reasons of a row in the reader's language."""
    return reason_text(note)

"""Template filters of import pages."""

from django import template
from django.utils.formats import number_format
from django.utils.translation import ngettext

from movies.importers.personal.reasons import error_text, reason_text

register = template.Library()


@register.filter
def reason(note: str) -> str:
    """Return the reasons of a row in the reader's language."""
    return reason_text(note)


@register.filter
def failure(error: str) -> str:
    """Return why an import failed in the reader's language."""
    return error_text(error)


@register.filter
def in_stars(stars: float) -> str:
    """Return a rating as text, with the plural that its number needs.

    >>> in_stars(1.0), in_stars(4.5)
    ('1 star', '4.5 stars')
    """
    number = number_format(stars, 0 if stars == int(stars) else 1)
    return ngettext("%(n)s star", "%(n)s stars", 1 if stars == 1 else 2) % {"n": number}

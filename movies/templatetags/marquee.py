"""Filters for pages about films."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from django import template
from django.template import Context
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from movies.models import Movie
from movies.opinions import FilmState
from movies.visitors import Visitor

register = template.Library()
V = TypeVar("V")


@register.filter
def stars(half_stars: int) -> str:
    """Return a rating as a row of stars.

    >>> stars(9), stars(1)
    ('★★★★½', '½')
    """
    return "★" * (half_stars // 2) + "½" * (half_stars % 2)


@register.filter
def stars_given(half_stars: int) -> SafeString:
    """Return a rating as one star and a number, ★4½; a screen reader hears "4.5 stars"."""
    whole, half = divmod(half_stars, 2)
    number = number_format(half_stars / 2, decimal_pos=1 if half else 0)
    said = ngettext("%(n)s star", "%(n)s stars", 1 if half_stars == 2 else 2) % {"n": number}
    return format_html(
        '<span class="given"><span aria-hidden="true">★{}{}</span>'
        '<span class="visually-hidden">{}</span></span>',
        whole or "",
        "½" if half else "",
        said,
    )


@register.filter
def lookup(values: Mapping[int, V], key: int) -> V | None:
    """Return what a mapping holds for a key that is only known in the template."""
    return values.get(key)


@register.filter
def holds(ids: Collection[int], key: int) -> bool:
    """Whether an id is among others."""
    return key in ids


@register.filter
def duration(minutes: int) -> str:
    """Return a runtime as hours and minutes.

    >>> duration(170), duration(48)
    ('2 h 50 min', '48 min')
    """
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours and rest else f"{hours} h" if hours else f"{rest} min"


@register.simple_tag(takes_context=True)
def film_state(context: Context, movie: Movie) -> FilmState:
    """Return what the visitor thinks of a film: ``{% film_state movie as state %}``.

    At most two queries for all films of a page.
    """
    return Visitor.from_request(context["request"]).state(movie.pk)


@register.filter
def undo_of(message: Any) -> dict[str, str] | None:
    """Return the film and the earlier state that a message can restore, None if it cannot."""
    parts = (message.extra_tags or "").split(" ")
    if len(parts) != 3 or parts[0] != "undo":
        return None
    return {"movie_id": parts[1], "state": parts[2]}

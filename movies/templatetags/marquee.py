"""Filters for pages about films."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from django import template
from django.template import Context
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import ngettext, pgettext

from movies.models import Movie
from movies.opinions import FilmState
from movies.posters import motifs_for
from movies.posters.rows import PosterRow, read_motifs, read_shown
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
def isolated(text: str) -> SafeString:
    """Return text to stand within other text, whose order it does not change if it is Arabic.

    >>> isolated("Wages & Fear"), isolated("")
    ('<bdi>Wages &amp; Fear</bdi>', '')
    """
    return format_html("<bdi>{}</bdi>" if text else "", text)


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
def translated(names: Iterable[str], kind: str) -> list[str]:
    """Return names of countries or languages (``kind``) in the visitor's language, if known."""
    return [pgettext(kind, name) for name in names]


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


class PlacedPoster(NamedTuple):
    """A film's poster on this page."""

    url: str
    motif: str
    """Empty for the film's own picture."""


@register.simple_tag(takes_context=True)
def place_poster(context: Context, movie: Movie) -> PlacedPoster:
    """Return a film's poster with a motif that its neighbours on the page do not have.

    Posters are placed in the order of the page. A request for a part of the page names motifs that
    are on it already: ``Posters-Before`` the part, and ``Posters-Drawn`` by film where the part
    replaces another. ``besides`` in the context holds those around a single place.
    """
    row = _poster_row(context)
    if movie.picture:
        row.place_picture()
        return PlacedPoster(movie.poster_url, "")
    motifs = motifs_for(movie.title, movie.year, tuple(one.name for one in movie.genres.all()))
    number = row.place(motifs, _drawn(context).get(movie.pk, ""), context.get("besides") or ())
    url = f"{movie.drawn_poster_url}?variant={number}" if number else movie.drawn_poster_url
    return PlacedPoster(url, motifs[number])


def _poster_row(context: Context) -> PosterRow:
    """Return the posters that the page of this request has placed so far."""
    request = context.get("request")
    if request is None:
        return PosterRow()
    row: PosterRow | None = getattr(request, "poster_row", None)
    if row is None:
        row = PosterRow(read_motifs(request.headers.get("Posters-Before", "")))
        request.poster_row = row
    return row


def _drawn(context: Context) -> Mapping[int, str]:
    """Return the motif by film of the part of the page that is being replaced."""
    request = context.get("request")
    return read_shown(request.headers.get("Posters-Drawn", "")) if request else {}


@register.filter
def undo_of(message: Any) -> dict[str, str] | None:
    """Return the film and the earlier state that a message can restore, None if it cannot."""
    parts = (message.extra_tags or "").split(" ")
    if len(parts) != 3 or parts[0] != "undo":
        return None
    return {"movie_id": parts[1], "state": parts[2]}

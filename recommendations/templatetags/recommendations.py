"""What a page may ask about a film: its like, how well it fits the visitor, and why."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ml.serving.reasons import ReasonKind
from movies.models import Genre, Movie
from movies.opinions import LOVED_HALF_STARS
from movies.posters import is_series, split_title
from movies.templatetags.marquee import isolated, stars_given
from movies.visitors import Visitor
from recommendations.selectors import search, similar
from recommendations.selectors.recommendations import Fit, Reason, RecommendedMovie, fit
from recommendations.selectors.search import MeantMovies

register = template.Library()
N_MEANT: Final = 24
NO_NAME: Final = re.compile(
    r"(Part|Vol\.|Volume|Chapter|Episode) \S+|The (Movie|Sequel|Adaptation)"
)
"""What follows the name of a series and says nothing without it."""


@register.simple_tag
def similar_movies(movie: Movie, limit: int = 12) -> list[Movie]:
    """Films whose descriptions are nearest: ``{% similar_movies movie as films %}``."""
    return [entry.movie for entry in similar.similar_movies(movie, limit)]


@register.simple_tag
def search_by_meaning(
    query: str,
    genre: Genre | None = None,
    years: tuple[int, int] | None = None,
    besides: Collection[Movie] = (),
) -> MeantMovies:
    """Films like a visitor's words, but for those that stand on the page already."""
    limit = N_MEANT + len(besides)
    found = search.search_by_meaning(query, limit, genre=genre, years=years)
    movies = [movie for movie in found.movies if movie not in besides]
    return MeantMovies(tuple(movies[:N_MEANT]), found.reason)


@register.simple_tag
def fit_for(visitor: Visitor, movie: Movie) -> Fit | None:
    """How well the film fits the visitor, and why; None where that is unknown."""
    return fit(visitor, movie)


@register.filter
def why(entry: RecommendedMovie | Fit) -> str:
    """Return why a film is recommended, in one line that is true.

    "Because you rated Alien ★4", "Because you love Alien", "Because you like Horror, above all
    Alien ★4", "Because you like films from France", "It suits your ratings as a whole", or
    "Popular with everyone".
    """
    kind = entry.because.kind
    liked = None
    if kind is ReasonKind.GENRE:
        liked = _safely(_("Because you like %(genre)s"), genre=conditional_escape(_genre(entry)))
    elif kind is ReasonKind.COUNTRY:
        country = conditional_escape(_country(entry))
        liked = _safely(_("Because you like films from %(country)s"), country=country)
    if liked is not None:
        if not entry.reasons:
            return liked
        film = _rated(entry.reasons[0])
        return _safely(_("%(genre)s, above all %(film)s"), genre=liked, film=film)
    if entry.reasons:
        return because(entry.reasons)
    if kind is ReasonKind.POPULAR:
        return _("Popular with everyone")
    return _("It suits your ratings as a whole")


@register.filter
def why_short(entry: RecommendedMovie) -> str:
    """Return why a film is recommended in a few words, for a line under its poster."""
    kind = entry.because.kind
    if kind is ReasonKind.GENRE:
        return _("You like %(genre)s") % {"genre": _genre(entry)}
    if kind is ReasonKind.COUNTRY:
        return _("From %(country)s") % {"country": _country(entry)}
    if entry.reasons:
        return _tellings(entry.reasons[0])[0]
    return _("Popular") if kind is ReasonKind.POPULAR else _("Fits your taste")


@register.filter
def with_short_reasons(
    entries: Iterable[RecommendedMovie],
) -> list[tuple[RecommendedMovie, str]]:
    """Return recommendations with why in a few words, as different from one another as is true.

    Every film in an entry's reasons carries at least `LEAST_SHARE` of the score. Where the main
    reason is on the page already, the entry names the film or director that was named least.
    """
    n_told: Counter[str] = Counter()
    told = []
    for entry in entries:
        others = [text for reason in entry.reasons for text in _tellings(reason)]
        text = min([why_short(entry), *others], key=n_told.__getitem__)
        n_told[text] += 1
        told.append((entry, text))
    return told


def _tellings(reason: Reason) -> list[str]:
    """Return all that a reason says in a few words, the most telling first."""
    like = _safely(_("Like %(title)s"), title=isolated(_short(reason.movie.title)))
    if not reason.also_by:
        return [like]
    return [_safely(_("Also by %(name)s"), name=isolated(reason.also_by)), like]


def _short(title: str) -> str:
    """Return the words of a title that tell it apart, to fit under a poster."""
    head, tail = split_title(title)
    if NO_NAME.fullmatch(tail):
        return title
    return tail if tail and is_series(head, tail) else head


def _genre(entry: RecommendedMovie | Fit) -> str:
    """Return the genre of the reason in the visitor's language."""
    return _(entry.because.genre) if entry.because.genre else ""


def _country(entry: RecommendedMovie | Fit) -> str:
    """Return the country of the reason in the visitor's language, as it stands after "from"."""
    name = entry.because.country
    if not name:
        return ""
    with_article = pgettext("from a country", name)
    return with_article if with_article != name else pgettext("country", name)


def _rated(reason: Reason) -> SafeString:
    """Return a film and its stars; a film picked by its heart has no stars that anybody gave."""
    if reason.half_stars == LOVED_HALF_STARS:
        return format_html('{} <span aria-hidden="true">♥</span>', isolated(reason.movie.title))
    return format_html("{} {}", isolated(reason.movie.title), stars_given(reason.half_stars))


@register.filter
def because(reasons: Sequence[Reason]) -> str:
    """Return the reasons in one line, "Because you rated Alien ★4"; empty if there are none.

    A director of one of the films who directed the recommended film, too, is named. A screen reader
    says "4 stars" instead of the sign. The heart saves a rating, but nobody gave its stars: films
    that were only picked are loved.
    """
    if not reasons:
        return ""
    sentence = _because(reasons)
    directors = [reason.also_by for reason in reasons if reason.also_by]
    if not directors:
        return sentence
    return _safely(_("%(reason)s; also by %(name)s"), reason=sentence, name=isolated(directors[0]))


def _because(reasons: Sequence[Reason]) -> SafeString:
    if all(reason.half_stars == LOVED_HALF_STARS for reason in reasons):
        films = [isolated(reason.movie.title) for reason in reasons]
        one, several = _("Because you love %(film)s"), _("Because you love %(films)s and %(last)s")
    else:
        films = [_rated(reason) for reason in reasons]
        one = _("Because you rated %(film)s")
        several = _("Because you rated %(films)s and %(last)s")
    if len(films) == 1:
        return _safely(one, film=films[0])
    first = mark_safe(", ".join(films[:-1]))  # noqa: S308 # of escaped parts
    return _safely(several, films=first, last=films[-1])


def _safely(sentence: str, **films: SafeString) -> SafeString:
    """Return a translated sentence with markup in its placeholders."""
    return mark_safe(conditional_escape(sentence) % films)  # noqa: S308 # escaped on either side

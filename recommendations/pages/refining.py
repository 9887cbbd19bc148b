"""The refine panel of "For you": what the address asks for, and which part of it leaves no film.

The address is the state: `?genre=horror&from=1980&to=1999&exclude=12&diversity=0.3&novelty=0.8`
What makes no sense in it is left out, not refused: an address is edited, cut and shared by hand.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.timezone import now
from django.utils.translation import gettext as _

from ml.serving.taste import DEFAULT_NOVELTY
from movies.models import Genre, Movie
from movies.selectors.search import movies_search
from recommendations.selectors.recommendations import Refinement

OLDEST_DECADE, LAST_YEAR = 1890, 2100
DEFAULT_PERCENT = round(100 * DEFAULT_NOVELTY)
MAX_EXCLUDED = 100
"""Films to leave out that an address may name; "Not interested" leaves out any number for good."""


@dataclass(frozen=True)
class Filter:
    """One part of what was asked, and the address without it."""

    label: str
    query_without: str
    refinement_without: Refinement


@dataclass(frozen=True)
class Refining:
    """What one address asks for."""

    genres: tuple[Genre, ...] = ()
    without: tuple[Genre, ...] = ()
    first_year: int | None = None
    last_year: int | None = None
    excluded: tuple[Movie, ...] = ()
    percent: int = 0
    """Of diversity, 0 to 100."""
    novelty: int = DEFAULT_PERCENT
    """From well-known movies (0) to hidden gems (100)."""
    unknown_title: str = ""
    """A film that was to be left out, and that the catalogue does not have."""

    @classmethod
    def from_query(cls, query: QueryDict, known: Sequence[Genre]) -> "Refining":
        """Read an address. One query for the films to leave out, if any, two for a title."""
        only, without = set(query.getlist("genre")), set(query.getlist("without"))
        first, last = _year(query.get("from")), _year(query.get("to"))
        if first is not None and last is not None and first > last:
            first, last = last, first
        ids = [int(value) for value in query.getlist("exclude") if _is_id(value)][:MAX_EXCLUDED]
        excluded = (
            list(Movie.objects.defer("search", "search_text", "trigrams").filter(pk__in=ids))
            if ids
            else []
        )
        title = query.get("exclude_title", "").strip()[:200]
        found = movies_search(title).first() if title else None
        if found is not None and found not in excluded:
            excluded.append(found)
        return cls(
            genres=tuple(genre for genre in known if genre.slug in only - without),
            without=tuple(genre for genre in known if genre.slug in without),
            first_year=first,
            last_year=last,
            excluded=tuple(excluded),
            percent=_percent(query.get("diversity"), 0),
            novelty=_percent(query.get("novelty"), DEFAULT_PERCENT),
            unknown_title=title if found is None else "",
        )

    @cached_property
    def refinement(self) -> Refinement:
        """Return the refinement as the recommender takes it."""
        return Refinement(
            genres=tuple(genre.name for genre in self.genres),
            years=(self.first_year, self.last_year),
            exclude=frozenset(movie.pk for movie in self.excluded),
            diversity=self.percent / 100,
            novelty=self.novelty / 100,
            exclude_genres=tuple(genre.name for genre in self.without),
        )

    @cached_property
    def query(self) -> str:
        """Return the query of the address in its normal form; empty if nothing is refined."""
        query = QueryDict(mutable=True)
        query.setlist("genre", [genre.slug for genre in self.genres])
        query.setlist("without", [genre.slug for genre in self.without])
        query.setlist("exclude", [str(movie.pk) for movie in self.excluded])
        single = {"from": self.first_year, "to": self.last_year, "diversity": self.percent / 100}
        for name, value in single.items():
            if value:
                query[name] = f"{value:g}"
        if self.novelty != DEFAULT_PERCENT:
            query["novelty"] = f"{self.novelty / 100:g}"
        return query.urlencode()

    @cached_property
    def filters(self) -> list[Filter]:
        """Every part that is set, to be taken off one by one."""
        return [Filter(label, rest.query, rest.refinement) for label, rest in self._parts()]

    @property
    def first_years(self) -> list[tuple[int, str]]:
        """First years of the decades, with the decade's name."""
        decades = [(decade, _("%(decade)ss") % {"decade": decade}) for decade in _decades()]
        return _with_own(decades, self.first_year)

    @property
    def last_years(self) -> list[tuple[int, str]]:
        """Last years of the decades, with the decade's name."""
        decades = [(decade + 9, _("%(decade)ss") % {"decade": decade}) for decade in _decades()]
        return _with_own(decades, self.last_year)

    def _parts(self) -> Iterator[tuple[str, "Refining"]]:
        clear = replace(self, unknown_title="")
        if self.genres:
            names = ", ".join(str(genre.label) for genre in self.genres)
            yield _("Only %(genres)s") % {"genres": names}, replace(clear, genres=())
        for genre in self.without:
            rest = tuple(other for other in self.without if other != genre)
            yield _("No %(genre)s") % {"genre": genre.label}, replace(clear, without=rest)
        if self.first_year is not None or self.last_year is not None:
            yield self.years_label, replace(clear, first_year=None, last_year=None)
        for movie in self.excluded:
            others = tuple(other for other in self.excluded if other != movie)
            yield _("Not %(film)s") % {"film": movie.title}, replace(clear, excluded=others)
        if self.percent:
            yield _("Diversity %(n)s%%") % {"n": self.percent}, replace(clear, percent=0)
        if self.novelty != DEFAULT_PERCENT:
            label = _("Hidden gems") if self.novelty > DEFAULT_PERCENT else _("Well known")
            yield label, replace(clear, novelty=DEFAULT_PERCENT)

    @property
    def years_label(self) -> str:
        """The years in words; empty where any year will do."""
        years = {"first": self.first_year, "last": self.last_year}
        if self.first_year is None and self.last_year is None:
            return ""
        if self.last_year is None:
            return _("From %(first)s") % years
        if self.first_year is None:
            return _("Up to %(last)s") % years
        return _("%(first)s to %(last)s") % years


def _decades() -> range:
    return range(OLDEST_DECADE, now().year + 1, 10)


def _with_own(decades: list[tuple[int, str]], year: int | None) -> list[tuple[int, str]]:
    """With the address' own year among them, if it is neither end of a decade."""
    if year is None or any(year == value for value, _label in decades):
        return decades
    return sorted([*decades, (year, str(year))])


def _year(value: str | None) -> int | None:
    is_year = value is not None and value.isascii() and value.isdigit()
    year = int(value or 0) if is_year and len(value or "") == 4 else 0
    return year if OLDEST_DECADE <= year <= LAST_YEAR else None


def _is_id(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 10


def _percent(value: Any, default: int) -> int:
    """Return 30 for 0.3, cut at 0 and 100; the default for a value that is no number."""
    try:
        return round(100 * min(1.0, max(0.0, float(value))))
    except (TypeError, ValueError):
        return default

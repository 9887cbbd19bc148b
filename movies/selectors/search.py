"""Films and people by what visitors type, spelling mistakes included.

Words are looked up by the full-text index first. Where that finds little, films and people that
share trigrams with the query are candidates, and rapidfuzz scores their spelling.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from rapidfuzz.fuzz import ratio

from movies.models import Credit, Genre, Movie, Person
from movies.search_facets import Facets, parse_facets
from movies.search_text import (
    MAX_INITIALS,
    MIN_INITIALS,
    Query,
    parse_query,
    spellings,
    title_forms,
    transliterated,
    trigrams,
)
from movies.selectors.movies import ORDERS, movies_all

N_CANDIDATES: Final = 100
N_LIKE: Final = 24
N_SUGGESTIONS: Final = 3
N_PEOPLE: Final = 6
FEW: Final = 3
"""With fewer films than this, a search looks for other spellings as well."""
MIN_KEY_CHARACTERS: Final = 4
MIN_SCORE: Final = 78.0
MIN_SCORE_SHORT: Final = 85.0
MIN_SCORE_PERSON: Final = 84.0
"""Misspelt names have 85.5 or more, titles in other languages at most 80: ADR 0066."""
WHOLE_WORDS: Final = 3
"""The match of titles with all words of the query, none of them unfinished."""
SHORT_KEY_CHARACTERS: Final = 6
MAX_LENGTHS_APART: Final = 3
SUGGESTED_IS_LARGER: Final = 5
"""A suggestion beside films that were found has this many times the ratings of the first."""

# Words and people run together in one pass of the index: no row is read that has no trigram.
_CANDIDATES: Final = """
    SELECT id, (SELECT count(*) FROM unnest(trigrams) AS own WHERE own = ANY(%s)) AS n_shared
    FROM {table} WHERE trigrams && %s::varchar(3)[]
    ORDER BY n_shared DESC, {order} LIMIT {limit}
"""
_FILM_CANDIDATES: Final = _CANDIDATES.format(
    table="movies_movie", order="n_ratings DESC, id", limit=N_CANDIDATES
)
_PERSON_CANDIDATES: Final = _CANDIDATES.format(
    table="movies_person", order="id", limit=N_CANDIDATES
)


@dataclass(frozen=True)
class Suggestion:
    """What the visitor may have meant."""

    text: str
    score: float
    """Similarity of the spelling, 0 to 100."""
    weight: int
    """Ratings of the film, or of all films of the person."""


class FilmSearch:
    """One query and everything that it finds, each part looked up once and only when used."""

    def __init__(self, text: str) -> None:
        """Parse the query. No database is asked yet."""
        self.is_empty = not text.strip()
        self.text = text.replace("\0", "").strip()
        self.query = parse_query(self.text)

    @cached_property
    def people(self) -> list[Person]:
        """People whose names have all the words, those with most films first. One query."""
        if not self.query.words:
            return []
        words = " & ".join(f"{word}:AB" for word in self.query.words)
        found = Person.objects.filter(search=_raw(words)).defer("search", "search_text", "trigrams")
        return _by_fame(list(found[:N_CANDIDATES]))[:N_PEOPLE]

    @cached_property
    def has_titles(self) -> bool:
        """Whether a title has the words. One query."""
        return bool(self.query.words) and Movie.objects.filter(self._by_title).exists()

    @cached_property
    def facets(self) -> Facets | None:
        """The genres, countries and years that the query names, if films have them. One query."""
        facets = parse_facets(self.query.words, self.query.year)
        return facets if facets and _with(facets).exists() else None

    @cached_property
    def suggestions(self) -> list[Suggestion]:
        """Other spellings of titles and names that are close, the closest first."""
        if not self._is_worth_correcting:
            return []
        folded = " ".join(self.query.words)
        found = [
            suggestion
            for suggestion, _movie in self._like
            if suggestion.text.casefold() != self.text.casefold()
        ]
        found += self._like_people
        unique = {one.text: one for one in sorted(found, key=_closeness)}
        best = [one for one in unique.values() if one.text.casefold() != folded]
        if self.has_titles:
            first = self._strict.first()
            if getattr(first, "match", 0) >= WHOLE_WORDS:
                return []
            n_ratings = first.n_ratings if first is not None else 0
            best = [one for one in best if one.weight > SUGGESTED_IS_LARGER * (n_ratings + 1)]
        return sorted(best, key=_closeness, reverse=True)[:N_SUGGESTIONS]

    @cached_property
    def movies(self) -> QuerySet[Movie]:
        """Films with all the words in their titles, of people or facets; else spelt alike.

        The very title comes first, then titles with these whole words, then the rest; more rated
        films first among equals.
        """
        if not self.query.words:
            return movies_all().annotate(match=Value(0)).none()
        if self.has_titles or self.people or self.facets:
            return self._strict
        latin = transliterated(self.text)
        if latin:
            return FilmSearch(latin).movies
        ids = [movie_id for _suggestion, movie_id in self._like[:N_LIKE]]
        ids += self._ids_of_people_like()
        ids = list(dict.fromkeys(ids))
        place = Case(
            *(When(pk=movie_id, then=Value(-n)) for n, movie_id in enumerate(ids)),
            default=Value(-len(ids)),
            output_field=IntegerField(),
        )
        found = movies_all().filter(pk__in=ids).annotate(match=place)
        return found.order_by("-match", "-n_ratings", "id")

    @property
    def wants_meaning(self) -> bool:
        """Whether films by meaning may help: no title, name or facet is what the words say."""
        return not (self.has_titles or self.people or self.facets or self.suggestions)

    @property
    def _is_worth_correcting(self) -> bool:
        if len(self.query.key) < MIN_KEY_CHARACTERS or self.people or self.facets:
            return False
        return not self.has_titles or self._strict[: FEW + 1].count() <= FEW

    @cached_property
    def _by_title(self) -> Q:
        words = _all_words(self.query.words, is_prefix=True)
        key = self.query.key
        joined = f"({words}) | {key}:C | {key}:*B"
        if len(self.query.words) == 1 and MIN_INITIALS <= len(key) <= MAX_INITIALS:
            joined += f" | {key}:D"
        if self.query.year is None:
            return Q(search=_raw(joined))
        year = self.query.year
        in_title = Q(search=_raw(f"({words}) & {year}:*AB"))
        is_exact = Movie.objects.filter(Q(search=_raw(joined), year=year) | in_title)
        if is_exact.exists():
            return Q(search=_raw(joined), year=year) | in_title
        return Q(search=_raw(joined))

    @cached_property
    def _strict(self) -> QuerySet[Movie]:
        words, key = self.query.words, self.query.key
        condition = self._by_title
        if self.people:
            condition |= Q(pk__in=self._credited.values("movie"))
        if self.facets:
            condition |= Q(pk__in=_with(self.facets).values("pk"))
        title = self.text if self.query.year is None else self.text[:-4].rstrip(" (")
        match = Case(
            When(title__iexact=title, then=Value(5)),
            When(search=_raw(f"{key}:C"), then=Value(4)),
            When(search=_raw(_all_words(words, is_prefix=False)), then=Value(3)),
            When(search=_raw(_all_words(words, is_prefix=True)), then=Value(2)),
            When(self._by_title, then=Value(1)),
            default=Value(0),
            output_field=IntegerField(),
        )
        found = movies_all().filter(condition).annotate(match=match)
        return found.order_by("-match", "-n_ratings", "id")

    @cached_property
    def _credited(self) -> QuerySet[Credit]:
        """Credits of the people found, those of the query's year if there are any."""
        credited = Credit.objects.filter(person__in=self.people).order_by()
        of_year = credited.filter(movie__year=self.query.year)
        return of_year if self.query.year is not None and of_year.exists() else credited

    @cached_property
    def _like(self) -> list[tuple[Suggestion, int]]:
        """Films that are spelt alike, the closest first. Two queries."""
        ids = self._candidates(_FILM_CANDIDATES)
        films = Movie.objects.filter(pk__in=ids).values_list(
            "pk", "title", "other_titles", "n_ratings"
        )
        scored = []
        for pk, title, others, n_ratings in films:
            forms = title_forms([title, *filter(None, others.split("; "))])
            score = max((_similarity(self.query, form) for form in forms), default=0.0)
            if score >= self._min_score:
                scored.append((Suggestion(title, score, n_ratings), pk))
        return sorted(scored, key=lambda pair: _closeness(pair[0]), reverse=True)

    @cached_property
    def _people_like(self) -> list[tuple[Person, float]]:
        ids = self._candidates(_PERSON_CANDIDATES)
        people = Person.objects.filter(pk__in=ids).defer("search", "search_text", "trigrams")
        scored = [
            (person, max(_similarity(self.query, form) for form in title_forms([person.name])))
            for person in people
        ]
        least = max(self._min_score, MIN_SCORE_PERSON)
        return [pair for pair in scored if pair[1] >= least]

    @cached_property
    def _like_people(self) -> list[Suggestion]:
        fame = _fame([person for person, _score in self._people_like])
        return [
            Suggestion(person.name, score, fame.get(person.pk, 0))
            for person, score in self._people_like
        ]

    def _ids_of_people_like(self) -> list[int]:
        """Return the films of the person whose name is closest, if no title is closer."""
        best = max(self._like_people, key=_closeness, default=None)
        film = self._like[0][0] if self._like else None
        if best is None or (film is not None and _closeness(film) >= _closeness(best)):
            return []
        person = next(person for person, _score in self._people_like if person.name == best.text)
        films = Movie.objects.filter(credits__person=person).distinct()
        return list(films.values_list("pk", flat=True)[:N_LIKE])

    def _candidates(self, statement: str) -> list[int]:
        wanted = trigrams(["".join(self.query.words)])
        with connection.cursor() as cursor:
            cursor.execute(statement, [wanted, wanted])
            return [row[0] for row in cursor.fetchall()]

    @property
    def _min_score(self) -> float:
        is_short = len(self.query.key) < SHORT_KEY_CHARACTERS
        return MIN_SCORE_SHORT if is_short else MIN_SCORE


def movies_search(query: str) -> QuerySet[Movie]:
    """Return the films that a query finds, best first, as ``FilmSearch.movies`` orders them."""
    return FilmSearch(query).movies


def movies_browse(
    query: "str | FilmSearch" = "",
    genre: Genre | None = None,
    sort: str = "",
    years: tuple[int, int] | None = None,
) -> QuerySet[Movie]:
    """Return the films of a genre and of years whose titles match, in one of ``SORTS``.

    Without a ``sort`` that is known, a search gives the best matches first and anything else the
    most rated films. Two queries for a page.
    """
    if isinstance(query, str):
        query = FilmSearch(query)
    movies = movies_all().order_by(*ORDERS["popular"]) if query.is_empty else query.movies
    if genre is not None:
        movies = movies.filter(genres=genre)
    if years is not None:
        movies = movies.filter(year__range=years)
    return movies.order_by(*ORDERS[sort]) if sort in ORDERS else movies


def _with(facets: Facets) -> QuerySet[Movie]:
    """Return the films that have every genre, a country of each name and the years."""
    movies = Movie.objects.order_by()
    for genre in facets.genres:
        movies = movies.filter(genres__name__iexact=genre)
    for country in facets.countries:
        movies = movies.filter(countries__contains=[country])
    return movies.filter(year__range=facets.years) if facets.years else movies


def _raw(words: str) -> SearchQuery:
    return SearchQuery(words, config="simple", search_type="raw")


def _all_words(words: Sequence[str], *, is_prefix: bool) -> str:
    """Return a query for all words, numbers in any spelling; the last word may be unfinished."""
    parts = []
    for n, word in enumerate(words, start=1):
        mark = ":*AB" if is_prefix and n == len(words) else ":AB"
        parts.append(f"({' | '.join(f'{one}{mark}' for one in spellings(word))})")
    return " & ".join(parts)


def _similarity(query: Query, form: str) -> float:
    """Return how alike a query and the best run of words of a title are spelt, 0 to 100."""
    typed, words = "".join(query.words), form.split()
    sizes = {len(query.words) + step for step in (-1, 0, 1)} - {0}
    runs = {"".join(words)}
    for size in sizes:
        runs |= {"".join(words[i : i + size]) for i in range(len(words) - size + 1)}
    near = (run for run in runs if abs(len(run) - len(typed)) <= MAX_LENGTHS_APART)
    return max(ratio(typed, "".join(words)), *(ratio(typed, run) - 2 for run in near), 0.0)


def _closeness(suggestion: Suggestion) -> float:
    """Return the score with a bonus for what many people know: 100 ratings are worth 8 points."""
    return suggestion.score + 4 * math.log10(1 + suggestion.weight)


def _fame(people: Iterable[Person]) -> dict[int, int]:
    """Return the sum of the ratings of each person's films. One query."""
    fame: dict[int, int] = {}
    found = Credit.objects.filter(person__in=list(people)).order_by()
    for person_id, n_ratings in found.values_list("person_id", "movie__n_ratings").distinct():
        fame[person_id] = fame.get(person_id, 0) + n_ratings
    return fame


def _by_fame(people: list[Person]) -> list[Person]:
    fame = _fame(people) if len(people) > 1 else {}
    return sorted(people, key=lambda person: -fame.get(person.pk, 0))

"""Which film of the catalogue a row is about, and how sure that is.

An id decides first; if its film has another title and another year, or if title and year are those
of another film, the match is only likely. TMDB numbers films and series apart, so that the film of
a number is likely at most if it has another title. The person chooses if its year does not agree
either and the source does not say that the row is about a film.
Without an id, the title must be the same but for case, accents, punctuation, spaces and the
article. With the same year the match is exact, with the next or the previous year it is likely.
If only words in brackets after the title are the title of a film, the match is likely at most.
It is also likely at most if the words in brackets are neither a title of the film nor an edition.
So it is if only one of several titles between slashes is that of a film.
If the title names a season or an episode, only a film that has this whole title is meant.
If no film has the title, films are looked for under other forms of it (``movies.title_variants``):
such a match is likely at most. Without the very year, or the next one and the whole title, the
person chooses.
A number such as that of "5. Heat" is left out if no film has it: the match is likely at most.
If the row's title is marked as a TV film or a short film, the match is likely at most.
Of several films of one title and year, the one of the row's directors is meant. If they do not
tell, the person chooses.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from movies.importers.personal.counters import without_counter
from movies.importers.personal.protocol import Row, joined
from movies.importers.personal.works import is_edition, is_perhaps_no_film, part_of_series
from movies.models import Confidence, Credit, Movie, Role
from movies.title_variants import VariantIndex, variants_of
from movies.titles import fold, match_key, match_keys, parse_title

OTHER_TITLE: Final = "the id belongs to a film with another title"
NUMBER_ALONE: Final = "a number of TMDB without a title may be that of a series"
PERHAPS_NO_FILM: Final = "the title is marked as a TV film or a short film"
OTHER_FORM: Final = "the catalogue has the title in another form"
WITHOUT_NUMBER: Final = "the film is found without the number before the title"
YEAR_MISSING: Final = "the year is missing"
YEARS_DIFFER: Final = "the years differ by one"
IN_BRACKETS: Final = "only the words in brackets are the title of a film"
OTHER_REMARK: Final = "the words in brackets are no title of the film"
NOT_IN_CATALOGUE: Final = "not in the catalogue"
_REASONS: Final = (
    OTHER_TITLE,
    NUMBER_ALONE,
    PERHAPS_NO_FILM,
    OTHER_FORM,
    WITHOUT_NUMBER,
    YEAR_MISSING,
    YEARS_DIFFER,
    IN_BRACKETS,
    OTHER_REMARK,
)
MAX_CANDIDATES: Final = 20
"""Films offered for one row."""


class Match(NamedTuple):
    """The film of a row; None with the reason if there is none."""

    confidence: Confidence
    movie_id: int | None = None
    reason: str = ""
    candidates: tuple[int, ...] = ()
    """The films that could be meant, if only the person can tell."""
    is_by_id: bool = False
    is_other_form: bool = False
    """Whether the film was found under another form of the title."""
    no_film: str = ""
    """The words that mark a season or an episode, if no film has the title."""


@dataclass(frozen=True, slots=True)
class _Film:
    pk: int
    year: int | None
    imdb_id: str
    tmdb_id: int | None


class _FilmOfId(NamedTuple):
    """What is known about a film that a row names by an id."""

    keys: frozenset[str]
    titles: tuple[str, ...]
    year: int | None
    imdb_id: str


def title_key(row: Row) -> str:
    """Return the spelling of a row's title by which rows are compared; empty if it has no title."""
    return match_key(row.title).replace(" ", "") or next(iter(_title_keys(row)), "")


def _title_keys(row: Row) -> tuple[str, ...]:
    """Return the spellings under which the catalogue may know the film, without spaces."""
    return tuple(dict.fromkeys((*_main_keys(row), *_bracket_keys(row), *_slash_keys(row))))


def _main_keys(row: Row) -> tuple[str, ...]:
    titles = (row.title, row.original_title, parse_title(row.title).text)
    return _squeezed(match_keys(*titles))


def _bracket_keys(row: Row) -> tuple[str, ...]:
    others = parse_title(row.title).others
    return _squeezed(match_keys(*others)) if others else ()


def _slash_keys(row: Row) -> tuple[str, ...]:
    """Return the spellings of the titles between slashes, as Douban writes them; none if none."""
    titles = parse_title(row.title).text.split(" / ")
    return _squeezed(match_keys(*titles)) if len(titles) > 1 else ()


def _uncounted_keys(row: Row) -> tuple[str, ...]:
    """Return the spellings of a title without a number such as that of "5. Heat"."""
    title = without_counter(row.title)
    return _squeezed(match_keys(parse_title(title).text)) if title else ()


def _keys_of(rows: Iterable[Row]) -> tuple[dict[int, tuple[str, ...]], set[str]]:
    """Return the main keys of each row, and all keys under which films are looked for."""
    main: dict[int, tuple[str, ...]] = {}
    wanted: set[str] = set()
    for row in rows:
        main[id(row)] = _main_keys(row)
        wanted.update(main[id(row)], _bracket_keys(row), _slash_keys(row), _uncounted_keys(row))
    return main, wanted


def is_answered_by_choice(reason: str) -> bool:
    """Return whether a reason why a film is unsure is settled once the person has chosen one."""
    is_open = reason.endswith("films could be meant") or reason.startswith(NOT_IN_CATALOGUE)
    return is_open or reason in _REASONS


def directors_of(movie_ids: Collection[int]) -> dict[int, set[str]]:
    """Return the folded names of films' directors by the film's id. One query."""
    directors: dict[int, set[str]] = {}
    credits_ = Credit.objects.filter(movie__in=movie_ids, role=Role.DIRECTOR)
    for movie_id, name in credits_.values_list("movie_id", "person__name"):
        directors.setdefault(movie_id, set()).add(fold(name))
    return directors


class Matcher:
    """The films of the catalogue that the rows could be about. One pass over the catalogue."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._main_keys, wanted = _keys_of(rows)
        imdb_ids = {row.imdb_id for row in rows if row.imdb_id}
        tmdb_ids = {row.tmdb_id for row in rows if row.tmdb_id}
        movielens_ids = {row.movielens_id for row in rows if row.movielens_id}
        self._by_imdb: dict[str, int] = {}
        self._by_tmdb: dict[int, int] = {}
        self._by_movielens: dict[int, int] = {}
        self._by_title: dict[str, list[_Film]] = {}
        self._of_ids: dict[int, _FilmOfId] = {}
        fields = ("pk", "title", "other_titles", "year", "imdb_id", "tmdb_id", "movielens_id")
        # Descending: of two films with one id, the older entry is found.
        for pk, title, others, year, imdb, tmdb, movielens in (
            Movie.objects.order_by("-pk").values_list(*fields).iterator()
        ):
            if imdb in imdb_ids:
                self._by_imdb[imdb] = pk
            if tmdb in tmdb_ids:
                self._by_tmdb[tmdb] = pk
            if movielens in movielens_ids:
                self._by_movielens[movielens] = pk
            titles = (title, *others.split("; "))
            keys = _squeezed(match_keys(*titles))
            if imdb in imdb_ids or tmdb in tmdb_ids or movielens in movielens_ids:
                self._of_ids[pk] = _FilmOfId(frozenset(keys), titles, year, imdb)
            for key in keys:
                if key in wanted:
                    film = _Film(pk, year, imdb, tmdb)
                    self._by_title.setdefault(key, []).append(film)
        self._directors = self._directors_of_namesakes(rows)

    def match(self, row: Row) -> Match:
        """Return the film of a row with the confidence, or the reason why there is none."""
        if (by_id := self._by_id(row)) is not None:
            return by_id
        match = self._by_titles(row, self._namesakes(row, self._main_keys[id(row)]))
        if match.confidence == Confidence.UNMATCHED and (other := self._by_further_titles(row)):
            return other
        if match.confidence == Confidence.EXACT and not self._knows_brackets(row, match.movie_id):
            return match._replace(confidence=Confidence.LIKELY, reason=OTHER_REMARK)
        if match.confidence == Confidence.UNMATCHED:
            part = part_of_series(row.title)
            no_film = "" if _has_address(row) else part
            found = self._by_other_form(row, is_part=bool(part))
            if found is None and not part:
                found = self._without_number(row)
            return found or match._replace(no_film=no_film)
        return match

    def _by_further_titles(self, row: Row) -> Match | None:
        """Return the film of a title in brackets or between slashes, at best a likely one.

        Brackets hold the original title, or what the film is about: "Making Of (Alien)".
        """
        for keys, told in ((_bracket_keys(row), IN_BRACKETS), (_slash_keys(row), OTHER_FORM)):
            match = self._by_titles(row, self._namesakes(row, keys))
            if match.confidence != Confidence.UNMATCHED:
                reason = joined(match.reason, told)
                return match._replace(confidence=Confidence.LIKELY, reason=reason)
        return None

    def _by_id(self, row: Row) -> Match | None:
        """Return the film of a row's id; None if no film has it."""
        by_imdb = self._by_imdb.get(row.imdb_id)
        by_tmdb = self._by_tmdb.get(row.tmdb_id or 0)
        by_movielens = self._by_movielens.get(row.movielens_id or 0)
        if by_tmdb and not by_imdb and (self._has_title(row, by_tmdb) or not by_movielens):
            return self._of_number(row, by_tmdb)
        film = by_imdb or by_movielens
        if not film:
            return None
        if self._fits(row, film, is_imdb=bool(by_imdb)):
            return Match(Confidence.EXACT, film, is_by_id=True)
        return Match(Confidence.LIKELY, film, OTHER_TITLE, is_by_id=True)

    def _of_number(self, row: Row, movie_id: int) -> Match | None:
        """Return the film of a number of TMDB; None if title and IMDb id are those of another.

        Without the film's title, the number may be that of a series.
        """
        if self._has_title(row, movie_id):
            return Match(Confidence.EXACT, movie_id, is_by_id=True)
        film, keys = self._of_ids[movie_id], _title_keys(row)
        if not keys and row.is_film:
            return Match(Confidence.EXACT, movie_id, is_by_id=True)
        if not keys:
            return Match(Confidence.LIKELY, movie_id, NUMBER_ALONE, is_by_id=True)
        if row.imdb_id and film.imdb_id:
            return None
        if row.is_film or (row.year and film.year and abs(row.year - film.year) <= 1):
            return Match(Confidence.LIKELY, movie_id, OTHER_TITLE, is_by_id=True)
        films = dict.fromkeys((movie_id, *(one.pk for one in self._namesakes(row, keys))))
        candidates = tuple(films)[:MAX_CANDIDATES]
        return Match(Confidence.LIKELY, None, OTHER_TITLE, candidates, is_by_id=True)

    def _has_title(self, row: Row, movie_id: int) -> bool:
        """Return whether a row has one of a film's titles, be it in another form."""
        film = self._of_ids[movie_id]
        if not film.keys.isdisjoint(_title_keys(row)):
            return True
        title = parse_title(row.title)
        own = variants_of(filter(None, (title.text, *title.others, row.original_title)))
        its = variants_of(film.titles)
        return not (
            own.full.isdisjoint(its.full | its.parts) and its.full.isdisjoint(own.full | own.parts)
        )

    def _without_number(self, row: Row) -> Match | None:
        """Return the film that has the title without the number before it; None if there is none.

        Without its very year, the person chooses.
        """
        if is_perhaps_no_film(row.title):
            return None
        films = self._namesakes(row, _uncounted_keys(row))
        if same := [film for film in films if film.year and film.year == row.year]:
            match = _unless_several(same, WITHOUT_NUMBER, Confidence.LIKELY)
            return match._replace(is_other_form=match.movie_id is not None)
        if row.year is not None:
            films = [film for film in films if film.year and abs(film.year - row.year) == 1]
        if not films:
            return None
        candidates = tuple(film.pk for film in _without_twins(films)[:MAX_CANDIDATES])
        reason = joined(WITHOUT_NUMBER, YEARS_DIFFER if row.year else YEAR_MISSING)
        return Match(Confidence.LIKELY, None, reason, candidates)

    def _knows_brackets(self, row: Row, movie_id: int | None) -> bool:
        """Return whether words in brackets after a title are titles of the film or an edition."""

        def is_title(text: str) -> bool:
            keys = _squeezed(match_keys(text))
            return any(film.pk == movie_id for key in keys for film in self._by_title.get(key, ()))

        others = parse_title(row.title).others
        return all(is_title(one) or is_edition(one) for one in others) or is_title(row.title)

    def _by_other_form(self, row: Row, *, is_part: bool) -> Match | None:
        """Return the film that has the row's title in another form; None if there is none.

        Parts of the title of a season or an episode do not count.

        If that is not sure, the person chooses, even if there is only one.
        """
        if not (row.title or row.original_title) or is_perhaps_no_film(row.title):
            return None
        variants = variants_of(filter(None, (parse_title(row.title).text, row.original_title)))
        if is_part:
            variants = variants._replace(parts=frozenset())
        found = self._other_forms.find(variants, row.year)
        by_pk = {film.pk: film for film in found.items}
        films = _without_excluded(row, [by_pk[pk] for pk in sorted(by_pk)])
        if not films:
            return None
        differs = YEARS_DIFFER if films[0].year != row.year else ""
        reason = joined(OTHER_FORM, differs if row.year else YEAR_MISSING)
        if not found.is_sure:
            candidates = tuple(film.pk for film in _without_twins(films)[:MAX_CANDIDATES])
            return Match(Confidence.LIKELY, None, reason, candidates)
        if len(films) > 1 and row.people:
            self._directors |= directors_of({film.pk for film in films})
        match = _unless_several(self._by_people(films, row), reason, Confidence.LIKELY)
        return match._replace(is_other_form=match.movie_id is not None)

    @cached_property
    def _other_forms(self) -> VariantIndex[_Film]:
        """The films under all forms of their titles. One query."""
        index: VariantIndex[_Film] = VariantIndex()
        fields = ("pk", "title", "other_titles", "year", "imdb_id", "tmdb_id")
        for pk, title, others, year, imdb, tmdb in (
            Movie.objects.order_by("pk").values_list(*fields).iterator()
        ):
            film = _Film(pk, year, imdb, tmdb)
            index.add(film, variants_of((title, *others.split("; "))), year)
        return index

    def _by_titles(self, row: Row, films: list[_Film]) -> Match:
        """Return which of the films with a title of the row is meant, by the year and people."""
        if not films:
            return Match(Confidence.UNMATCHED, reason=NOT_IN_CATALOGUE)
        if row.year is None:
            found = self._by_people(films, row)
            return _unless_several(found, YEAR_MISSING, Confidence.LIKELY)
        same = [film for film in films if film.year == row.year]
        if same and is_perhaps_no_film(row.title):
            return _unless_several(self._by_people(same, row), PERHAPS_NO_FILM, Confidence.LIKELY)
        if same:
            return _unless_several(self._by_people(same, row), "", Confidence.EXACT)
        near = [film for film in films if film.year and abs(film.year - row.year) == 1]
        if near:
            found = self._by_people(near, row)
            return _unless_several(found, YEARS_DIFFER, Confidence.LIKELY)
        return Match(Confidence.UNMATCHED, reason=f"{NOT_IN_CATALOGUE} with the year {row.year}")

    def _fits(self, row: Row, movie_id: int, *, is_imdb: bool) -> bool:
        """Return whether the title or the year of a row is that of the film of its id.

        The year alone does not count if the row's title and year are those of another film.
        A year that is unknown speaks against a number of MovieLens only: a table of one's own may
        count its rows, but ids of IMDb come from there, beside titles in any language.
        """
        own_keys, year = _title_keys(row), self._of_ids[movie_id].year
        if not own_keys or self._has_title(row, movie_id):
            return True
        if row.year is not None and self._is_title_of_year(own_keys, row.year):
            return False
        if row.year is None or year is None:
            return is_imdb
        return abs(row.year - year) <= 1

    def _is_title_of_year(self, keys: Iterable[str], year: int) -> bool:
        """Return whether a film of the catalogue has one of these titles and this year."""
        return any(film.year == year for key in keys for film in self._by_title.get(key, ()))

    def _namesakes(self, row: Row, keys: Iterable[str]) -> list[_Film]:
        """Return the films with one of these titles, without those that the row's id excludes."""
        films = {film.pk: film for key in keys for film in self._by_title.get(key, ())}
        return _without_excluded(row, films.values())

    def _by_people(self, films: list[_Film], row: Row) -> list[_Film]:
        """Of several films, return those of the row's directors; all if none is known to be."""
        if len(films) == 1 or not row.people:
            return films
        names = {fold(name) for name in row.people}
        return [film for film in films if names & self._directors.get(film.pk, set())] or films

    def _directors_of_namesakes(self, rows: Sequence[Row]) -> dict[int, set[str]]:
        """Return the directors' folded names of films that only people can tell apart.

        One query, none where no row that names people could mean several films.
        """
        films: set[int] = set()
        for row in rows:
            if row.people:
                namesakes = [
                    film.pk for key in _title_keys(row) for film in self._by_title.get(key, ())
                ]
                films.update(namesakes if len(namesakes) > 1 else ())
        return directors_of(films) if films else {}


def _has_address(row: Row) -> bool:
    """Return whether a site of films has a page for the row's film."""
    return bool(row.imdb_id or row.tmdb_id or row.movielens_id or row.address)


def _without_excluded(row: Row, films: Iterable[_Film]) -> list[_Film]:
    """Leave out the films that have another id than the row at the same place."""
    return [
        film
        for film in films
        if not (row.imdb_id and film.imdb_id) and not (row.tmdb_id and film.tmdb_id)
    ]


def _unless_several(films: list[_Film], reason: str, confidence: Confidence) -> Match:
    films = _without_twins(films)
    if len(films) > 1:
        candidates = tuple(film.pk for film in films[:MAX_CANDIDATES])
        reason = f"{len(films)} films could be meant"
        return Match(Confidence.LIKELY, None, reason, candidates)
    return Match(confidence, films[0].pk, reason)


def _without_twins(films: list[_Film]) -> list[_Film]:
    """Leave out films whose number at IMDb or TMDB an older film of the same year has."""
    kept: list[_Film] = []
    for film in sorted(films, key=lambda one: one.pk):
        is_twin = any(
            one.year == film.year
            and (
                (film.imdb_id and film.imdb_id == one.imdb_id)
                or (film.tmdb_id and film.tmdb_id == one.tmdb_id)
            )
            for one in kept
        )
        if not is_twin:
            kept.append(film)
    return kept


def _squeezed(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key.replace(" ", "") for key in keys))

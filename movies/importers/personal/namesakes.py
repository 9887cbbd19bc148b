"""Rows of one file about the same film, and films of one title and year that are not the same.

Ids, addresses at the source and directors tell namesakes apart. If the catalogue has only one of
them, the row whose id or director is that film's gets it. If no row has them, the person chooses.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypeAlias

from movies.importers.personal.matching import Match, directors_of, title_key
from movies.importers.personal.protocol import Kind, Row, joined
from movies.models import Confidence
from movies.titles import fold

NAMESAKE: Final = "another film of this title and year is in the file"
MAX_NAMESAKES: Final = 20
"""Films of one title and year that are compared with each other."""
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_KINDS: Final = (Kind.RATING, Kind.SEEN, Kind.NOT_INTERESTED, Kind.WATCH_LATER)
_BY_ID, _BY_DIRECTOR, _BY_TITLE, _PROBABLE = 3, 2, 1, 0
_Marks: TypeAlias = dict[str, frozenset[object]]


class Settled(NamedTuple):
    """The matches of all rows, and the positions of those that another row makes superfluous."""

    matches: list[Match]
    repeated: set[int]


@dataclass
class _Film:
    """Rows that are about one film."""

    positions: list[int]
    marks: dict[str, frozenset[object]] = field(default_factory=dict)

    def contradicts(self, marks: _Marks) -> bool:
        return any(self.marks.get(name, marks[name]).isdisjoint(marks[name]) for name in marks)

    def add(self, positions: Iterable[int], marks: _Marks) -> None:
        self.positions += positions
        for name, values in marks.items():
            self.marks[name] = self.marks.get(name, frozenset()) | values


def settled(rows: Sequence[Row], matches: Sequence[Match], *, keeps_lists: bool = False) -> Settled:
    """Tell namesakes apart, and find the rows that repeat another row about the same film.

    One query, none if no two rows claim one film of the catalogue against each other.

    Parameters
    ----------
    rows
        The rows of a file.
    matches
        What was found for each row.
    keeps_lists
        Whether a film that is rated in the file may be on a list there as well.

    """
    matches = _without_rivals(rows, matches)
    groups = [(key, _films(rows, group)) for key, group in _groups(rows, matches).items()]
    contested = [key for key, films in groups if isinstance(key, int) and len(films) > 1]
    directors = directors_of(contested) if contested else {}
    result = Settled(list(matches), set())
    for key, films in groups:
        kept: Sequence[_Film] = films
        if len(films) > 1:
            known = directors.get(key, set()) if isinstance(key, int) else set()
            kept = _told_apart(result.matches, films, known)
        for film in kept:
            for alike in _alike(rows, film.positions) if keeps_lists else [film.positions]:
                if len(alike) > 1:
                    result.repeated.update(alike)
                    result.repeated.discard(_best(rows, result.matches, alike))
    return result


def _without_rivals(rows: Sequence[Row], matches: Sequence[Match]) -> list[Match]:
    """Let the person choose where two titles of the file are matched to one film.

    This concerns films found under another form of the title: the other title may be the film's
    own, and this one a sequel's that the catalogue lacks.
    """
    titles_of: dict[int, set[str]] = {
        match.movie_id: set() for match in matches if match.is_other_form and match.movie_id
    }
    for row, match in zip(rows, matches, strict=True):
        if match.movie_id in titles_of:
            titles_of[match.movie_id].add(title_key(row))
    return [
        match._replace(movie_id=None, candidates=(match.movie_id,), is_other_form=False)
        if match.is_other_form and match.movie_id and len(titles_of[match.movie_id]) > 1
        else match
        for match in matches
    ]


def _alike(rows: Sequence[Row], positions: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return the rows that are ratings, and those that are entries of lists."""
    ratings = [position for position in positions if rows[position].kind == Kind.RATING]
    return ratings, [position for position in positions if rows[position].kind != Kind.RATING]


def _groups(rows: Sequence[Row], matches: Sequence[Match]) -> dict[object, list[int]]:
    """Return the positions of rows by film: its id in the catalogue, else the row's id or title."""
    groups: dict[object, list[int]] = {}
    key_of: dict[object, object] = {}
    for position, (row, match) in enumerate(zip(rows, matches, strict=True)):
        key: object = match.movie_id
        if key is None:
            ids = [one for one in (row.imdb_id, row.tmdb_id) if one]
            title = (title_key(row) or row.title, row.year)
            key = next((key_of[one] for one in ids if one in key_of), title)
            key_of |= dict.fromkeys(ids, key)
        groups.setdefault(key, []).append(position)
    return groups


def _films(rows: Sequence[Row], positions: Sequence[int]) -> list[_Film]:
    """Return the films that rows of one title and year are about.

    A row joins the film with one of its ids, else the only film that it does not contradict.
    """
    if len(positions) == 1:
        return [_Film(list(positions))]
    by_marks: dict[tuple[Any, ...], list[int]] = {}
    for position in positions:
        by_marks.setdefault(tuple(_marks(rows[position]).items()), []).append(position)
    films: list[_Film] = []
    film_of: dict[object, _Film] = {}
    for items, alike in sorted(by_marks.items(), key=lambda one: -len(one[0])):
        marks = dict(items)
        ids = [(name, one) for name in marks if name != "people" for one in marks[name]]
        film = next((film_of[one] for one in ids if one in film_of), None)
        if film is None:
            fitting = [one for one in films[:MAX_NAMESAKES] if not one.contradicts(marks)]
            film = fitting[0] if len(fitting) == 1 else _Film([])
            films += [] if fitting[:1] == [film] else [film]
        film.add(alike, marks)
        film_of |= dict.fromkeys(ids, film)
    return films


def _marks(row: Row) -> _Marks:
    """Return what tells a row's film from its namesakes."""
    known: dict[str, Iterable[object]] = {
        "imdb": filter(None, [row.imdb_id]),
        "tmdb": filter(None, [row.tmdb_id]),
        "movielens": filter(None, [row.movielens_id]),
        "address": filter(None, [row.address]),
        "people": map(fold, row.people),
    }
    marks = {name: frozenset(values) for name, values in known.items()}
    return {name: values for name, values in marks.items() if values}


def _told_apart(
    matches: list[Match], films: Sequence[_Film], directors: set[str]
) -> Sequence[_Film]:
    """Leave a film of the catalogue to the surest of several films; the others become doubtful."""
    sureness = [_sureness(matches, film, directors) for film in films]
    best = max(sureness)
    surest = [film for film, one in zip(films, sureness, strict=True) if one == best]
    if best == _BY_ID:  # the catalogue knows these ids as one film
        surest = [_Film([position for film in surest for position in film.positions])]
    elif best == _PROBABLE or len(surest) > 1:
        surest = []
    certain = {position for film in surest for position in film.positions}
    others = [film for film in films if certain.isdisjoint(film.positions)]
    for film in others:
        for position in film.positions:
            matches[position] = _doubtful(matches[position])
    return [*surest, *others]


def _sureness(matches: Sequence[Match], film: _Film, directors: set[str]) -> int:
    """Return how sure it is that a film of the file is the one of the catalogue."""
    own = [matches[position] for position in film.positions]
    if any(match.is_by_id for match in own):
        return _BY_ID
    if film.marks.get("people", frozenset()) & directors:
        return _BY_DIRECTOR
    is_exact = any(match.confidence == Confidence.EXACT for match in own)
    return _BY_TITLE if is_exact else _PROBABLE


def _doubtful(match: Match) -> Match:
    """Return a match that the person must confirm, because a namesake may be meant."""
    if match.movie_id is not None:
        return Match(Confidence.LIKELY, reason=NAMESAKE, candidates=(match.movie_id,))
    if match.candidates:
        return match
    return match._replace(reason=joined(match.reason, NAMESAKE))


def _best(rows: Sequence[Row], matches: Sequence[Match], positions: Iterable[int]) -> int:
    """Return the row that counts of several about one film."""

    def worst_first(position: int) -> tuple[Any, ...]:
        row, match = rows[position], matches[position]
        return (
            -_KINDS.index(row.kind),
            match.confidence == Confidence.EXACT,
            -row.priority,
            row.happened_at or _LONG_AGO,
            position,
        )

    return max(positions, key=worst_first)

"""How the editions of MovieLens write films and ratings, read row by row.

CSV: latest, latest-small, 20M and later (UTF-8), Kaggle's renamed copies of them, and files saved
again by Excel. ``.dat``: 1M (Latin-1), 10M (UTF-8) and MovieTweetings.
``u.data``: 100K (Latin-1). ``*.inter``, ``*.item``: RecBole's atomic files.
Source: the README of each edition, https://grouplens.org/datasets/movielens/.
"""

import csv
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from operator import itemgetter
from typing import ClassVar, Final, NamedTuple, TypeVar

from django.utils.text import slugify
from typing_extensions import override

from common.formats.ratings import (
    ATOMIC_FILM_COLUMNS,
    ATOMIC_GENRES,
    ATOMIC_RATING_COLUMNS,
    FILE_NAMES,
    GENRE_NAMES,
    INTER_SUFFIX,
    ITEM_SUFFIX,
    MAX_STARS,
    N_SCALE_ROWS,
    NETFLIX,
    NO_GENRES,
    OTHER_SCALE,
    atomic_genres_column,
    delimiter_of,
    file_of,
    is_netflix,
    is_other_scale,
    timestamp_of,
)
from common.formats.values import (
    OWN_EXPORT,
    UTF16,
    decimal_text,
    encoding_of,
    is_own_export,
    is_utf16,
    whole_text,
)
from movies.importers.errors import BadRow, ImportFailed, Problems, printable
from movies.importers.files import Line, Source, SourceFile
from movies.importers.rows import content_of, read_rows
from movies.titles import Title, parse_title

MAX_MOVIE_NUMBER: Final = 2**31 - 1
MAX_USER_NUMBER: Final = 2**63 - 1
MAX_TITLE_CHARACTERS: Final = 300
MAX_GENRE_CHARACTERS: Final = 50
ONE_DAY_SECONDS: Final = 24 * 3600
IMDB_NUMBER: Final = re.compile(rb"0\d{6}::")
"""A number that MovieLens never gives: seven digits, the first of them a zero."""

_HALF_STARS: Final = {
    text: half_stars
    for half_stars in range(1, 11)
    for text in (f"{half_stars / 2:g}", f"{half_stars / 2:.1f}")
}
_BYTE_ORDER_MARK: Final = "\ufeff"

Fields = Sequence[str]
Row = TypeVar("Row")


class FilmRow(NamedTuple):
    """A film as an edition lists it."""

    number: int
    title: Title
    genres: tuple[str, ...]


class RatingRow(NamedTuple):
    """A rating as an edition lists it, of a film that is in the catalogue."""

    user_number: int
    movie_id: int
    half_stars: int
    timestamp: int
    """Seconds since 1970."""


class LinkRow(NamedTuple):
    """The numbers of a film at IMDb and TMDB."""

    number: int
    imdb_id: str
    tmdb_id: int | None


class Edition(ABC):
    """One edition of MovieLens; rows that cannot be taken go to ``problems``."""

    RATINGS: ClassVar[str]
    MOVIES: ClassVar[str]
    NUMBERS_ARE_SHARED: ClassVar[bool] = True
    """Whether its films have the numbers that all later editions give them."""

    def __init__(self, source: Source, scale: int = 5) -> None:
        self.source = source
        self.scale = scale
        self.ratings_file = source.get(self.RATINGS)
        self.movies_file = source.get(self.MOVIES)

    @classmethod
    def recognises(cls, source: Source) -> bool:
        """Return whether the files are of this edition."""
        return cls.RATINGS in source.files

    @abstractmethod
    def films(self, problems: Problems) -> Iterator[tuple[Line, FilmRow]]:
        """Yield the films with their line numbers."""

    @abstractmethod
    def ratings(
        self, movie_ids: Mapping[int, int], problems: Problems
    ) -> Iterator[tuple[Line, RatingRow]]:
        """Yield the ratings of films whose id is in ``movie_ids``, with their line numbers."""

    def links(self, problems: Problems) -> Iterator[tuple[Line, LinkRow]]:  # noqa: ARG002
        """Yield the films' ids at IMDb and TMDB, if the edition has them."""
        return iter(())


class CsvEdition(Edition):
    """``ratings.csv``, ``movies.csv`` and, if there, ``links.csv``: latest, 20M and later."""

    RATINGS = "ratings.csv"
    MOVIES = "movies.csv"

    def __init__(self, source: Source, scale: int = 5) -> None:
        names = {kind: file_of(kind, source.files) for kind in FILE_NAMES}
        self.RATINGS = names["ratings"] or self.RATINGS  # type: ignore[misc] # Kaggle's name for it
        self.MOVIES = names["movies"] or self.MOVIES  # type: ignore[misc]
        self._links = names["links"]
        _require_many_people(source.get(self.RATINGS))
        super().__init__(source, scale)

    @classmethod
    @override
    def recognises(cls, source: Source) -> bool:
        return file_of("ratings", source.files) is not None

    @override
    def films(self, problems: Problems) -> Iterator[tuple[Line, FilmRow]]:
        columns = ("movieId", "title", "genres")
        encoding = encoding_of(line.content for line in self.movies_file.lines())
        return _csv_rows(self.movies_file, columns, _film, problems, encoding=encoding)

    @override
    def ratings(
        self, movie_ids: Mapping[int, int], problems: Problems
    ) -> Iterator[tuple[Line, RatingRow]]:
        columns = ("userId", "movieId", "rating", "timestamp")
        parse = _rating_parser(movie_ids, self.scale)
        return _csv_rows(self.ratings_file, columns, parse, problems)

    @override
    def links(self, problems: Problems) -> Iterator[tuple[Line, LinkRow]]:
        if self._links is None:
            return iter(())
        columns = ("movieId", "imdbId", "tmdbId")
        return _csv_rows(self.source.files[self._links], columns, _link, problems)


class DatEdition(Edition):
    """``ratings.dat`` and ``movies.dat``, columns between double colons: 1M and 10M.

    MovieTweetings has the same files. Its films have their numbers at IMDb, with leading zeros.
    """

    RATINGS = "ratings.dat"
    MOVIES = "movies.dat"

    def __init__(self, source: Source, scale: int = 5) -> None:
        super().__init__(source, scale)
        self._has_imdb_numbers = any(
            IMDB_NUMBER.match(line.content)
            for line in islice(self.movies_file.lines(), N_SCALE_ROWS)
        )
        if self._has_imdb_numbers:
            self.NUMBERS_ARE_SHARED = False  # type: ignore[misc] # of this one alone

    @override
    def films(self, problems: Problems) -> Iterator[tuple[Line, FilmRow]]:
        return _plain_rows(self.movies_file, "::", 3, _film, problems)

    @override
    def ratings(
        self, movie_ids: Mapping[int, int], problems: Problems
    ) -> Iterator[tuple[Line, RatingRow]]:
        parse = _rating_parser(movie_ids, self.scale)
        return _plain_rows(self.ratings_file, "::", 4, parse, problems)

    @override
    def links(self, problems: Problems) -> Iterator[tuple[Line, LinkRow]]:
        if not self._has_imdb_numbers:
            return iter(())
        unreported = Problems(limit=0)  # ``films`` reports the same rows
        return (
            (line, LinkRow(film.number, f"tt{film.number:07d}", None))
            for line, film in self.films(unreported)
        )


class HundredKEdition(Edition):
    """``u.data``, ``u.item``, ``u.genre``: 100K, whose films have numbers of their own."""

    RATINGS = "u.data"
    MOVIES = "u.item"
    GENRES: ClassVar[str] = "u.genre"
    NUMBERS_ARE_SHARED = False
    N_COLUMNS_BEFORE_GENRES: ClassVar[int] = 5

    @override
    def films(self, problems: Problems) -> Iterator[tuple[Line, FilmRow]]:
        file = self.source.get(self.GENRES)
        genres = [name for _line, name in _plain_rows(file, "|", 2, itemgetter(0), problems)]
        n_columns = self.N_COLUMNS_BEFORE_GENRES + len(genres)

        def film(fields: Fields) -> FilmRow:
            flags = fields[self.N_COLUMNS_BEFORE_GENRES :]
            listed = [name for name, flag in zip(genres, flags, strict=True) if flag == "1"]
            return _film([fields[0], fields[1], "|".join(listed)])

        return _plain_rows(self.movies_file, "|", n_columns, film, problems)

    @override
    def ratings(
        self, movie_ids: Mapping[int, int], problems: Problems
    ) -> Iterator[tuple[Line, RatingRow]]:
        parse = _rating_parser(movie_ids, self.scale)
        return _plain_rows(self.ratings_file, "\t", 4, parse, problems)


class AtomicEdition(Edition):
    """``*.inter`` and ``*.item``: RecBole's atomic files, whose films may have other numbers."""

    RATINGS = INTER_SUFFIX
    MOVIES = ITEM_SUFFIX
    NUMBERS_ARE_SHARED = False

    def __init__(self, source: Source, scale: int = 5) -> None:
        name = next(name for name in sorted(source.files) if name.endswith(INTER_SUFFIX))
        self.RATINGS = name  # type: ignore[misc] # its own name for it
        self.MOVIES = name.removesuffix(INTER_SUFFIX) + ITEM_SUFFIX  # type: ignore[misc]
        super().__init__(source, scale)

    @classmethod
    @override
    def recognises(cls, source: Source) -> bool:
        return any(name.endswith(INTER_SUFFIX) for name in source.files)

    @override
    def films(self, problems: Problems) -> Iterator[tuple[Line, FilmRow]]:
        header = next(self.movies_file.lines())
        genres = atomic_genres_column(_decode_old(header.content).split("\t"))
        columns = (*ATOMIC_FILM_COLUMNS, genres or ATOMIC_GENRES[0])

        def film(fields: Fields) -> FilmRow:
            number, title, year, listed = fields
            dated = f"{title} ({year})" if year.isascii() and year.isdigit() else title
            return _film([number, dated, "|".join(listed.split())])

        return _csv_rows(self.movies_file, columns, film, problems, quotes=False)

    @override
    def ratings(
        self, movie_ids: Mapping[int, int], problems: Problems
    ) -> Iterator[tuple[Line, RatingRow]]:
        parse = _rating_parser(movie_ids, self.scale)
        return _csv_rows(self.ratings_file, ATOMIC_RATING_COLUMNS, parse, problems, quotes=False)


def edition_of(source: Source, scale: int = 5) -> Edition:
    """Return the edition that the files of ``source`` are; ``scale`` is its best rating.

    Raises
    ------
    ImportFailed
        They are none, or their ratings show another scale.

    """
    for edition in (CsvEdition, DatEdition, HundredKEdition, AtomicEdition):
        if edition.recognises(source):
            found = edition(source, scale)
            for file in (found.ratings_file, found.movies_file):
                if is_utf16(next(file.lines()).content):
                    raise ImportFailed(f"{file.name}: {UTF16}")
            _require_scale(found)
            return found
    if is_netflix(source.files):
        raise ImportFailed(f"{source.location}: {NETFLIX}")
    raise ImportFailed(
        f"There is no MovieLens in {source.location}: "
        "it has neither ratings.csv nor ratings.dat nor u.data nor *.inter."
    )


def _require_many_people(ratings: SourceFile) -> None:
    """Refuse the export of one person, which has ratings of the same name."""
    header = _decode_old(next(ratings.lines()).content)
    if is_own_export(header.replace('"', "").split(delimiter_of(header))):
        raise ImportFailed(f"{ratings.name}: {OWN_EXPORT}")


def _require_scale(edition: Edition) -> None:
    """Refuse a data set on another scale as a whole, before any of it is kept."""
    if edition.scale != MAX_STARS:
        return
    column = {"ratings.dat": "::", "u.data": "\t"}.get(edition.ratings_file.name, "")
    stars = []
    for line in islice(edition.ratings_file.lines(), N_SCALE_ROWS):
        fields = _split_any(line.content, column)
        with suppress(ValueError, IndexError):
            stars.append(float(fields[2]))
    if is_other_scale(stars):
        raise ImportFailed(
            f"{edition.ratings_file.name}: {OTHER_SCALE} Use --scale 10 to halve them."
        )


def _split_any(content: bytes, separator: str) -> Fields:
    text = _decode_old(content)
    return text.split(separator or delimiter_of(text))


def _csv_rows(
    file: SourceFile,
    columns: Fields,
    parse: Callable[[Fields], Row],
    problems: Problems,
    *,
    quotes: bool = True,
    encoding: str = "utf-8",
) -> Iterator[tuple[Line, Row]]:
    """Read a table with a line of names; ``quotes``: whether they enclose values."""
    lines = file.lines()
    header = next(lines)
    delimiter = delimiter_of(_decode_old(header.content)) if quotes else "\t"
    n_columns, pick = _header(file.name, header, columns, delimiter)

    def parse_line(content: bytes) -> Row:
        fields = _split_csv(content, delimiter, encoding) if quotes else _plain(content, delimiter)
        _require_columns(len(fields), n_columns)
        return parse(pick(fields))

    return read_rows(file.name, lines, parse_line, problems)


def _plain_rows(
    file: SourceFile,
    separator: str,
    n_columns: int,
    parse: Callable[[Fields], Row],
    problems: Problems,
) -> Iterator[tuple[Line, Row]]:
    def parse_line(content: bytes) -> Row:
        fields = _decode_old(content).split(separator)
        _require_columns(len(fields), n_columns)
        return parse(fields)

    return read_rows(file.name, file.lines(), parse_line, problems)


def _header(
    name: str, line: Line, columns: Fields, delimiter: str
) -> tuple[int, Callable[[Fields], Fields]]:
    """How many columns a CSV file has, and how to take the wanted ones from a row of it."""
    try:
        found = [column.strip().casefold() for column in _split_csv(content_of(line), delimiter)]
        positions = [found.index(column.casefold()) for column in columns]
    except (BadRow, ValueError):
        begin = printable(line.content)
        raise ImportFailed(
            f"{name} does not begin with a line that names the columns "
            f"{', '.join(columns)}, but with: {begin}"
        ) from None
    return len(found), itemgetter(*positions)


def _plain(content: bytes, delimiter: str) -> Fields:
    return _decode_old(content).split(delimiter)


def _split_csv(content: bytes, delimiter: str, encoding: str = "utf-8") -> Fields:
    try:
        text = content.decode(encoding).removeprefix(_BYTE_ORDER_MARK)
    except UnicodeDecodeError as error:
        raise BadRow(f"byte {error.start + 1} of the line is not {encoding.upper()}") from None
    if '"' not in text:
        return text.split(delimiter)
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise BadRow(f"the quotes are wrong: {error}") from None


def _decode_old(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _require_columns(n_found: int, n_expected: int) -> None:
    if n_found != n_expected:
        raise BadRow(f"{n_found} columns where there should be {n_expected}")


def _film(fields: Fields) -> FilmRow:
    number, text, listed = fields
    title = parse_title(text)
    if not title.text:
        raise BadRow("the title is empty")
    if len(title.text) > MAX_TITLE_CHARACTERS:
        raise BadRow(f"the title is longer than {MAX_TITLE_CHARACTERS} characters")
    names = dict.fromkeys(name.strip() for name in listed.split("|"))
    genres = tuple(GENRE_NAMES.get(name, name) for name in names if name not in NO_GENRES)
    for name in genres:
        if len(name) > MAX_GENRE_CHARACTERS or not slugify(name, allow_unicode=True):
            raise BadRow(f"{printable(name)!r} is no name of a genre")
    return FilmRow(_whole_number("the film's number", number, MAX_MOVIE_NUMBER), title, genres)


def _rating_parser(movie_ids: Mapping[int, int], scale: int) -> Callable[[Fields], RatingRow]:
    latest = int(time.time()) + ONE_DAY_SECONDS

    def parse(fields: Fields) -> RatingRow:
        user, movie, stars, timestamp = fields
        movie_number = _whole_number("the film's number", movie, MAX_MOVIE_NUMBER)
        if movie_number not in movie_ids:
            raise BadRow(f"unknown film {movie_number}")
        return RatingRow(
            _whole_number("the user's number", user, MAX_USER_NUMBER),
            movie_ids[movie_number],
            (_HALF_STARS.get(stars) if scale == MAX_STARS else None) or _half_stars(stars, scale),
            _timestamp(timestamp, latest),
        )

    return parse


def _link(fields: Fields) -> LinkRow:
    number, imdb, tmdb = fields
    imdb_number = _whole_number("the IMDb number", imdb, 10**10 - 1) if imdb else None
    return LinkRow(
        _whole_number("the film's number", number, MAX_MOVIE_NUMBER),
        f"tt{imdb_number:07d}" if imdb_number else "",
        _whole_number("the TMDB number", tmdb, MAX_MOVIE_NUMBER) if tmdb else None,
    )


def _half_stars(stars: str, scale: int) -> int:
    try:
        half_stars = float(decimal_text(stars)) * 2 * MAX_STARS / scale
    except ValueError:
        half_stars = float("nan")
    if half_stars not in _HALF_STARS.values():
        raise BadRow(f"the rating {printable(stars)!r} is not from 0.5 to 5 in halves")
    return int(half_stars)


def _timestamp(text: str, latest: int) -> int:
    """Seconds since 1970; Kaggle's copies write a date and time."""
    if "-" not in text[1:]:
        return _whole_number("the timestamp", text, latest)
    try:
        seconds = timestamp_of(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= latest:
        raise BadRow(f"the timestamp {printable(text)!r} is no time since 1970")
    return seconds


def _whole_number(name: str, text: str, maximum: int) -> int:
    text = whole_text(text)
    if not (text.isascii() and text.isdigit()):
        raise BadRow(f"{name} {printable(text)!r} is not a whole number from 0 on")
    # Python refuses to read thousands of digits; the length settles those.
    if len(text) > len(str(maximum)) or int(text) > maximum:
        raise BadRow(f"{name} {printable(text)!r} is too large")
    return int(text)

"""Others' catalogues of films, streamed: Kaggle's The Movies Dataset, TMDB's and Wikidata's dumps.

Films are added that the catalogue lacks, and what it does not know of the others is filled in;
nothing that is known is changed. A film is found by its IMDb id, its TMDB id, or its title and
year; a film of the same title and year with another id is another film. Without a year (TMDB's
daily export has none), a film whose title is known is passed over.
"""

import ast
import csv
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import chain, islice
from typing import Any, Final

from django.utils.text import slugify

from movies.importers.errors import BadRow, ImportFailed, Problems
from movies.importers.files import SourceFile, readable
from movies.importers.json_stream import entries
from movies.importers.personal.values import imdb_id, number, year_of
from movies.importers.progress import Progress, silent
from movies.importers.runs import import_run
from movies.importers.tmdb import PAGE_URL, PICTURE_URL
from movies.models import Genre, ImportReport, Movie
from movies.titles import match_key

BATCH_ROWS: Final = 2_000
MAX_TITLE_CHARACTERS: Final = 300
MAX_GENRE_CHARACTERS: Final = 50
FILM_CLASSES: Final = frozenset({"Q11424", "Q24862", "Q202866", "Q506240", "Q93204", "Q29168811"})
"""Wikidata's film, short film, animated film, television film, documentary, animated feature."""
_YEAR: Final = re.compile(r"\+(\d{4})-")
_UPDATED: Final = [
    *("imdb_id", "tmdb_id", "year", "description", "description_url", "picture_url"),
]


@dataclass(frozen=True, slots=True)
class Film:
    """A film as another catalogue lists it."""

    title: str
    original_title: str = ""
    year: int | None = None
    imdb_id: str = ""
    tmdb_id: int | None = None
    description: str = ""
    poster_path: str = ""
    genres: tuple[str, ...] = ()


def import_catalogue(
    *, file: SourceFile, limit: int | None = None, progress: Progress = silent
) -> ImportReport:
    """Add the films of a dump to the catalogue, at most ``limit`` of them.

    Raises
    ------
    ImportFailed
        Nothing was imported; the message, which the report keeps, says why.

    """
    problems = Problems()
    with import_run("catalogue", file.name, problems) as report:
        films = _films(file, problems, progress)
        catalogue = _Catalogue()
        n_read = 0
        for film in islice(films, limit):
            catalogue.take(film)
            n_read += 1
        if n_read == 0:
            raise ImportFailed(f"{file.name} has no film that can be imported.")
        report.counts = {"films_read": n_read, **catalogue.finish()}
    return report


class _Catalogue:
    """The films there are, by their ids and titles; written in batches."""

    def __init__(self) -> None:
        self._by_id: dict[str | int, int] = {}
        self._by_title: dict[tuple[str, int | None], tuple[int, ...]] = {}
        self._batch: list[Film] = []
        self._titles: set[str] = set()
        self._counts = {"films_added": 0, "films_changed": 0, "films_unclear": 0}
        self._genres = {genre.slug: genre for genre in Genre.objects.all()}
        rows = Movie.objects.order_by("pk").values_list("pk", "title", "year", "imdb_id", "tmdb_id")
        for row in rows.iterator():
            self._note(*row)

    def take(self, film: Film) -> None:
        """Take a film; it is written with the next batch."""
        self._batch.append(film)
        if len(self._batch) == BATCH_ROWS:
            self._write()

    def finish(self) -> dict[str, int]:
        """Write the rest; gives the numbers of films."""
        self._write()
        return self._counts

    def _write(self) -> None:
        places = [self._places(film) for film in self._batch]
        known = Movie.objects.defer("search", "search_text").in_bulk(set(chain(*places)))
        added: dict[object, list[Movie]] = {}
        films: list[tuple[Movie, Film]] = []
        changed: dict[int, Movie] = {}
        for film, pks in zip(self._batch, places, strict=True):
            keys = [one for one in (film.imdb_id, film.tmdb_id, _key(film)) if one]
            listed = [known[pk] for pk in pks if pk in known]
            movie = next((one for one in listed if _may_be(one, film)), None)
            twins = chain(*(added.get(one, ()) for one in keys))
            twin = next((one for one in twins if _may_be(one, film)), None)
            if movie is not None:
                if _fill_in(movie, film):
                    changed[movie.pk] = movie
            elif twin is not None:
                _fill_in(twin, film)
            elif film.year is None and match_key(film.title) in self._titles:
                self._counts["films_unclear"] += 1
            else:
                films.append((_movie(film), film))
                for one in keys:
                    added.setdefault(one, []).append(films[-1][0])
                self._titles.add(match_key(film.title))
        Movie.objects.bulk_update(changed.values(), _UPDATED, batch_size=BATCH_ROWS)
        movies = Movie.objects.bulk_create(movie for movie, _film in films)
        self._link_genres(films)
        for movie in (*movies, *changed.values()):
            self._note(movie.pk, movie.title, movie.year, movie.imdb_id, movie.tmdb_id)
        self._counts["films_added"] += len(movies)
        self._counts["films_changed"] += len(changed)
        self._batch.clear()

    def _places(self, film: Film) -> tuple[int, ...]:
        """Return the films that may be meant: the one of an id, else those of title and year."""
        found = self._by_id.get(film.imdb_id or 0) or self._by_id.get(film.tmdb_id or 0)
        return (found,) if found else self._by_title.get(_key(film), ())

    def _note(self, pk: int, title: str, year: int | None, imdb: str, tmdb: int | None) -> None:
        if imdb:
            self._by_id.setdefault(imdb, pk)
        if tmdb:
            self._by_id.setdefault(tmdb, pk)
        key = match_key(title), year
        pks = self._by_title.get(key, ())
        if pk not in pks:
            self._by_title[key] = (*pks, pk)
        self._titles.add(key[0])

    def _link_genres(self, films: list[tuple[Movie, Film]]) -> None:
        link = Movie.genres.through
        links = []
        for movie, film in films:
            for name in film.genres:
                slug = slugify(name, allow_unicode=True)
                if slug not in self._genres:
                    self._genres[slug] = Genre.objects.create(name=name, slug=slug)
                links.append(link(movie_id=movie.pk, genre_id=self._genres[slug].pk))
        link.objects.bulk_create(links, batch_size=BATCH_ROWS, ignore_conflicts=True)


def _films(file: SourceFile, problems: Problems, progress: Progress) -> Iterator[Film]:
    with readable(file.name), file.open() as stream:
        start = stream.read(4096)
    is_json = start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}
    if not is_json and b"imdb_id" not in start.partition(b"\n")[0]:
        raise ImportFailed(
            f"{file.name} is none of: movies_metadata.csv (The Movies Dataset), TMDB's daily "
            "export (JSON lines), a dump of Wikidata (JSON)."
        )
    rows = _json_rows(file, problems) if is_json else _csv_rows(file)
    for n_rows, (line, row, end) in enumerate(rows):
        try:
            film = _parser(row)(row)
        except BadRow as reason:
            problems.add(file.name, line, str(reason), str(row)[:200])
            continue
        if film is not None:
            yield film
        if n_rows % BATCH_ROWS == 0:
            progress(file.name, end, file.n_bytes)
    progress(file.name, file.n_bytes, file.n_bytes)


def _json_rows(file: SourceFile, problems: Problems) -> Iterator[tuple[int, Any, int]]:
    for entry in entries(file, problems):
        yield entry.number, entry.value, entry.end


def _csv_rows(file: SourceFile) -> Iterator[tuple[int, Any, int]]:
    with readable(file.name), file.open() as stream:
        reader = csv.DictReader(TextIOWrapper(stream, "utf-8-sig", errors="replace", newline=""))
        try:
            for row in reader:
                yield reader.line_num, row, 0
        except csv.Error as error:
            raise ImportFailed(f"{file.name}, line {reader.line_num}: {error}.") from None


def _parser(row: Any) -> Callable[[Any], Film | None]:
    if not isinstance(row, dict):
        raise BadRow("this is not a film")
    if "claims" in row:
        return _of_wikidata
    return _of_tmdb


def _of_tmdb(row: dict[str, Any]) -> Film | None:
    """Read a row of TMDB's daily export, or of Kaggle's copy of TMDB.

    Adult films are left out.
    """
    if str(row.get("adult")).casefold() == "true" or str(row.get("video")).casefold() == "true":
        return None
    original = str(row.get("original_title") or "").strip()
    title = str(row.get("title") or original).strip()
    tmdb_id = number(row.get("id"))
    if not title or tmdb_id is None:
        raise BadRow("the title or the number is missing")
    return Film(
        _storable(title),
        _storable(original if original != title else ""),
        year_of(row.get("release_date")),
        imdb_id(row.get("imdb_id")),
        tmdb_id,
        str(row.get("overview") or "").replace("\0", "").strip(),
        str(row.get("poster_path") or ""),
        _genres(row.get("genres")),
    )


def _of_wikidata(entity: dict[str, Any]) -> Film | None:
    """Read an entity of Wikidata.

    Entities that are no films are skipped silently.
    """
    claims = entity.get("claims")
    if not isinstance(claims, dict):
        return None
    kinds = {str(value.get("id")) for value in _values(claims, "P31") if isinstance(value, dict)}
    if not kinds & FILM_CLASSES:
        return None
    labels = entity.get("labels")
    labels = labels if isinstance(labels, dict) else {}
    label = labels.get("en") or labels.get("mul")
    title = str(label.get("value") or "").strip() if isinstance(label, dict) else ""
    if not title:
        raise BadRow("there is no English title")
    dates = (str(value.get("time")) for value in _values(claims, "P577") if isinstance(value, dict))
    years = [int(match[1]) for text in dates if (match := _YEAR.match(text))]
    originals = [v.get("text") for v in _values(claims, "P1476") if isinstance(v, dict)]
    original = str(originals[0] or "") if originals else ""
    return Film(
        _storable(title),
        _storable(original if original != title else ""),
        min(years, default=None),
        imdb_id(next(iter(_values(claims, "P345")), "")),
        number(next(iter(_values(claims, "P4947")), None)),
    )


def _values(claims: dict[str, Any], name: str) -> list[Any]:
    found = []
    listed = claims.get(name)
    for claim in listed if isinstance(listed, list) else ():
        snak = claim.get("mainsnak") if isinstance(claim, dict) else None
        value = snak.get("datavalue") if isinstance(snak, dict) else None
        if isinstance(value, dict) and "value" in value:
            found.append(value["value"])
    return found


def _genres(value: Any) -> tuple[str, ...]:
    """Names of genres; Kaggle's file has them as a list written by Python."""
    if isinstance(value, str):
        try:
            value = json.loads(value) if '"' in value else ast.literal_eval(value)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return ()
    listed = value if isinstance(value, list) else ()
    names = [str(one.get("name") or "") for one in listed if isinstance(one, dict)]
    return tuple(
        dict.fromkeys(
            name
            for name in names
            if len(name) <= MAX_GENRE_CHARACTERS and slugify(name, allow_unicode=True)
        )
    )


def _storable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:MAX_TITLE_CHARACTERS]


def _key(film: Film) -> tuple[str, int | None]:
    return match_key(film.title), film.year


def _may_be(movie: Movie, film: Film) -> bool:
    """Return whether a movie has an id of the film, or no id that contradicts."""
    pairs = ((movie.imdb_id, film.imdb_id), (movie.tmdb_id, film.tmdb_id))
    known = [mine == theirs for mine, theirs in pairs if mine and theirs]
    return any(known) or not known


def _movie(film: Film) -> Movie:
    movie = Movie(title=film.title, other_titles=film.original_title)
    _fill_in(movie, film)
    return movie


def _fill_in(movie: Movie, film: Film) -> bool:
    """Set what is not known of the film; says whether anything was set."""
    poster = f"{PICTURE_URL}{film.poster_path}" if film.poster_path.startswith("/") else ""
    page = f"{PAGE_URL}{film.tmdb_id}" if film.description and film.tmdb_id else ""
    wanted = {
        "imdb_id": film.imdb_id,
        "tmdb_id": film.tmdb_id,
        "year": film.year,
        "description": film.description,
        "picture_url": poster,
    }
    changed = [name for name, value in wanted.items() if value and not getattr(movie, name)]
    for name in changed:
        setattr(movie, name, wanted[name])
    if "description" in changed:
        movie.description_url = page
    return bool(changed)

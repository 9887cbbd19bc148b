"""People, countries, languages, runtimes and awards of films from Wikidata (CC0).

The source is an SQLite file with a table ``omdb``, one film a row, as the package
``bokeh_sampledata`` carries it: 17,472 films of 1940 to 2014. A row belongs to a film of the same
IMDb id. Rows of other films match by title (equal but for case, accents, punctuation and the
article) and year (one apart at most), unless the film has another IMDb id. A film that no row
matches so takes the one row whose title is another form of its own ("Dr. Strangelove", "Kill Bill:
Volume 1"; ``movies.title_variants``), of the same year if it is a part of the title.

The file lists the cast alphabetically. The importer orders it by the number of ratings of all films
that an actor appears in, so that well-known names come first.
"""

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

from django.db import connection

from movies.importers.errors import BadRow, ImportFailed, Problems
from movies.importers.progress import Progress, silent
from movies.importers.runs import import_run
from movies.models import Credit, ImportReport, Movie, Person, Role
from movies.people import MAX_NAME_CHARACTERS
from movies.title_variants import VariantIndex, Variants, variants_of
from movies.titles import match_keys, parse_title

BUILTIN_PACKAGE: Final = "bokeh_sampledata"
MAX_YEARS_APART: Final = 1
MAX_RUNTIME_MINUTES: Final = 1_000
MAX_CAST: Final = 30
BATCH_ROWS: Final = 5_000
_LAST: Final = (1_000, 0, 0)
"""How well a title in another form fits: worse than any equal title."""
SEPARATOR: Final = "\x1f"
PROGRESS_ROWS: Final = 1_000
COLUMNS: Final = (
    *("imdbID", "Title", "Year", "Runtime", "Director", "Writer", "Cast", "Language", "Country"),
    "Awards",
)
_IMDB_ID: Final = re.compile(r"^tt\d{7,10}$")
_UPDATE_FACTS: Final = """
WITH source AS (
    SELECT pk, imdb_id, runtime, awards,
        string_to_array(countries, chr(31)) AS countries,
        string_to_array(languages, chr(31)) AS languages
    FROM unnest(
        %s::bigint[], %s::text[], %s::int[], %s::text[], %s::text[], %s::text[]
    ) AS row (pk, imdb_id, runtime, awards, countries, languages)
), merged AS (
    SELECT movie.id, coalesce(nullif(movie.imdb_id, ''), source.imdb_id) AS imdb_id, replaced.*
    FROM movies_movie AS movie
    JOIN source ON source.pk = movie.id
    CROSS JOIN LATERAL (SELECT %s AS yes) AS overwrite
    CROSS JOIN LATERAL (
        SELECT
            CASE WHEN overwrite.yes OR movie.runtime_minutes IS NULL
                THEN coalesce(source.runtime, movie.runtime_minutes)
                ELSE movie.runtime_minutes END AS runtime_minutes,
            CASE WHEN source.awards <> '' AND (overwrite.yes OR movie.awards = '')
                THEN source.awards ELSE movie.awards END AS awards,
            CASE WHEN source.countries <> '{}' AND (overwrite.yes OR movie.countries = '{}')
                THEN source.countries ELSE movie.countries::text[] END AS countries,
            CASE WHEN source.languages <> '{}' AND (overwrite.yes OR movie.languages = '{}')
                THEN source.languages ELSE movie.languages::text[] END AS languages
    ) AS replaced
)
UPDATE movies_movie AS movie
SET imdb_id = merged.imdb_id, runtime_minutes = merged.runtime_minutes, awards = merged.awards,
    countries = merged.countries, languages = merged.languages, facts_source = 'wikidata',
    updated_at = now()
FROM merged
WHERE movie.id = merged.id AND (
    movie.facts_source <> 'wikidata' OR
    (movie.imdb_id, movie.awards, movie.countries::text[], movie.languages::text[])
        <> (merged.imdb_id, merged.awards, merged.countries, merged.languages) OR
    movie.runtime_minutes IS DISTINCT FROM merged.runtime_minutes
)
"""
_INSERT_CREDITS: Final = """
INSERT INTO movies_credit (movie_id, role, person_id, position)
SELECT row.movie_id, row.role, person.id, row.position
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::int[]) AS row (movie_id, role, name, position)
JOIN movies_person AS person ON person.name = row.name
"""


class Facts(NamedTuple):
    """What Wikidata says of a film."""

    imdb_id: str
    keys: tuple[str, ...]
    variants: Variants
    year: int
    runtime_minutes: int | None
    countries: list[str]
    languages: list[str]
    awards: str
    people: dict[str, list[str]]
    """Names by role. Directors and writers in the order of the source."""


def builtin_path() -> Path:
    """Return the path of the database in ``bokeh_sampledata``, without importing the package.

    Raises
    ------
    ImportFailed
        The package is not installed.

    """
    package = find_spec(BUILTIN_PACKAGE)
    folders = [] if package is None else list(package.submodule_search_locations or [])
    if not folders:
        raise ImportFailed(f"Install requirements/local.txt: {BUILTIN_PACKAGE} is missing.")
    return Path(folders[0]) / "_data" / "movies.db"


def import_wikidata(
    *,
    path: Path,
    overwrite: bool = False,
    progress: Progress = silent,
    report: ImportReport | None = None,
) -> ImportReport:
    """Add people and facts to the films of the catalogue. Running it twice changes nothing.

    A fact that a film already has stays as it is, and so do the people of a role that the film
    already has people for, unless ``overwrite`` is true.

    Raises
    ------
    ImportFailed
        Nothing was imported. The report keeps the message.

    """
    problems = Problems()
    with import_run("wikidata", str(path), problems, report) as report:
        matches = _Matches()
        n_rows = 0
        for facts in _rows(path, problems, progress):
            n_rows += 1
            matches.offer(facts)
        if n_rows == 0:
            raise ImportFailed(f"{path.name} has no row that can be imported.")
        best = matches.best()
        report.counts = {
            "rows_read": n_rows,
            "films_matched": len(best),
            "films_unmatched": matches.n_films - len(best),
            "films_changed": _save_facts(best, overwrite=overwrite),
            **_save_people(best, overwrite=overwrite),
        }
    return report


class _Matches:
    """The best row for each film, and no row for two films."""

    def __init__(self) -> None:
        self._by_imdb_id: dict[str, int] = {}
        self._by_key: dict[str, list[tuple[int, int, int]]] = {}
        self._variants: VariantIndex[int] = VariantIndex()
        self._offers: list[tuple[tuple[int, int, int], int, Facts]] = []
        fields = ("pk", "imdb_id", "year", "title", "other_titles")
        films = list(Movie.objects.order_by("pk").values_list(*fields))
        self.n_films = len(films)
        for pk, imdb_id, year, title, others in films:
            if imdb_id:
                self._by_imdb_id.setdefault(imdb_id, pk)
            elif year is not None:
                titles = (title, *filter(None, others.split("; ")))
                self._variants.add(pk, variants_of(titles), year)
                for position, key in enumerate(match_keys(*titles)):
                    self._by_key.setdefault(key, []).append((pk, year, position))

    def offer(self, facts: Facts) -> None:
        """Note the films that the row may belong to."""
        if (pk := self._by_imdb_id.get(facts.imdb_id)) is not None:
            self._offers.append(((0, 0, 0), pk, facts))
            return
        for n_key, key in enumerate(facts.keys):
            for pk, year, position in self._by_key.get(key, ()):
                n_years = abs(year - facts.year)
                if n_years <= MAX_YEARS_APART:
                    self._offers.append(((1 + position, n_years, n_key), pk, facts))
        in_other_form = self._variants.find(facts.variants, facts.year)
        if in_other_form.is_sure and len(set(in_other_form.items)) == 1:
            self._offers.append((_LAST, in_other_form.items[0], facts))

    def best(self) -> dict[int, Facts]:
        """Return the row of each film, assigning the closest pairs first."""
        found: dict[int, Facts] = {}
        taken: set[int] = set()
        for _fit, pk, facts in sorted(self._offers, key=lambda offer: offer[0]):
            if pk not in found and id(facts) not in taken:
                found[pk] = facts
                taken.add(id(facts))
        return found


def _rows(path: Path, problems: Problems, progress: Progress) -> Iterator[Facts]:
    if not path.is_file():
        raise ImportFailed(f"{path} is not a file.")
    columns = ", ".join(f'"{name}"' for name in COLUMNS)  # "Cast" is a keyword
    query = f"SELECT rowid, {columns} FROM omdb ORDER BY rowid"  # noqa: S608 # constants
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
            (n_rows,) = database.execute("SELECT count(*) FROM omdb").fetchone()
            for n_read, (number, *values) in enumerate(database.execute(query), start=1):
                try:
                    yield _facts(dict(zip(COLUMNS, values, strict=True)))
                except BadRow as reason:
                    problems.add(path.name, number, str(reason), ", ".join(map(str, values)))
                if n_read % PROGRESS_ROWS == 0:
                    progress(path.name, n_read, n_rows)
            progress(path.name, n_rows, n_rows)
    except sqlite3.Error as error:
        raise ImportFailed(f"{path.name} cannot be read: {error}.") from error


def _facts(row: dict[str, Any]) -> Facts:
    title, year, imdb_id = row["Title"], row["Year"], row["imdbID"]
    if not isinstance(title, str) or not title.strip():
        raise BadRow("the title is missing")
    if not isinstance(year, int):
        raise BadRow("the year is missing")
    if not isinstance(imdb_id, str) or not _IMDB_ID.match(imdb_id):
        raise BadRow("the IMDb id is not tt and 7 to 10 digits")
    runtime = row["Runtime"]
    is_runtime = isinstance(runtime, int | float) and 0 < runtime <= MAX_RUNTIME_MINUTES
    parsed = parse_title(title)
    return Facts(
        imdb_id=imdb_id,
        keys=match_keys(parsed.text, *parsed.others),
        variants=variants_of((parsed.text, *parsed.others)),
        year=year,
        runtime_minutes=round(runtime) if is_runtime else None,
        countries=_names(row["Country"], 100),
        languages=_names(row["Language"], 100),
        awards=_text(row["Awards"])[:300],
        people={
            Role.DIRECTOR: _names(row["Director"], MAX_NAME_CHARACTERS),
            Role.WRITER: _names(row["Writer"], MAX_NAME_CHARACTERS),
            Role.CAST: _names(row["Cast"], MAX_NAME_CHARACTERS),
        },
    )


def _text(value: object) -> str:
    return value.replace("\0", "").strip() if isinstance(value, str) else ""


def _names(value: object, max_characters: int) -> list[str]:
    """Split a list of names at its commas; "Jr." and the like belong to the name before."""
    text = re.sub(r",\s+((?:Jr|Sr)\.?|I{2,3})(?=,|$)", r" \1", _text(value))
    names = (" ".join(name.split()) for name in text.split(","))
    return list(dict.fromkeys(name for name in names if name and len(name) <= max_characters))


def _save_facts(best: dict[int, Facts], *, overwrite: bool) -> int:
    """Write what the films lack and return how many films changed."""
    # Lists travel as one text each: unnest() takes no lists of different lengths.
    rows = [
        (
            pk,
            facts.imdb_id,
            facts.runtime_minutes,
            facts.awards,
            *map(SEPARATOR.join, (facts.countries, facts.languages)),
        )
        for pk, facts in best.items()
    ]
    with connection.cursor() as cursor:
        columns = [list(column) for column in zip(*rows, strict=True)] or [[]] * 6
        cursor.execute(_UPDATE_FACTS, [*columns, overwrite])
        return int(cursor.rowcount)


def _save_people(best: dict[int, Facts], *, overwrite: bool) -> dict[str, int]:
    """Write the people and credits that are missing and return how many."""
    if overwrite:
        Credit.objects.filter(movie__in=best).delete()
    credited = set(Credit.objects.order_by().values_list("movie_id", "role").distinct())
    order = _cast_order(best)
    wanted = [
        (movie_id, str(role), name, position)
        for movie_id, facts in best.items()
        for role, names in facts.people.items()
        if (movie_id, role) not in credited
        for position, name in enumerate(order(names) if role == Role.CAST else names)
    ]
    known = set(Person.objects.order_by().values_list("name", flat=True))
    new = dict.fromkeys(name for _movie, _role, name, _position in wanted if name not in known)
    Person.objects.bulk_create([Person(name=name) for name in new], batch_size=BATCH_ROWS)
    columns = [list(column) for column in zip(*wanted, strict=True)] or [[]] * 4
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_CREDITS, columns)
    return {"people_added": len(new), "credits_added": len(wanted)}


def _cast_order(best: dict[int, Facts]) -> Callable[[Sequence[str]], list[str]]:
    """Return a function that sorts actors by the ratings of their films, and keeps ``MAX_CAST``."""
    n_ratings = dict(Movie.objects.order_by().values_list("pk", "n_ratings"))
    known: Counter[str] = Counter()
    for movie_id, facts in best.items():
        for name in facts.people[Role.CAST]:
            known[name] += n_ratings[movie_id]

    def order(names: Sequence[str]) -> list[str]:
        return sorted(names, key=lambda name: -known[name])[:MAX_CAST]

    return order

"""Descriptions and addresses of pictures from Wikipedia's film articles.

The file has one JSON object a line, or is one array of objects, as
https://github.com/prust/wikipedia-movie-data has them: title, year, extract, href, thumbnail. The
text is under CC BY-SA, so each film keeps the address of its article.
An article belongs to a film if one title of each is the same but for case, accents, punctuation and
the article, and their years differ by one at most.
"""

import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from django.utils import timezone

from movies.importers.errors import BadRow, ImportFailed, Problems
from movies.importers.files import SourceFile
from movies.importers.json_stream import entries
from movies.importers.progress import Progress, silent
from movies.importers.runs import import_run
from movies.models import ImportReport, Movie
from movies.titles import match_keys, parse_title

ARTICLE_URL: Final = "https://en.wikipedia.org/wiki/"
MAX_URL_CHARACTERS: Final = 500
MAX_YEARS_APART: Final = 1
PROGRESS_ROWS: Final = 1_000
BATCH_ROWS: Final = 1_000


class Article(NamedTuple):
    """What Wikipedia says of a film."""

    keys: tuple[str, ...]
    year: int
    extract: str
    url: str
    thumbnail: str


def import_wikipedia(
    *,
    file: SourceFile,
    overwrite: bool = False,
    progress: Progress = silent,
    report: ImportReport | None = None,
) -> ImportReport:
    """Describe the films of which Wikipedia has an article.

    A film that has a description or a picture keeps it, unless ``overwrite``. ``report`` is that of
    a request, if the import was asked for by one.

    Raises
    ------
    ImportFailed
        Nothing was imported; the message, which the report keeps, says why.

    """
    problems = Problems()
    with import_run("wikipedia", file.name, problems, report) as report:
        matches = _Matches()
        n_articles = 0
        for article in _articles(file, problems, progress):
            n_articles += 1
            matches.offer(article)
        if n_articles == 0:
            raise ImportFailed(f"{file.name} has no row that can be imported.")
        report.counts = {"articles_read": n_articles, **matches.save(overwrite=overwrite)}
    return report


class _Matches:
    """The best article so far for each film; of two that are equally good, the first."""

    def __init__(self) -> None:
        self._films: dict[str, list[tuple[int, int, int]]] = {}
        self._best: dict[int, tuple[tuple[int, int], Article]] = {}
        self._n_films = Movie.objects.count()
        films = Movie.objects.exclude(year=None).values_list("pk", "year", "title", "other_titles")
        for pk, year, title, others in films.iterator():
            for position, key in enumerate(match_keys(title, *others.split("; "))):
                self._films.setdefault(key, []).append((pk, year or 0, position))

    def offer(self, article: Article) -> None:
        """Keep the article for each film it belongs to, if none fits better."""
        for key in article.keys:
            for pk, year, position in self._films.get(key, ()):
                n_years = abs(year - article.year)
                fit = (position, n_years)
                if n_years <= MAX_YEARS_APART and (pk not in self._best or fit < self._best[pk][0]):
                    self._best[pk] = (fit, article)

    def save(self, *, overwrite: bool) -> dict[str, int]:
        """Write the descriptions and pictures; gives how many of what."""
        n_descriptions = n_pictures = 0
        now, films = timezone.now(), []
        for film in Movie.objects.only("description", "picture_url").in_bulk(self._best).values():
            _fit, article = self._best[film.pk]
            is_undescribed = bool(article.extract) and (overwrite or not film.description)
            is_unpictured = bool(article.thumbnail) and (overwrite or not film.picture_url)
            if is_undescribed:
                film.description, film.description_url = article.extract, article.url
            if is_unpictured:
                film.picture_url = article.thumbnail
            if is_undescribed or is_unpictured:
                film.updated_at = now
                films.append(film)
            n_descriptions += is_undescribed
            n_pictures += is_unpictured
        fields = ["description", "description_url", "picture_url", "updated_at"]
        Movie.objects.bulk_update(films, fields, batch_size=BATCH_ROWS)
        return {
            "films_matched": len(self._best),
            "films_unmatched": self._n_films - len(self._best),
            "descriptions_set": n_descriptions,
            "pictures_set": n_pictures,
        }


def _articles(file: SourceFile, problems: Problems, progress: Progress) -> Iterator[Article]:
    for entry in entries(file, problems):
        try:
            article = _article(entry.value)
        except BadRow as reason:
            problems.add(file.name, entry.number, str(reason), json.dumps(entry.value)[:200])
        else:
            yield article
        if entry.number % PROGRESS_ROWS == 0:
            progress(file.name, entry.end, file.n_bytes)
    progress(file.name, file.n_bytes, file.n_bytes)


def _article(row: Any) -> Article:
    if not isinstance(row, dict):
        raise BadRow("this is not a JSON object")
    title, year = row.get("title"), row.get("year")
    if not isinstance(title, str) or not title.strip():
        raise BadRow("the title is missing")
    if not isinstance(year, int):
        raise BadRow("the year is missing")
    parsed = parse_title(title)
    return Article(
        match_keys(parsed.text, *parsed.others),
        year,
        _text(row, "extract"),
        # It is a path of a URL already; quoting lets nothing else through.
        _url(ARTICLE_URL + quote(_text(row, "href"), safe="%/():,;!*'")) if row.get("href") else "",
        _url(_text(row, "thumbnail")),
    )


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name) or ""
    if not isinstance(value, str):
        raise BadRow(f"the {name} is not a text")
    return value.replace("\0", "").strip()


def _url(address: str) -> str:
    """Return the address if a browser may be sent to it, else an empty text."""
    is_usable = address.startswith("https://") and len(address) <= MAX_URL_CHARACTERS
    return address if is_usable else ""

"""Plex: a library as its API gives it (XML), such as ``/library/sections/1/all``.

The XML is read element by element. A document type is refused: entities could grow without bounds.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat

from django.utils.translation import gettext_lazy as _

from movies.importers.errors import BadRow, ImportFailed
from movies.importers.personal.dates import moment
from movies.importers.personal.files import Member, Upload
from movies.importers.personal.protocol import Kind, Refused, Row, joined
from movies.importers.personal.values import Scale, imdb_id, number, rating_of, year_of

_ROOT: Final = re.compile(rb"<MediaContainer\b")
_TMDB: Final = re.compile(r"(?:tmdb|themoviedb)://(\d+)")


class Plex:
    """Reads the libraries of Plex."""

    name = "plex"
    label = "Plex"
    help = _("Save the page /library/sections/1/all?includeGuids=1 of your server as a file.")

    def recognise(self, upload: Upload) -> bool:
        """Return whether an XML file is a list of media of Plex."""
        return any(map(_is_library, upload.members))

    def rows(self, upload: Upload) -> Iterator[Row | Refused]:
        """Yield ratings and watched films; home videos have no id and no year."""
        for member in filter(_is_library, upload.members):
            for video in _videos(member):
                try:
                    yield _row(member, video)
                except BadRow as reason:
                    title = video.values.get("title", "")
                    yield Refused(member.path, video.line, str(reason), title)


@dataclass
class _Video:
    line: int
    values: dict[str, str]
    ids: list[str] = field(default_factory=list)


def _is_library(member: Member) -> bool:
    return member.first_character == "<" and bool(_ROOT.search(member.head))


def _videos(member: Member) -> Iterator[_Video]:
    parser = expat.ParserCreate()
    found: list[_Video] = []

    def start(name: str, values: dict[str, str]) -> None:
        if name in {"Video", "Directory"}:
            found.append(_Video(parser.CurrentLineNumber, values, [values.get("guid", "")]))
        elif name == "Guid" and found:
            found[-1].ids.append(values.get("id", ""))

    def refuse(*_arguments: Any) -> None:
        raise ImportFailed(f"{member.path} declares a document type, which is not read.")

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    try:
        for chunk in member.chunks():
            parser.Parse(chunk, False)  # expat's own
            yield from found[:-1]  # the last one may still get ids
            del found[:-1]
        parser.Parse(b"", True)  # expat's own
    except (expat.ExpatError, ValueError, LookupError):  # LookupError: an unknown encoding
        raise ImportFailed(f"{member.path} is damaged: it is not complete XML.") from None
    yield from found


def _row(member: Member, video: _Video) -> Row:
    values, ids = video.values, " ".join(video.ids)
    tmdb = _TMDB.search(ids)
    if values.get("type") != "movie":
        raise BadRow(f"{values.get('type') or 'folder'} is not a film")
    imdb, year = imdb_id(ids), year_of(values.get("year"))
    if not (imdb or tmdb or year):
        raise BadRow("a home video, with neither id nor year")
    stars, rounded = rating_of(values.get("userRating"), Scale.TEN)
    if not stars and not number(values.get("viewCount")):
        raise BadRow("neither rated nor watched")
    happened_at, note = moment(values.get("lastRatedAt" if stars else "lastViewedAt"))
    return Row(
        member.path,
        video.line,
        Kind.RATING if stars else Kind.SEEN,
        title=values.get("title", ""),
        original_title=values.get("originalTitle", ""),
        year=year,
        imdb_id=imdb,
        tmdb_id=number(tmdb[1]) if tmdb else None,
        is_film=True,
        half_stars=stars,
        happened_at=happened_at,
        note=joined(note, rounded),
    )

"""Where a film's text and picture come from, and what their sources ask to be said of it."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from movies.models import FactsSource, Movie

CC_BY_SA_URL: Final = "https://creativecommons.org/licenses/by-sa/4.0/"
CC0_URL: Final = "https://creativecommons.org/publicdomain/zero/1.0/"
WIKIDATA_URL: Final = "https://www.wikidata.org/"
TMDB_NOTICE: Final = _("This product uses the TMDB API but is not endorsed or certified by TMDB.")
_WIKIMEDIA_FILE: Final = re.compile(
    r"^/wikipedia/(?P<wiki>[a-z]+)/(?:thumb/)?[0-9a-f]/[0-9a-f]{2}/(?P<name>[^/]+)"
)


@dataclass(frozen=True)
class Attribution:
    """One source of what a film's page shows."""

    of_what: Promise | str
    source: str
    url: str
    """Where it stands, and its authors are named."""
    licence: str = ""
    licence_url: str = ""
    notice: Promise | str = ""
    """What the source asks to be said."""


def attributions(movie: Movie) -> list[Attribution]:
    """Return the sources of the film's text, of its facts and, if it is shown, of its picture."""
    found = []
    if movie.description and movie.description_url:
        found.append(_of_text(movie.description_url))
    if movie.facts_source == FactsSource.WIKIDATA:
        found.append(Attribution(_("People and facts"), "Wikidata", WIKIDATA_URL, "CC0", CC0_URL))
    if movie.picture:
        found.append(_of_picture(movie))
    return found


def _of_text(url: str) -> Attribution:
    host = urlsplit(url).hostname or url
    if host.endswith(".wikipedia.org"):
        return Attribution(_("Text"), "Wikipedia", url, "CC BY-SA 4.0", CC_BY_SA_URL)
    if host == "www.themoviedb.org":
        return Attribution(_("Text"), "TMDB", url, notice=TMDB_NOTICE)
    return Attribution(_("Text"), host, url)


def _of_picture(movie: Movie) -> Attribution:
    parts = urlsplit(movie.picture_url)
    host = parts.hostname or movie.picture_url
    if host == "image.tmdb.org":
        # Without an id, TMDB's own page is still whom to thank.
        page = f"movie/{movie.tmdb_id}" if movie.tmdb_id else ""
        url = f"https://www.themoviedb.org/{page}"
        return Attribution(_("Picture"), "TMDB", url, notice=TMDB_NOTICE)
    if host == "upload.wikimedia.org" and (match := _WIKIMEDIA_FILE.match(parts.path)):
        wiki = match["wiki"]
        site = "commons.wikimedia.org" if wiki == "commons" else f"{wiki}.wikipedia.org"
        return Attribution(_("Picture"), "Wikimedia", f"https://{site}/wiki/File:{match['name']}")
    return Attribution(_("Picture"), host, movie.picture_url)

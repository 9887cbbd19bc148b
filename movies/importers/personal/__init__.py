"""A person's own ratings from elsewhere: one file per source, recognised by its content."""

from typing import Final

from movies.importers.personal import generic
from movies.importers.personal.files import Upload
from movies.importers.personal.imdb import Imdb
from movies.importers.personal.jellyfin import Jellyfin
from movies.importers.personal.letterboxd import Letterboxd
from movies.importers.personal.marquee import Marquee
from movies.importers.personal.movielens_org import MovieLensOrg
from movies.importers.personal.plex import Plex
from movies.importers.personal.protocol import Importer
from movies.importers.personal.simkl import Simkl
from movies.importers.personal.tmdb import Tmdb
from movies.importers.personal.trakt import Trakt
from movies.importers.personal.yamtrack import Yamtrack

IMPORTERS: Final[tuple[Importer, ...]] = (
    Letterboxd(),
    Imdb(),
    Trakt(),
    Simkl(),
    Tmdb(),
    Yamtrack(),
    MovieLensOrg(),
    Plex(),
    Jellyfin(),
    Marquee(),
)
"""Every importer, the most specific first."""


def importer_of(upload: Upload) -> Importer | None:
    """Return the importer that recognises the upload; None if no importer does."""
    return next((one for one in IMPORTERS if one.recognise(upload)), None)


def importer_named(name: str) -> Importer | None:
    """Return the importer of this name; None if there is none."""
    return next((one for one in IMPORTERS if one.name == name), None)


def label_of(source: str) -> str:
    """Return the name of a source as people know it."""
    importer = importer_named(source)
    return importer.label if importer else generic.LABEL

"""Links from a film to other sites, made from the operator's templates."""

import string
from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.utils.translation import gettext

from movies.models import Movie

FIELDS = ("imdb_id", "tmdb_id", "title", "year")


@dataclass(frozen=True)
class FilmLink:
    """The name of another site and the film's address there."""

    name: str
    url: str


def link_fields(template: str) -> set[str]:
    """Return the names of the fields in a template: ``https://site/{imdb_id}`` has ``imdb_id``."""
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(template) if name}


def film_links(movie: Movie) -> list[FilmLink]:
    """Return the film's links in the order of the setting, without those that lack a field."""
    values = {name: quote(str(getattr(movie, name) or ""), safe="") for name in FIELDS}
    links = [FilmLink(gettext("Trailer"), movie.trailer_url)] if movie.trailer_url else []
    for entry in settings.FILM_LINKS:
        name, _, template = entry.partition("=")
        if all(values.get(field) for field in link_fields(template)):
            links.append(FilmLink(gettext(name), template.format(**values)))
    return links

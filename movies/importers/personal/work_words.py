"""The words for kinds of works, one a line by language; folded. ``works`` says how they count."""

from collections.abc import Mapping, Sequence
from typing import Final

_Words = Mapping[str, Sequence[str]]

OTHER_TYPES: Final[_Words] = {
    "en": (
        "serie",
        "season",
        "episod",
        "game",
        "podcast",
        "music",
        "book",
        "manga",
        "comic",
        "album",
        "song",
    ),
    "de": (
        "staffel",
        "folge",
        "musik",
        "videospiel",
        "buch",
    ),
    "es": (
        "temporada",
        "capitulo",
        "libro",
    ),
    "fr": (
        "saison",
        "livre",
    ),
    "it": (
        "stagione",
        "puntata",
    ),
}
"""Parts of what a column of types says about a work that is no film."""

FILM_TYPES: Final[_Words] = {
    "en": (
        "movie",
        "film",
        "feature",
        "short",
        "special",
        "documentary",
        "video",
    ),
    "de": ("kurz",),
    "es": ("pelicula",),
}
"""Parts of what a column of types says about a film, unless it says one of ``OTHER_TYPES``."""

TV_TYPES: Final[_Words] = {
    "en": (
        "tv",
        "show",
        "anime",
        "program",
    ),
}
"""Beginnings of words that mean a series unless there is one of ``FILM_TYPES``, too."""

SERIES: Final[_Words] = {
    "en": (
        "series",
        "tvseries",
        "miniseries",
    ),
    "de": (
        "serie",
        "fernsehserie",
        "miniserie",
    ),
}
"""Words for a series in a mark after the title."""

BESIDE_SERIES: Final[_Words] = {
    "en": (
        "animated",
        "anime",
        "drama",
        "limited",
        "mini",
        "original",
        "television",
        "tv",
        "web",
    ),
    "es": (
        "animacion",
        "de",
    ),
    "fr": (
        "animee",
        "televisee",
    ),
    "it": ("di",),
}
"""Words that may stand beside those of ``SERIES`` in a mark."""

NUMBERED: Final[_Words] = {
    "en": (
        "season",
        "series",
        "episode",
    ),
    "de": (
        "staffel",
        "folge",
    ),
    "es": (
        "temporada",
        "episodio",
    ),
    "fr": ("saison",),
    "it": (
        "stagione",
        "puntata",
    ),
}
"""Words for a part of a series in a mark, with a number before or after them."""

OTHER_MARKS: Final[_Words] = {
    "en": (
        "mini",
        "tv show",
        "episode",
        "tv episode",
        "vg",
        "video game",
        "computer game",
        "music video",
        "podcast",
    ),
    "de": (
        "videospiel",
        "computerspiel",
        "musikvideo",
    ),
    "es": (
        "episodio",
        "episodio de tv",
        "videojuego",
        "video musical",
    ),
    "fr": ("jeu video",),
    "it": ("videogioco",),
}
"""Whole marks after the title of a work that is no film."""

SHORT_OR_TV_MARKS: Final[_Words] = {
    "en": (
        "tv",
        "made for tv",
        "tv movie",
        "tv film",
        "tv special",
        "tv short",
        "video",
        "short",
        "short film",
        "s",
        "v",
    ),
    "de": (
        "fernsehfilm",
        "kurzfilm",
    ),
    "es": (
        "pelicula de tv",
        "corto",
        "cortometraje",
        "c",
    ),
    "fr": (
        "telefilm",
        "court metrage",
    ),
    "it": ("cortometraggio",),
}
"""Whole marks after the title of a TV film or a short film, which may not be the film meant."""

EDITIONS: Final[_Words] = {
    "en": (
        "cut",
        "edition",
        "version",
        "redux",
        "restored",
        "remastered",
        "remaster",
        "uncut",
        "unrated",
        "uncensored",
        "extended",
        "imax",
        "3d",
        "4k",
        "uhd",
        "dvd",
        "bluray",
        "blu",
        "vhs",
        "subtitled",
        "dubbed",
    ),
    "de": (
        "fassung",
        "kinofassung",
        "langfassung",
        "originalfassung",
        "schnittfassung",
        "omu",
        "ov",
    ),
    "es": (
        "montaje",
        "edicion",
        "vose",
    ),
    "fr": (
        "vo",
        "vost",
        "vostfr",
        "vf",
        "restauree",
    ),
    "it": (
        "versione",
        "edizione",
    ),
    "pt": (
        "versao",
        "edicao",
    ),
}
"""Words for an edition of the film in a mark."""

BESIDE_EDITIONS: Final[_Words] = {
    "en": (
        "the",
        "director",
        "directors",
        "final",
        "theatrical",
        "international",
        "ultimate",
        "special",
        "original",
        "anniversary",
        "collectors",
        "criterion",
        "complete",
        "longer",
        "long",
        "digitally",
        "english",
        "s",
        "in",
        "ray",
        "hd",
        *("10th", "20th", "25th", "30th", "40th", "50th"),
    ),
    "de": (
        "erweiterte",
        "restaurierte",
        "deutsche",
    ),
    "es": (
        "del",
        "extendida",
        "especial",
    ),
    "fr": (
        "longue",
        "originale",
        "francaise",
        "du",
        "realisateur",
    ),
    "it": (
        "estesa",
        "speciale",
        "restaurata",
    ),
    "pt": (
        "do",
        "diretor",
    ),
}
"""Words that may stand beside those of ``EDITIONS`` in a mark."""

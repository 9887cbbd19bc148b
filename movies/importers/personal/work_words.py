"""The words for kinds of works by language; ``works`` says how they count and folds them."""

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
    "others": (
        *("serial", "seriaal", "serij", "sezon", "soap", "sitcom", "k drama", "feuilleton"),
        *("novela", "seriado", "odcinek", "epizod", "evad", "sorozat", "dizi", "bölüm", "sarja"),
        *("jakso", "sesong", "säsong", "avsnitt", "afsnit", "aflevering", "seizoen", "sinetron"),
        *("сериал", "серіал", "серија", "серия", "серії", "эпизод", "епізод", "епизод", "сезон"),
        *("σειρά", "επεισόδιο", "סדרה", "פרק", "مسلسل", "حلقة", "धारावाहिक", "ซีรีส์", "ละคร"),
        *(
            "phim bộ",
            "电视剧",
            "電視劇",
            "剧集",
            "劇集",
            "连续剧",
            "連續劇",
            "网剧",
            "综艺",
            "綜藝",
        ),
        *("番剧", "動畫劇", "ドラマ", "番組", "シリーズ", "連続", "エピソード", "シーズン"),
        *("드라마", "시리즈", "예능", "에피소드", "игра", "книга", "游戏", "ゲーム", "게임"),
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
    "de": ("kurz", "doku"),
    "es": ("pelicula", "documental"),
    "others": (
        *("documentaire", "métrage", "metraggio", "metraje", "kino", "cine", "elokuva"),
        *("ταινία", "филм", "фильм", "фільм", "кино", "кіно", "סרט", "فيلم", "फिल्म"),
        *("ภาพยนตร์", "phim lẻ", "电影", "電影", "纪录片", "短片", "映画", "영화", "다큐"),
    ),
}
"""Parts of what a column of types says about a film, unless it says one of ``OTHER_TYPES``."""

TV_TYPES: Final[_Words] = {
    "en": (
        "tv",
        "show",
        "anime",
        "program",
    ),
    "others": (
        "шоу",
        "телешоу",
        "телепередача",
        "电视",
        "電視",
        "テレビ",
        "アニメ",
        "动漫",
        "动画",
        "аниме",
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
    "others": (
        *("serial", "miniserial", "telenovela", "seriado", "sorozat", "dizi", "dizisi", "sarja"),
        *("tvserie", "minisarja", "serija", "σειρά", "сериал", "телесериал", "минисериал"),
        *("серіал", "серија", "电视剧", "電視劇", "连续剧", "連續劇", "ドラマ", "드라마"),
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
    "others": ("televizní", "telewizyjny", "мини", "теле", "телевизионный", "τηλεοπτική"),
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
    "others": (
        *("série", "serie", "sezon", "sezona", "seizoen", "säsong", "sesong", "aflevering"),
        *("avsnitt", "afsnit", "kausi", "jakso", "odcinek", "epizoda", "епизод", "сезон"),
        *("серия", "эпизод", "évad", "epizód", "bölüm"),
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

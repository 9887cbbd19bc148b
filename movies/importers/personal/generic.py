"""Any table of films: the person says which column is what, helped by a suggestion."""

import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar

from movies.importers.errors import BadRow, ImportFailed, printable
from movies.importers.personal.counters import Counters, style_of
from movies.importers.personal.dates import DateOrder, is_date, is_of_numbers, moment, open_orders
from movies.importers.personal.files import Member, Record, Upload, clean, labels_of
from movies.importers.personal.protocol import Kind, Refused, Row, joined, rows_of
from movies.importers.personal.rated_lists import HEADING, RatedList, TitleList, rated_list
from movies.importers.personal.values import (
    Scale,
    imdb_id,
    is_negative,
    is_number,
    is_rating,
    is_thumb_down,
    n_signs,
    number,
    number_of,
    outliers,
    people_of,
    rating_of,
    scale_named,
    scale_of,
    with_year_in_brackets,
    without_scale,
    year_of,
)
from movies.importers.personal.works import is_film, is_kind_of_work, is_part, words_apart
from movies.titles import fold, parse_title, without_year

NAME: Final = "table"
LABEL: Final = "CSV"
N_SAMPLES: Final = 3
N_LOOKED_AT: Final = 200
MAX_TITLE: Final = 80
"""A longer line of a list is prose, and no title."""
MAX_LIST_COLUMNS: Final = 2
"""Columns that a list has at most for the CSV reader: "Heat (1995) - 4,5" has a comma."""
MAX_SIGNS: Final = 5
"""Stars of a rating in signs, unless the column has a rating with more of them."""
MAX_TEXTS: Final = 50
"""A column with more different texts has no types of works."""
MAX_TYPES: Final = 20
"""Types of works that are asked about."""
FILM_TYPE: Final = "film"
TYPES: Final = (FILM_TYPE, "other")
"""What a type of works that is not known may be."""
MAX_SCORE: Final = 10
"""A column of film numbers has higher ones."""
FIELDS: Final = (
    "title",
    "year",
    "rating",
    "date",
    "imdb_id",
    "tmdb_id",
    "original_title",
    "people",
    "type",
)
_ORIGINAL: Final = (
    *("titolo originale", "originalni nazev", "tytul oryginalny", "originele titel"),
    *("оригинальное название", "原題", "原名"),
)
# The words that sites in several languages use for their columns, folded.
_WORDS: Final[Mapping[str, Sequence[str]]] = {
    "title": (
        *("title", "name", "film", "film title", "movie", "movie title", "film name"),
        *("movie name", "titel", "filmtitel", "titulo", "titre", "titolo", "pelicula", "filme"),
        *("nazev", "nazev filmu", "nazov", "tytul", "tytul polski", "filmnaam", "cim", "titulek"),
        *("название", "название фильма", "фильм", "タイトル", "題名", "作品名", "邦題", "映画"),
        *("片名", "电影", "電影", "电影名", "電影名", "电影名称", "标题", "標題", "名称"),
    ),
    "year": (
        *("year", "jahr", "ano", "annee", "anno", "release year", "release date"),
        *("erscheinungsjahr", "produktionsjahr", "rok", "rok produkcji", "rok vydani", "jaar"),
        *("ano de lancamento", "год", "год выпуска", "年", "公開年", "製作年", "制作年", "年份"),
        *("年代", "上映年份"),
    ),
    "rating": (
        *("user rating", "rating", "rate", "rated", "score", "stars", "star rating", "vote"),
        *(
            "grade",
            "grades",
            "schulnote",
            "schulnoten",
            "bewertung",
            "bewertungen",
            "wertung",
            "punkte",
            "sterne",
            "note",
            "nota",
        ),
        *("voto", "voti", "puntuacion", "calificacion", "etoiles", "stelle", "estrellas"),
        *("hodnoceni", "hodnotenie", "ocena", "cijfer", "waardering", "beoordeling", "avaliacao"),
        *("classificacao", "pontuacao", "оценка", "оценки", "реитинг", "評価", "点数", "得点"),
        *("スコア", "我的评分", "我的評分", "个人评分", "评分", "評分", "打分"),
        *("thumb", "thumbs", "liked", "like"),
    ),
    "date": (
        *("date rated", "rated at", "rated on", "rating date", "date", "datum", "fecha", "data"),
        *("date seen", "watched date", "date watched", "watched at", "watched on", "watched"),
        *("seen on", "bewertet am", "gesehen am", "end date", "date added", "created"),
        *("created at", "timestamp", "fecha de voto", "fecha de votacion", "fecha de calificacion"),
        *("fecha vista", "data do voto", "data voto", "data oceny", "datum hodnoceni"),
        *("date de notation", "beoordeeld op", "дата", "дата оценки", "дата просмотра", "日付"),
        *("鑑賞日", "評価日", "日期", "评分日期", "观看日期", "標記日期", "标记日期", "创建时间"),
    ),
    "imdb_id": ("imdb id", "imdb", "imdbid", "const", "imdb url", "tconst"),
    "tmdb_id": ("tmdb id", "tmdb", "tmdbid", "themoviedb"),
    "original_title": (
        "original title",
        "originaltitel",
        "titulo original",
        "titre original",
        *_ORIGINAL,
    ),
    "people": (
        *("director", "directors", "regie", "realisateur", "regista", "regisseur", "reziser"),
        *("rezyser", "diretor", "режиссер", "監督", "导演", "導演"),
    ),
    "type": (
        *("media type", "title type", "type", "item type", "content type", "medientyp", "typ"),
        *("tipo", "tipo de medio", "tipo de titulo", "kind", "titeltyp", "tyyppi", "tipus", "tur"),
        *("тип", "rodzaj", "rodzaj produkcji", "soort", "druh", "tip", "vrsta", "τυπος", "art"),
        *("format", "medium", "media", "category", "kategorie", "categoria", "categorie"),
        *("kategoria", "kategori", "类型", "類型", "类别", "類別", "種類", "種別"),
        *("分類", "分类", "カテゴリ", "カテゴリー", "タイプ", "유형", "종류"),
    ),
}
_MINE: Final = frozenset(
    {
        *("my", "your", "you", "own", "personal", "mein", "meine", "dein", "deine", "ihre", "mi"),
        *("tu", "mon", "ma", "votre", "mio", "mia", "meu", "minha", "moje", "moja", "muj", "mijn"),
        *("моя", "мои", "мое"),
    }
)
"""Words before the name of a column that is the person's own, folded."""
_OF_SITES: Final = frozenset({"your rating", "you rated"})
"""How sites call the column of the person's own ratings."""
_ARTICLES: Final = frozenset({*_MINE, "user", "il", "la"})
"""Words that may stand before the name of a column, folded."""
_PART_OF_SERIES: Final = frozenset(
    map(
        fold,
        (
            *("season", "season number", "episode", "episode number", "staffel", "folge"),
            *("temporada", "episodio", "saison", "stagione", "seizoen", "aflevering", "sezon"),
            *("odcinek", "sezona", "epizoda", "évad", "epizód", "сезон", "эпизод", "シーズン"),
        ),
    )
)
"""Columns that have a number only in rows about series and episodes, folded."""
_MARKS: Final = frozenset(
    {
        *("like", "liked", "likes", "heart", "hearts", "love", "loved", "favorite", "favorites"),
        *("favourite", "favourites", "fav", "gefallt mir", "herz", "favorit", "lieblingsfilm"),
        *("me gusta", "favorito", "favoritos", "coeur", "favori", "preferito", "preferiti"),
    }
)
"""Columns in which "no" says only that a film has no mark, folded."""
_SCHOOL_GRADES: Final = frozenset({"schulnote", "schulnoten"})
"""Columns of school grades from 1 to 6, folded."""
_IN_BRACKETS: Final = re.compile(r"\([^)]*\)|\[[^]]*\]")
_FILM_ID: Final = re.compile(r"tt\d{7,10}|https?://\S+", re.IGNORECASE)
_COMMA_IN_A_ROW: Final = re.compile(r",\S")
_Choice = TypeVar("_Choice", bound=StrEnum)


class WrongAnswer(ImportFailed):
    """An answer does not fit the table; ``parameter`` names it."""

    def __init__(self, parameter: str, text: str) -> None:
        super().__init__(text)
        self.parameter = parameter


@dataclass(frozen=True)
class Mapped:
    """What the person confirmed about a table."""

    columns: Mapping[str, int]
    """The position of the column that holds a field."""
    scale: Scale | None = None
    kind: Kind = Kind.RATING
    date_order: DateOrder | None = None
    has_header: bool = True
    types: Mapping[str, bool] = dataclasses.field(default_factory=dict)
    """Whether a value of the column of types, folded, means a film; of those that are not known."""

    @classmethod
    def from_answers(cls, suggestion: Mapping[str, Any], answers: Mapping[str, Any]) -> "Mapped":
        """Check the answers against what was asked.

        Raises
        ------
        WrongAnswer
            A column that is not there, neither title nor id, no scale, no order of dates, a value
            of the column of types that may be no film, or an answer that would change nothing.

        """
        chosen = dict(answers.get("columns") or {})
        if unknown := sorted(chosen.keys() - FIELDS):
            text = f"There is no field {unknown[0]!r}. Known are: {', '.join(FIELDS)}."
            raise WrongAnswer("columns", text)
        columns = {
            field: _position(str(column), suggestion["available"])
            for field, column in chosen.items()
            if column
        }
        if not {"title", "imdb_id", "tmdb_id"} & columns.keys():
            text = "Say which column holds the title, or an id of IMDb or TMDB."
            raise WrongAnswer("columns", text)
        kind = _one_of(Kind, "kind", answers) or Kind.RATING
        scale = _one_of(Scale, "scale", answers)
        if kind != Kind.RATING and (scale or "rating" in columns):
            parameter = "scale" if scale else "columns"
            text = "Films without ratings have neither a column of ratings nor a scale."
            raise WrongAnswer(parameter, text)
        if kind == Kind.RATING and "rating" not in columns:
            raise WrongAnswer("columns", "Say which column holds your rating.")
        if kind == Kind.RATING and scale is None:
            raise WrongAnswer("scale", "Say on which scale your ratings are.")
        has_header = answers.get("has_header")
        if has_header is None:
            has_header = suggestion.get("has_header", True)
        order = _order(suggestion, columns, answers)
        types = _types(suggestion, columns, answers)
        return cls(columns, scale, kind, order, bool(has_header), types)


def has_answers(answers: Mapping[str, Any]) -> bool:
    """Return whether anything is said about the columns of a table, and not only its encoding."""
    return any((answers.get("columns") or {}).values())


def table_of(upload: Upload) -> Member | None:
    """Return the largest table of an upload, else the largest list of films; None if none."""
    tables: list[Member] = list(filter(_is_table, upload.tables()))
    if all(len(one.header) <= MAX_LIST_COLUMNS and not _by_name(one.header) for one in tables):
        members = [one for one in upload.members if one.header]
        rated = [rated_list(one, is_named=_is_named(one)) for one in members]
        found: list[Member] = [one for one in rated if one is not None]
        if not found:
            lists = [one for one in map(TitleList, members) if _is_list(one)]
            found = [one for one in lists if not tables or (one.is_counted and _has_years(one))]
        tables = found or tables
    return max(tables, key=lambda member: member.n_bytes, default=None)


def added_ratings(member: Member) -> list[str]:
    """Return the columns of ratings that a person added to the export of a site.

    Such a column has a name like "My Rating" and a value. What a site calls "Your Rating" is not
    one of them.
    """
    added = [
        name
        for name in member.columns
        if name not in _OF_SITES
        and not _MINE.isdisjoint(fold(name).split())
        and _bare(name) in _WORDS["rating"]
    ]
    records = member.records() if added else ()
    filled = {name for record in records for name in added if record.get(name)}
    return [name for name in added if name in filled]


def suggestion(member: Member) -> dict[str, Any]:
    """Suggest which column is what, with sample values; the person confirms or corrects it.

    Every column has a label of its own that is not empty, so an empty text means no column.
    """
    is_film = isinstance(member, RatedList) or (
        isinstance(member, TitleList) and member.is_film_first
    )
    is_row = is_film or _looks_like_a_row(member.header)
    has_header = bool(_by_name(member.header)) or not is_row
    labels = labels_of(member.header if has_header else [""] * len(member.header), has_header)
    samples = [
        [clean(field) for field in record.fields]
        for record in islice(member.records(has_header=has_header), N_LOOKED_AT)
        if record.damage != HEADING
    ]
    positions = _by_name(member.header, samples) if has_header else {}
    if isinstance(member, RatedList):
        positions = dict(member.positions)
    elif not {"title", "imdb_id", "tmdb_id"} & positions.keys():
        used = set(positions.values())
        by_content = _by_content(samples, len(labels)).items()
        positions = {f: at for f, at in by_content if at not in used} | positions
    ratings, dates, texts = _whole_columns(member, has_header, len(labels), positions)
    if "type" not in positions and (column := _column_of_types(texts, positions)) is not None:
        positions["type"] = column
    orders = {label: open_orders(texts) for label, texts in zip(labels, dates, strict=True)}
    is_watchlist = not ratings.total and member.is_named("watchlist")
    kind = Kind.WATCH_LATER if is_watchlist else Kind.RATING if ratings.total else ""
    if not kind and (len(labels) == 1 or (isinstance(member, RatedList) and positions)):
        kind = Kind.SEEN
    return {
        "columns": {f: labels[positions[f]] if f in positions else "" for f in FIELDS},
        "scale": _scale(labels, positions, ratings),
        "outliers": outliers(ratings.total)[:N_SAMPLES],
        "kind": kind,
        "has_header": has_header,
        "date_orders": {label: list(some) for label, some in orders.items() if some},
        "types": _types_asked(labels, positions, texts),
        "available": list(labels),
        "samples": [[*row, *[""] * len(labels)][: len(labels)] for row in samples[:N_SAMPLES]],
    }


def rows(member: Member, mapped: Mapped) -> Iterator[Row | Refused]:
    """Yield the rows of a table by a confirmed mapping."""
    names = [fold(name) for name in (member.header if mapped.has_header else ())]
    has_marks = _has_marks(member, mapped)
    counters = Counters("" if isinstance(member, TitleList) else _style(member, mapped))
    ratings = _values(member, mapped, "rating")
    is_of_five = all(n_signs(text) <= MAX_SIGNS for text in ratings)
    numbers = [position for position, name in enumerate(names) if name in _PART_OF_SERIES]

    def record_of(record: Record) -> Record:
        values = {
            field: record.fields[position]
            for field, position in mapped.columns.items()
            if position < len(record.fields)
        }
        if any(is_part(value) for n in numbers for value in record.fields[n : n + 1]):
            values["type"] = "episode"
        if has_marks and is_negative(values.get("rating", "")):
            values["rating"] = ""
        if title := counters.take_off(values.get("title", "")):
            values["title"] = title
        if is_of_five and (n_stars := n_signs(values.get("rating", ""))):
            values["rating"] = f"{n_stars:g}/{MAX_SIGNS}"
        return replace(record, values=values)

    records = map(record_of, member.records(has_header=mapped.has_header))
    yield from rows_of(
        member, "title", lambda _member, record: _row(member, record, mapped), records
    )


def _has_marks(member: Member, mapped: Mapped) -> bool:
    """Return whether "no" and 0 in a column of thumbs say that a film has no rating.

    They are thumbs down only where nothing else is: not in a column called "Liked", and not beside
    -1 or "dislike".
    """
    if mapped.scale != Scale.THUMBS or "rating" not in mapped.columns:
        return False
    position = mapped.columns["rating"]
    names = member.header[position : position + 1] if mapped.has_header else ()
    return any(map(_is_mark, names)) or any(map(is_thumb_down, _values(member, mapped, "rating")))


def _style(member: Member, mapped: Mapped) -> str:
    """Return the style of numbers that count the rows before their titles; empty if none do."""
    return style_of(list(islice(_values(member, mapped, "title"), N_LOOKED_AT)))


def _values(member: Member, mapped: Mapped, field: str) -> Iterator[str]:
    """Yield the values in the column of a field; none if there is no such column."""
    position = mapped.columns.get(field, -1)
    records = member.records(has_header=mapped.has_header) if position >= 0 else ()
    return (text for record in records for text in record.fields[position : position + 1])


def _row(member: Member, record: Record, mapped: Mapped) -> Row:
    what = record.get("type")
    if what and not mapped.types.get(fold(what), is_film(what)):
        raise BadRow(f"{what} is not a film")
    stars, note = None, ""
    if mapped.kind == Kind.RATING and mapped.scale is not None:
        stars, note = rating_of(record.get("rating"), mapped.scale)
        if not stars:
            raise BadRow("there is no rating")
    text = record.get("title")
    if not year_of(record.get("year")):
        text = with_year_in_brackets(text)
    title = parse_title(text)
    identifier, tmdb_id = imdb_id(record.get("imdb_id")), number(record.get("tmdb_id"))
    if not (title.text or identifier or tmdb_id):
        raise BadRow("neither title nor id")
    happened_at, date_note = moment(record.get("date"), lambda: mapped.date_order)
    year = year_of(record.get("year")) or title.year
    return Row(
        member.path,
        record.line,
        mapped.kind,
        title=without_year(text),
        original_title=record.get("original_title"),
        year=year,
        people=people_of(record.get("people")),
        imdb_id=identifier,
        tmdb_id=tmdb_id,
        is_film=bool(what),
        half_stars=stars,
        happened_at=happened_at,
        note=joined(note, _year_note(record.get("year"), year), date_note),
    )


def _year_note(text: str, year: int | None) -> str:
    """Return a note if a column of years has a number that is no year."""
    is_told = year is not None or not any(map(text.__contains__, "123456789"))
    reason = f"the year {printable(text)!r} cannot be read"
    return "" if is_told else reason


def _order(
    suggestion: Mapping[str, Any], columns: Mapping[str, int], answers: Mapping[str, Any]
) -> DateOrder | None:
    """Return the order of day, month and year in the column of dates; None if none is needed.

    Raises
    ------
    WrongAnswer
        The column does not show the order, and the person did not say it; or it shows another.

    """
    order = _one_of(DateOrder, "date_order", answers)
    if "date" not in columns:
        if order:
            text = "Say which column holds the dates, or leave out their order."
            raise WrongAnswer("date_order", text)
        return None
    label = suggestion["available"][columns["date"]]
    orders = suggestion.get("date_orders", {}).get(label, [])
    if order and order not in orders:
        text = f"The dates in the column {label!r} need no order, or are in another one."
        raise WrongAnswer("date_order", text)
    if len(orders) == 1:
        return DateOrder(orders[0])
    if orders and order is None:
        text = f"Say in which order day, month and year are in the column {label!r}."
        raise WrongAnswer("date_order", text)
    return order


def _types(
    suggestion: Mapping[str, Any], columns: Mapping[str, int], answers: Mapping[str, Any]
) -> dict[str, bool]:
    """Return which values of the column of types mean films, of those that are not known.

    Raises
    ------
    WrongAnswer
        The person did not say it of a value, or said it of one that is not there.

    """
    said = {fold(text): what for text, what in (answers.get("types") or {}).items() if what}
    label = suggestion["available"][columns["type"]] if "type" in columns else ""
    asked = {fold(text): text for text in suggestion.get("types", {}).get(label, [])}
    if unknown := sorted(said.keys() - asked.keys()):
        raise WrongAnswer("types", f"Nothing is asked about the type {unknown[0]!r}.")
    if not set(TYPES).issuperset(said.values()):
        raise WrongAnswer("types", "There is no such choice of types.")
    if missing := [text for key, text in asked.items() if key not in said]:
        values = ", ".join(missing)
        raise WrongAnswer("types", f"Say of each of these types whether it is a film: {values}.")
    return {key: what == FILM_TYPE for key, what in said.items()}


def _position(column: str, labels: Sequence[str]) -> int:
    """Return the position of a column by its label.

    Raises
    ------
    WrongAnswer
        There is no such column.

    """
    if column in labels:
        return labels.index(column)
    alike = [n for n, label in enumerate(labels) if _squeezed(label) == _squeezed(column)]
    if len(alike) != 1:
        raise WrongAnswer("columns", f"There is no column {column!r} in this file.")
    return alike[0]


def _squeezed(label: str) -> str:
    return " ".join(label.replace("_", " ").split()).casefold()


def _one_of(choices: type[_Choice], parameter: str, answers: Mapping[str, Any]) -> _Choice | None:
    try:
        return choices(answers[parameter]) if answers.get(parameter) else None
    except ValueError:
        raise WrongAnswer(parameter, f"There is no such choice of {parameter}.") from None


def _is_table(member: Member) -> bool:
    """Return whether a file is a table, and not prose whose lines happen to have commas."""
    if _by_name(member.header):
        return True
    lines = [record.fields for record in islice(member.records(has_header=False), N_LOOKED_AT)]
    if 2 * sum(len(fields) == len(member.header) for fields in lines) < len(lines):
        return False
    is_spaced = member.delimiter == "," and not _COMMA_IN_A_ROW.search(member.head_text)
    return not is_spaced or 2 * sum(map(_looks_like_a_row, lines)) > len(lines)


def _is_named(member: Member) -> bool:
    """Return whether the first line is the name of a column of titles."""
    return "title" in _by_name(member.header)


def _is_list(member: TitleList) -> bool:
    """Return whether a file has one title a line: with its year, counted, or below "Title".

    Long lines and lines that end like a sentence are prose.
    """
    records = list(islice(member.records(has_header=False), N_LOOKED_AT))
    if any(len(record.fields) > 1 for record in records):
        return False
    if not (_is_named(member) or member.is_counted):
        return _has_years(member)
    texts = [record.fields[0] for record in records if record.damage != HEADING]
    texts = texts[1:] if _is_named(member) else texts
    is_short = (len(text) <= MAX_TITLE and text[-1:] not in ".:;," for text in texts)
    return 2 * sum(is_short) > len(texts)


def _has_years(member: TitleList) -> bool:
    """Return whether most lines of a list have a year after the title."""
    records = islice(member.records(has_header=False), N_LOOKED_AT)
    texts = [record.fields[0] for record in records if record.damage != HEADING]
    return 2 * sum(parse_title(text).year is not None for text in texts) > len(texts)


def _looks_like_a_row(fields: Sequence[str]) -> bool:
    """Return whether there is a number, a date or an id: names of columns are none of these."""
    filled = [field for field in fields if field]
    if filled == [str(n) for n in range(len(filled))]:  # how pandas numbers columns without a name
        return False
    is_title = len(filled) == 1 and parse_title(filled[0]).year is not None
    return is_title or any(map(_is_value, filled))


def _is_value(text: str) -> bool:
    return is_number(text) or is_date(text) or bool(_FILM_ID.fullmatch(text))


def _by_name(header: Sequence[str], samples: Sequence[Sequence[str]] = ()) -> dict[str, int]:
    """Return the positions of the fields whose columns have a name that is known.

    Of several, the person's own goes first. The values must be such as the field has: a column
    called IMDb may hold numbers of films or scores.
    """
    found: dict[str, int] = {}
    for field, words in _WORDS.items():
        ranked: list[tuple[bool, int, bool, int]] = []
        for position, name in enumerate(header):
            full, bare = fold(words_apart(name)), _bare(name)
            word = next((one for one in (full, fold(name)) if one in words), bare)
            if word in words and _may_be(field, _column(samples, position)):
                is_own = not _MINE.isdisjoint(full.split())
                ranked.append((not is_own, words.index(word), word != full, position))
        if ranked:
            found[field] = min(ranked)[-1]
    return found


def _may_be(field: str, values: Sequence[str]) -> bool:
    """Return whether a column with the name of a field has its values; one without any may."""
    if field == "type" and any(is_film(value) is False for value in values):
        return True
    if field.endswith("_id") and all(number_of(value) <= MAX_SCORE for value in values):
        return not values
    return not values or field not in _VALUES or _fits(_VALUES[field], values)


def _column(rows_: Sequence[Sequence[str]], position: int) -> list[str]:
    """Return the values of a column that are not empty."""
    return [row[position] for row in rows_ if row[position:] and row[position]]


def _fits(is_it: Callable[[str], bool], values: Sequence[str]) -> bool:
    """Return whether most of the values of a column are such as a field has."""
    return 2 * sum(map(is_it, values)) > len(values)


def _bare(name: str) -> str:
    """Return a name of a column without brackets, numbers at its end and words such as "my"."""
    words = fold(words_apart(_IN_BRACKETS.sub(" ", without_scale(name)))).split()
    while len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    return " ".join(words).rstrip("0123456789 ")


def _by_content(rows_: Sequence[Sequence[str]], n_columns: int) -> dict[str, int]:
    """Return the positions of the fields that the values of a table without names show.

    Numbers before the title are no ratings: they may only count the rows.
    """
    found: dict[str, int] = {}
    for position in range(n_columns):
        values = _column(rows_, position)
        fields = (field for field, is_it in _BY_CONTENT.items() if _fits(is_it, values))
        field = next(fields, "")
        if field and (field != "rating" or "title" in found):
            found.setdefault(field, position)
    return found


_VALUES: Final[Mapping[str, Callable[[str], bool]]] = {
    "year": lambda text: year_of(text) is not None,
    "imdb_id": lambda text: bool(imdb_id(text)),
    "tmdb_id": lambda text: number(text) is not None,
    "date": lambda text: is_date(text) or moment(text)[0] is not None,
    "rating": is_rating,
    "type": lambda text: is_film(text) is not None,
}
"""What the values of a field are like, whose column has a name."""
_BY_CONTENT: Final[Mapping[str, Callable[[str], bool]]] = {
    "year": lambda text: len(text) == 4 and text.isdecimal() and year_of(text) is not None,
    "imdb_id": lambda text: bool(_FILM_ID.fullmatch(text) and imdb_id(text)),
    "date": is_date,
    "rating": lambda text: is_rating(text) and not text.isalpha(),
    "title": lambda text: not _is_value(text),
}
"""What the values of a field are like, whose column has no name; the surest first."""


class _Ratings(NamedTuple):
    """How often each rating of a column occurs."""

    total: Counter[str]
    of_films: Counter[str]
    """In rows with a year, if there is a column of years: a row of totals has none."""


def _whole_columns(
    member: Member, has_header: bool, n_columns: int, positions: Mapping[str, int]
) -> tuple[_Ratings, list[set[str]], list[set[str]]]:
    """Return the ratings, and of each column the dates of numbers and up to 51 of its texts."""
    ratings = _Ratings(Counter(), Counter())
    rating, year = positions.get("rating"), positions.get("year")
    dates: list[set[str]] = [set() for _column in range(n_columns)]
    texts: list[set[str]] = [set() for _column in range(n_columns)]
    for record in member.records(has_header=has_header):
        fields = () if record.damage else record.fields
        if rating is not None and (text := "".join(fields[rating : rating + 1])):
            ratings.total[text] += 1
            ratings.of_films[text] += year is None or any(fields[year : year + 1])
        for some, some_dates, text in zip(texts, dates, fields, strict=False):
            if len(some) <= MAX_TEXTS and text:
                some.add(text)
            if is_of_numbers(text):
                some_dates.add(text)
    return ratings, dates, texts


def _column_of_types(texts: Sequence[set[str]], positions: Mapping[str, int]) -> int | None:
    """Return the first column whose texts are words for films and for series; None if none is."""
    used = set(positions.values())
    for position, some in enumerate(texts):
        if position not in used and len(some) <= MAX_TEXTS:
            known = [is_film(text) for text in some if is_kind_of_work(text)]
            if {True, False} <= set(known) and 2 * len(known) >= len(some):
                return position
    return None


def _types_asked(
    labels: Sequence[str], positions: Mapping[str, int], texts: Sequence[set[str]]
) -> dict[str, list[str]]:
    """Return the texts of each column that are known neither for films nor for series.

    Columns of other fields, of numbers and with more than 20 such texts have no types.
    """
    used = {position for name, position in positions.items() if name != "type"}
    asked: dict[str, list[str]] = {}
    for position, (label, some) in enumerate(zip(labels, texts, strict=True)):
        if position in used or len(some) > MAX_TEXTS:
            continue
        unknown = {fold(text): text for text in sorted(some) if is_film(text) is None}
        if unknown and len(unknown) <= MAX_TYPES and not any(map(_is_value, unknown.values())):
            asked[label] = list(unknown.values())
    return asked


def _scale(labels: Sequence[str], positions: Mapping[str, int], ratings: _Ratings) -> str:
    """Return the scale that the ratings show; an empty text if it must be asked."""
    texts = +ratings.of_films or ratings.total
    name = _bare(labels[positions["rating"]]) if "rating" in positions else ""
    named = scale_named(labels[positions["rating"]]) if "rating" in positions else None
    if named and any(number_of(text) > 0 for text in texts):
        is_within = all(number_of(text) <= int(named) for text in texts if number_of(text) > 0)
        return named if is_within else ""
    if name in _SCHOOL_GRADES and scale_of(texts) is None:
        return Scale.GRADES
    if "rating" in positions and _is_mark(labels[positions["rating"]]):
        return Scale.THUMBS if any(map(is_negative, texts)) else scale_of(texts) or ""
    return scale_of(texts) or ""


def _is_mark(name: str) -> bool:
    """Return whether a column has a name such as "Liked" or "Favourite"."""
    return _bare(name) in _MARKS

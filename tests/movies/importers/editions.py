"""One small world as each edition of MovieLens would write it: three films, two users."""

import zipfile
from pathlib import Path

RATINGS = [
    (1, 1, 4.0, 1_000_000_000),
    (1, 2, 3.0, 1_000_000_100),
    (2, 1, 5.0, 1_000_000_200),
    (2, 3, 1.0, 1_000_000_300),
]
GENRES = ["Animation", "Children's", "Comedy", "Drama"]
FILMS = [
    (1, "Toy Story (1995)", ["Animation", "Children's", "Comedy"]),
    (2, "City of Lost Children, The (Cité des enfants perdus, La) (1995)", ["Drama"]),
    (3, 'Say "Hello", Dolly (1969)', []),
]


def write_csv(folder: Path) -> Path:
    """Latest, 20M and later."""
    folder.mkdir(parents=True, exist_ok=True)
    quoted = [(number, title.replace('"', '""'), genres) for number, title, genres in FILMS]
    movies = [
        f'{number},"{title}",{"|".join(genres) or "(no genres listed)"}'
        for number, title, genres in quoted
    ]
    rows = [",".join(map(str, rating)) for rating in RATINGS]
    write(folder / "movies.csv", "movieId,title,genres", *movies)
    write(folder / "ratings.csv", "userId,movieId,rating,timestamp", *rows)
    write(folder / "links.csv", "movieId,imdbId,tmdbId", "1,0114709,862", "2,0112682,", "3,,")
    write(folder / "tags.csv", "userId,movieId,tag,timestamp", "1,1,pixar,1000000000")
    return folder


def write_dat(folder: Path, encoding: str) -> Path:
    """1M (Latin-1) and 10M (UTF-8)."""
    folder.mkdir(parents=True, exist_ok=True)
    movies = [f"{n}::{title}::{'|'.join(genres)}" for n, title, genres in FILMS]
    rows = [f"{u}::{m}::{stars:g}::{when}" for u, m, stars, when in RATINGS]
    write(folder / "movies.dat", *movies, encoding=encoding)
    write(folder / "ratings.dat", *rows)
    return folder


def write_100k(folder: Path) -> Path:
    """100K: flags for genres, tabs, Latin-1."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ["unknown", *GENRES]
    movies = [
        "|".join([str(n), title, "01-Jan-1995", "", "http://x", *flags(names, genres)])
        for n, title, genres in FILMS
    ]
    rows = [f"{u}\t{m}\t{stars:.0f}\t{when}" for u, m, stars, when in RATINGS]
    write(folder / "u.item", *movies, encoding="latin-1")
    write(folder / "u.genre", *(f"{name}|{i}" for i, name in enumerate(names)))
    write(folder / "u.data", *rows)
    return folder


def write_zip(folder: Path) -> Path:
    """As it is downloaded."""
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in write_csv(folder).iterdir():
            archive.write(file, f"{folder.name}/{file.name}")
    return path


def flags(names: list[str], genres: list[str]) -> list[str]:
    """One column per genre; a film without any is "unknown"."""
    listed = genres or ["unknown"]
    return ["1" if name in listed else "0" for name in names]


def write(path: Path, *lines: str, encoding: str = "utf-8") -> None:
    """Lines with a line end each."""
    path.write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))

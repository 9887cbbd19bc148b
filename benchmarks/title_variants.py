"""How often titles in another form are matched, and how often to another film.

    python -m benchmarks.title_variants --movielens DIR --wikipedia FILE [--show]

DIR has MovieLens' movies.csv, FILE the films of Wikipedia that `manage.py import_wikipedia` reads.
Two measurements, both without films whose title is found exactly:

- leave one out: each film is looked for in its own catalogue without itself. What is found is
  another film, or the same film twice.
- across: each film of one catalogue is looked for in the other. `--show` writes the pairs, so that
  a person can judge them.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
from pathlib import Path
from typing import NamedTuple

from movies.title_variants import VariantIndex, variants_of
from movies.titles import match_keys, parse_title


class Film(NamedTuple):
    """A film as a catalogue names it: its titles and its year."""

    titles: tuple[str, ...]
    year: int | None


class Catalogue:
    """Films by their titles, and by other forms of them."""

    def __init__(self, films: list[Film]) -> None:
        self.films = films
        self._exact: dict[str, list[Film]] = {}
        self._forms: VariantIndex[Film] = VariantIndex()
        for film in films:
            self._forms.add(film, variants_of(film.titles), film.year)
            for key in _keys(film):
                self._exact.setdefault(key, []).append(film)

    def found(self, wanted: Film) -> tuple[list[Film], bool] | None:
        """Return other films than this that fit its title in another form; None if one has it."""
        if any(
            other is not wanted and other.year and abs(other.year - (wanted.year or 0)) <= 1
            for key in _keys(wanted)
            for other in self._exact.get(key, ())
        ):
            return None
        items, is_sure = self._forms.find(variants_of(wanted.titles), wanted.year)
        return [film for film in dict.fromkeys(items) if film is not wanted], is_sure


def main() -> None:
    """Measure, and print a line for each measurement."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--movielens", type=Path, required=True)
    parser.add_argument("--wikipedia", type=Path, required=True)
    parser.add_argument("--show", action="store_true", help="print what was found")
    options = parser.parse_args()
    catalogues = {
        "MovieLens": Catalogue(_movielens(options.movielens / "movies.csv")),
        "Wikipedia": Catalogue(_wikipedia(options.wikipedia)),
    }
    for name, wanted in catalogues.items():
        for other, catalogue in catalogues.items():
            pairs = [(film, catalogue.found(film)) for film in wanted.films]
            asked = [(film, found) for film, found in pairs if found is not None]
            sure = [(film, films[0]) for film, (films, sure) in asked if sure and len(films) == 1]
            open_ = sum(bool(films) for _film, (films, _sure) in asked) - len(sure)
            print(
                f"{name} in {other}: {len(asked):,} films without an exact match, "
                f"{len(sure)} probably found, {open_} to choose"
            )
            for film, found in sure if options.show else ():
                print(f"  {film.titles} {film.year} -> {found.titles} {found.year}")


def _keys(film: Film) -> set[str]:
    return {key.replace(" ", "") for key in match_keys(*film.titles)}


def _movielens(path: Path) -> list[Film]:
    with path.open(encoding="utf-8", newline="") as file:
        titles = [parse_title(row["title"]) for row in csv.DictReader(file)]
    return [Film((title.text, *title.others), title.year) for title in titles]


def _wikipedia(path: Path) -> list[Film]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [Film((row["title"],), row["year"]) for row in rows]


if __name__ == "__main__":
    main()

"""Protocol `profiles`: twelve made-up people whose lists can be judged by looking at them.

The people, and what their lists are expected to hold, are in `profiles.json`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml import metrics
from ml.data.dataset import Catalogue, Ratings
from ml.evaluation.evaluator import Evaluation, K
from ml.evaluation.listed import top_lists
from ml.evaluation.themes import MEDIAN_RANK, TOP_SHARE
from ml.evaluation.visitors import visitors
from ml.io.descriptions import YEAR_TOLERANCE, title_keys
from ml.training.protocol import RankingModel

FILE = Path(__file__).with_name("profiles.json")
EXPECTED = "expected@10"
DISTINCT = "distinct@120"
STYLE = (
    "body{font:15px system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}"
    "section{margin:2rem 0}ol{columns:2}li{break-inside:avoid}small{color:#777}"
    ".unexpected{color:#b00}"
)


@dataclass(frozen=True)
class Profile:
    """One synthetic user with a known taste."""

    name: str
    picks: Sequence[tuple[str, int, float]]
    """Title, year and stars."""
    expect: Mapping[str, Any]
    """Conditions on each listed movie, all of which must hold: `genres_any`, `genres_none`,
    `before` (year), `outside_top` (popularity rank)."""


def read_profiles(path: Path = FILE) -> list[Profile]:
    """Return the profiles of a file, in its order."""
    listed = json.loads(path.read_text(encoding="utf-8"))
    return [
        Profile(each["name"], [tuple(pick) for pick in each["picks"]], each["expect"])
        for each in listed
    ]


def evaluate_profiles(
    fitted: RankingModel, catalogue: Catalogue, train: Ratings, seed: int
) -> Evaluation:
    """Return how many listed movies are as expected, popular, and different from one another.

    A pick that the catalogue does not have is left out; `missing_picks` counts them.
    """
    profiles = read_profiles()
    histories = [_history(profile, catalogue) for profile in profiles]
    top = top_lists(fitted, visitors(histories, train), seed)
    ranks = metrics.popularity_ranks(np.bincount(train.movie_index, minlength=len(catalogue)))
    is_expected = expected(profiles, catalogue, ranks)
    per_profile = {
        EXPECTED: metrics.theme_precision(top, is_expected, np.zeros_like(is_expected)),
        TOP_SHARE: metrics.top_share(top, ranks),
        MEDIAN_RANK: metrics.median_rank(top, ranks),
    }
    n_missing = sum(len(profile.picks) for profile in profiles) - sum(map(len, histories))
    overall = {
        DISTINCT: float(len(np.unique(top[top >= 0]))),
        "missing_picks": float(n_missing),
    }
    return Evaluation(np.arange(len(profiles)), per_profile, overall, top)


def expected(
    profiles: Sequence[Profile], catalogue: Catalogue, ranks: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return whether each movie meets each profile's expectations, [12, N]."""
    return np.array([_meets(profile.expect, catalogue, ranks) for profile in profiles])


def _meets(
    rule: Mapping[str, Any], catalogue: Catalogue, ranks: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """[N] whether each movie meets all conditions of one rule."""
    conditions: dict[str, Callable[[Any], NDArray[np.bool_]]] = {
        "genres_any": lambda names: _has_genre(catalogue, names),
        "genres_none": lambda names: ~_has_genre(catalogue, names),
        "before": lambda year: catalogue.years < year,
        "outside_top": lambda rank: ranks > rank,
    }
    met = np.ones(len(catalogue), dtype=np.bool_)
    for name, value in rule.items():
        met &= conditions[name](value)
    return met


def page(title: str, evaluation: Evaluation, catalogue: Catalogue, train: Ratings) -> str:
    """Return the lists of all profiles as an HTML page for a person to judge.

    A movie that is not as expected is red; the number behind it is its popularity rank.
    """
    profiles = read_profiles()
    ranks = metrics.popularity_ranks(np.bincount(train.movie_index, minlength=len(catalogue)))
    is_expected = expected(profiles, catalogue, ranks)
    values = evaluation.values()
    sections = [
        _section(profile, evaluation.top[row], is_expected[row], catalogue, ranks)
        for row, profile in enumerate(profiles)
    ]
    summary = (
        f"{values[DISTINCT]:.0f} different movies in {len(profiles) * K} places; "
        f"{values[TOP_SHARE]:.0%} among the 50 most rated; {values[EXPECTED]:.0%} as expected."
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style><h1>{escape(title)}</h1><p>{summary}</p>{''.join(sections)}</html>"
    )


def _section(
    profile: Profile,
    top: NDArray[np.int64],
    is_expected: NDArray[np.bool_],
    catalogue: Catalogue,
    ranks: NDArray[np.int64],
) -> str:
    picks = ", ".join(f"{title} ({year}): {stars:g}" for title, year, stars in profile.picks)
    items = [
        f"<li{'' if is_expected[movie] else ' class=unexpected'}>{_label(movie, catalogue)} "
        f"<small>{ranks[movie]}</small></li>"
        for movie in top[top >= 0]
    ]
    return (
        f"<section><h2>{escape(profile.name)}</h2><p>{escape(picks)}</p>"
        f"<ol>{''.join(items)}</ol></section>"
    )


def _label(movie: int, catalogue: Catalogue) -> str:
    genres = [
        name
        for name, has in zip(catalogue.genre_names, catalogue.genres[movie], strict=True)
        if has
    ]
    year = catalogue.years[movie]
    shown = f"{catalogue.titles[movie]} ({year:.0f})"
    return f"{escape(shown)} <small>{escape(', '.join(genres))}</small>"


def _history(profile: Profile, catalogue: Catalogue) -> dict[int, int]:
    """Half stars by position of the picks that the catalogue has."""
    by_title: dict[str, list[int]] = {}
    for position, title in enumerate(catalogue.titles):
        for key in title_keys(title):
            by_title.setdefault(key, []).append(position)
    found: dict[int, int] = {}
    for title, year, stars in profile.picks:
        movie = _nearest_in_time(by_title, title, year, catalogue.years)
        if movie is not None:
            found[movie] = round(2 * stars)
    return found


def _nearest_in_time(
    by_title: Mapping[str, Sequence[int]], title: str, year: int, years: NDArray[np.float32]
) -> int | None:
    for key in title_keys(title):
        near = [
            movie for movie in by_title.get(key, ()) if abs(years[movie] - year) <= YEAR_TOLERANCE
        ]
        if near:
            return min(near, key=lambda movie: abs(years[movie] - year))
    return None


def _has_genre(catalogue: Catalogue, names: Sequence[str]) -> NDArray[np.bool_]:
    columns = [column for column, name in enumerate(catalogue.genre_names) if name in names]
    has: NDArray[np.bool_] = np.logical_or.reduce(catalogue.genres[:, columns] > 0, axis=1)
    return has

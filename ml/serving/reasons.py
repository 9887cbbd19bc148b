"""Say why a movie is recommended: rated movies, a genre, a country, all ratings, or popularity.

The personal part of a score is the score less that of an empty history. A rated movie is named
when its contribution, the score less the score without it, is at least `LEAST_SHARE` of the
personal part. A disliked movie is never named. Where a genre's or a country's part of the taste
terms is larger than that of all named movies, the larger of the two is the reason. NumPy only.

Legend: H rated movies, K recommended movies, G genres, C countries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ml.serving.features import Floats

LEAST_SHARE = 0.15
"""Of the personal part, carried by whatever is named as a reason."""
N_POPULAR = 100
"""The most rated movies, of which popularity is a true reason; at most one in twenty."""


class ReasonKind(StrEnum):
    """What mostly explains a recommendation."""

    MOVIES = "movies"
    GENRE = "genre"
    COUNTRY = "country"
    TASTE = "taste"
    """The ratings as a whole; no single one of them carries much."""
    POPULAR = "popular"


@dataclass(frozen=True)
class Reason:
    """What one rated film did for a recommendation: its score minus the score without that film."""

    movie_id: int
    contribution: float


@dataclass(frozen=True)
class Because:
    """What mostly explains a recommendation."""

    kind: ReasonKind
    genre: str | None = None
    """Name of the genre, of the kind `GENRE` only."""
    share: float = 0.0
    """Share of the personal part that the named movies, the genre or the country carry, 0 to 1."""
    country: str | None = None
    """Name of the country, of the kind `COUNTRY` only."""


POPULAR = Because(ReasonKind.POPULAR)


@dataclass(frozen=True)
class Explanation:
    """The named movies, the strongest first, and what mostly explains the recommendation."""

    reasons: tuple[Reason, ...] = ()
    because: Because = POPULAR


@dataclass(frozen=True)
class Parts:
    """The parts of the scores of K recommended movies."""

    personal: Floats
    """[K] score less the score for an empty history."""
    contributions: Floats
    """[H, K] score less the score without each rated movie."""
    genres: Floats
    """[G, K] part of the score by each genre."""
    countries: Floats
    """[C, K] part of the score by each country."""
    is_popular: NDArray[np.bool_]
    """[K] whether the movie is among the most rated ones."""


def explanations(
    parts: Parts,
    rated_ids: NDArray[np.int64],
    is_disliked: NDArray[np.bool_],
    genre_names: Sequence[str],
    country_names: Sequence[str],
    max_reasons: int,
) -> list[Explanation]:
    """Return the explanation of each of the K movies.

    Parameters
    ----------
    parts
        Of the scores.
    rated_ids, is_disliked
        [H] the rated movies, and which of them are never named.
    genre_names, country_names
        [G] and [C] in the order of the parts.
    max_reasons
        Most movies named for a recommendation.
    """
    return [
        _explanation(parts, place, rated_ids, is_disliked, genre_names, country_names, max_reasons)
        for place in range(len(parts.personal))
    ]


def _explanation(
    parts: Parts,
    place: int,
    rated_ids: NDArray[np.int64],
    is_disliked: NDArray[np.bool_],
    genre_names: Sequence[str],
    country_names: Sequence[str],
    max_reasons: int,
) -> Explanation:
    personal = float(parts.personal[place])
    if personal <= 0 or len(rated_ids) == 0:
        return Explanation()
    effects = np.where(is_disliked, -np.inf, parts.contributions[:, place])
    best = np.argsort(-effects, kind="stable")[:max_reasons]
    named = tuple(
        Reason(int(rated_ids[row]), float(effects[row]))
        for row in best
        if effects[row] >= LEAST_SHARE * personal
    )
    carried = sum(reason.contribution for reason in named) / personal
    genre, by_genre = _largest(parts.genres[:, place], genre_names)
    country, by_country = _largest(parts.countries[:, place], country_names)
    share = max(by_genre, by_country) / personal
    if share >= LEAST_SHARE and share > carried:
        share = min(share, 1.0)
        if by_country > by_genre:
            return Explanation(named, Because(ReasonKind.COUNTRY, None, share, country))
        return Explanation(named, Because(ReasonKind.GENRE, genre, share))
    if named:
        return Explanation(named, Because(ReasonKind.MOVIES, None, min(carried, 1.0)))
    kind = ReasonKind.POPULAR if parts.is_popular[place] else ReasonKind.TASTE
    return Explanation((), Because(kind))


def _largest(parts: Floats, names: Sequence[str]) -> tuple[str, float]:
    """Return the name of the largest part, and the part; 0 where there is no name."""
    if len(names) == 0:
        return "", 0.0
    return names[int(parts.argmax())], float(parts.max())

"""The wall of posters from which a newcomer picks: well known, of many genres and decades."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q

from movies.models import Movie
from movies.selectors.movies import movies_by_id
from movies.visitors import Visitor

N_POSTERS = 48
N_CANDIDATES = 320
"""The most rated films; those beyond are too little known to be picked by many."""
REPETITION_COST = 0.35
"""How much each poster of the same genre or decade that already hangs takes from a film's worth."""


@dataclass(frozen=True)
class WallPoster:
    """A film on the wall and what the visitor thinks of it."""

    movie: Movie
    half_stars: int | None

    @property
    def is_picked(self) -> bool:
        """Whether the visitor rated the film."""
        return self.half_stars is not None


@dataclass(frozen=True)
class _Candidate:
    movie_id: int
    n_ratings: int
    kinds: tuple[object, ...]
    """Its genres and its decade."""


def wall_for(visitor: Visitor, n_posters: int = N_POSTERS) -> list[WallPoster]:
    """The wall with the visitor's picks marked.

    A member's own ratings do not count: the wall must not move under the hand that picks from it.
    Three queries and the visitor's ratings (a member's: one).
    """
    ratings = visitor.ratings()
    chosen = choose_varied(_candidates(ratings if visitor.user else ()), n_posters)
    movies = movies_by_id(chosen)
    return [
        WallPoster(movies[movie_id], ratings.get(movie_id))
        for movie_id in chosen
        if movie_id in movies
    ]


def choose_varied(candidates: Iterable[_Candidate], n_wanted: int) -> list[int]:
    """Take films one by one: each time the best known, less what resembles those already taken.

    A film's worth is its number of ratings divided by 1 + ``REPETITION_COST`` times the mean
    number of taken films that share one of its genres or its decade.
    """
    rest = list(candidates)
    taken: Counter[object] = Counter()
    chosen: list[int] = []

    def worth(candidate: _Candidate) -> tuple[float, int]:
        n_alike = sum(taken[kind] for kind in candidate.kinds) / max(1, len(candidate.kinds))
        return candidate.n_ratings / (1 + REPETITION_COST * n_alike), -candidate.movie_id

    while rest and len(chosen) < n_wanted:
        best = max(rest, key=worth)
        rest.remove(best)
        taken.update(best.kinds)
        chosen.append(best.movie_id)
    return chosen


def _candidates(own: Collection[int]) -> list[_Candidate]:
    rows = (
        Movie.objects.annotate(
            genre_ids=ArrayAgg("genres__id", filter=Q(genres__isnull=False), default=[])
        )
        .order_by("-n_ratings", "id")
        .values_list("id", "n_ratings", "year", "genre_ids")[:N_CANDIDATES]
    )
    return [
        _Candidate(
            movie_id, n_ratings + 1 - (movie_id in own), (*genre_ids, f"{(year or 0) // 10}0s")
        )
        for movie_id, n_ratings, year, genre_ids in rows
    ]

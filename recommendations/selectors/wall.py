"""The wall of posters from which a newcomer picks: well known, of many genres and decades."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from ml.data.dataset import positions
from ml.serving.base_models import Rated
from ml.serving.elicitation import Onboarding
from ml.serving.model import ServedModel
from movies.models import Movie
from movies.selectors.movies import movies_by_id
from movies.visitors import Visitor
from recommendations.selectors.recommendations import history_of
from recommendations.serving.assignment import model_for

N_POSTERS = 48
N_OFFERS = 6
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


@dataclass(frozen=True)
class Offers:
    """Films beyond the wall that the visitor is asked about."""

    movies: tuple[Movie, ...]
    picked: tuple[Movie, ...]
    """Those of the last ones that the visitor picked."""
    passed: tuple[int, ...]
    """Ids that the visitor was asked about before."""

    @property
    def offered_ids(self) -> str:
        """The films on offer, as an address says it."""
        return ",".join(str(movie.pk) for movie in self.movies)

    @property
    def passed_ids(self) -> str:
        """The films asked about before, as an address says it."""
        return ",".join(map(str, self.passed))

    @property
    def all_ids(self) -> str:
        """Both: what is passed once others are asked for."""
        return ",".join(filter(None, (self.passed_ids, self.offered_ids)))


def wall_for(visitor: Visitor, chosen: Sequence[int]) -> list[WallPoster]:
    """The wall of these films with the visitor's picks marked.

    A member's own ratings do not count in `wall_ids`: the wall must not move under the hand that
    picks from it. Two queries and the visitor's ratings (a member's: one).
    """
    ratings = visitor.ratings()
    movies = movies_by_id(chosen)
    return [
        WallPoster(movies[movie_id], ratings.get(movie_id))
        for movie_id in chosen
        if movie_id in movies
    ]


def wall_ids(visitor: Visitor) -> list[int]:
    """The films on the wall, in their order. Two queries and a member's ratings."""
    own = visitor.ratings() if visitor.user else ()
    return choose_varied(_candidates(own), N_POSTERS)


def offers_for(
    visitor: Visitor, on_wall: Collection[int], kept: Sequence[int], passed: Sequence[int]
) -> Offers:
    """The films to ask the visitor about next, beyond the wall; none before there is a model.

    Chosen by `ml.serving.elicitation` from all that the visitor rated. Films of ``kept`` that
    are still
    unrated stay where they hang; the others give their places to new ones. Two queries for films
    and genres, and the visitor's ratings and lists (a member's: two).

    Args:
        visitor: who is asked.
        on_wall: ids that hang on the wall.
        kept: ids offered so far, in their places.
        passed: ids that the visitor was asked about before; none comes again.

    """
    active, ratings = model_for(visitor), visitor.ratings()
    if active is None:
        return Offers((), (), tuple(passed))
    kept = kept[:N_OFFERS]
    passed = [*passed, *(movie_id for movie_id in kept if movie_id in ratings)]
    asked = {*on_wall, *passed, *kept, *visitor.excluded()}
    n_free = N_OFFERS - sum(movie_id not in ratings for movie_id in kept)
    fresh = iter(_next(active.model, ratings, asked, n_free))
    places = [next(fresh, None) if movie_id in ratings else movie_id for movie_id in kept]
    offered = [movie_id for movie_id in (*places, *fresh) if movie_id is not None]
    picked = [movie_id for movie_id in passed if movie_id in ratings]
    movies = movies_by_id({*offered, *picked})
    return Offers(
        movies=tuple(movies[movie_id] for movie_id in offered if movie_id in movies),
        picked=tuple(movies[movie_id] for movie_id in picked if movie_id in movies),
        passed=tuple(passed),
    )


def choose_varied(candidates: Sequence[_Candidate], n_wanted: int) -> list[int]:
    """Take films one by one: each time the best known, less what resembles those already taken.

    A film's worth is its number of ratings divided by 1 + ``REPETITION_COST`` times the mean
    number of taken films that share one of its genres or its decade.
    """
    kinds = {kind: place for place, kind in enumerate({k for c in candidates for k in c.kinds})}
    has = np.zeros((len(candidates), len(kinds)))
    for row, candidate in enumerate(candidates):
        has[row, [kinds[kind] for kind in candidate.kinds]] = 1
    n_kinds = np.maximum(1, has.sum(axis=1))
    n_ratings = np.array([candidate.n_ratings for candidate in candidates], dtype=float)
    taken = np.zeros(len(kinds))
    chosen: list[int] = []
    by_id = np.argsort([candidate.movie_id for candidate in candidates])
    for _ in range(min(n_wanted, len(candidates))):
        worth = n_ratings / (1 + REPETITION_COST * (has @ taken) / n_kinds)
        best = int(by_id[worth[by_id].argmax()])  # among equals the lowest id
        taken += has[best]
        n_ratings[best] = -np.inf
        chosen.append(candidates[best].movie_id)
    return chosen


def _candidates(own: Collection[int]) -> list[_Candidate]:
    rows = list(
        Movie.objects.order_by("-n_ratings", "id").values_list("id", "n_ratings", "year")[
            :N_CANDIDATES
        ]
    )
    genres: dict[int, list[object]] = {movie_id: [] for movie_id, *_rest in rows}
    pairs = Movie.genres.through.objects.filter(movie_id__in=genres)
    for movie_id, genre_id in pairs.values_list("movie_id", "genre_id"):
        genres[movie_id].append(genre_id)
    return [
        _Candidate(
            movie_id,
            n_ratings + 1 - (movie_id in own),
            (*genres[movie_id], f"{(year or 0) // 10}0s"),
        )
        for movie_id, n_ratings, year in rows
    ]


_onboardings: WeakKeyDictionary[ServedModel, Onboarding] = WeakKeyDictionary()
"""Of each model that this process serves."""


def _next(
    model: ServedModel, ratings: Mapping[int, int], asked: Collection[int], n_films: int
) -> list[int]:
    onboarding = _onboardings.get(model)
    if onboarding is None:
        onboarding = _onboardings[model] = Onboarding.of(model.fusion, model.manifest.n_users)
    history = history_of(ratings)
    rated = positions(model.movie_ids, history.movie_ids)
    known = Rated(rated[rated >= 0], history.half_stars[rated >= 0])
    places = positions(model.movie_ids, np.fromiter(asked, np.int64, len(asked)))
    films = onboarding.choose(known, places[places >= 0].tolist(), n_films)
    found: list[int] = model.movie_ids[films].tolist()
    return found

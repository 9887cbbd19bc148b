"""The wall of posters to pick from: well known films of many genres, decades and countries."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np
from django.db import models
from django.db.models import Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from ml.data.dataset import positions
from ml.serving.base_models import Rated
from ml.serving.elicitation import Onboarding
from ml.serving.model import ServedModel
from movies.models import Movie
from movies.opinions import FilmState
from movies.posters import motifs_for
from movies.posters.rows import ROW
from movies.selectors.movies import DAMPED_MEAN, movies_by_id
from movies.titles import fold
from movies.visitors import Visitor
from recommendations.selectors.recommendations import history_of
from recommendations.serving.assignment import model_for

N_POSTERS: Final = 48
N_MORE: Final = 24
"""Posters that "More films" adds."""
MAX_POSTERS: Final = 240
N_CANDIDATES: Final = 320
"""The most rated films; few people know the others."""
REPETITION_COST: Final = 0.35
"""How much each taken poster of the same genre or decade reduces a film's worth."""
ERAS: Final = ((0, 1969), (1970, 1989), (1990, 2003), (2004, 9999))
ERA_SHARES: Final = (0.15, 0.25, 0.3, 0.3)
"""The share of the wall that each era gets, if it has enough films."""
N_FRESH_PER_PICK: Final = 3
"""Posters that give their places to films near the picks, for each pick."""
MAX_FRESH: Final = 18


class WallKind(models.TextChoices):
    """What the chips above the wall narrow it to."""

    ALL = "", _("All")
    OLDER = "older", _("Older")
    WORLD = "world", _("World")
    FAMILY = "family", _("Family")
    HIDDEN = "hidden", _("Hidden gems")

    @classmethod
    def read(cls, text: str) -> "WallKind":
        """Return the kind that an address names, `ALL` for an unknown name."""
        return cls(text) if text in cls.values else cls.ALL


_CONDITIONS: Final = {
    WallKind.ALL: Q(),
    WallKind.OLDER: Q(year__lt=1975),
    # MovieLens adds the original title of a film that was not made in English.
    WallKind.WORLD: ~Q(other_titles=""),
    WallKind.FAMILY: Q(genres__name__in=["Children", "Animation"]),
    WallKind.HIDDEN: Q(n_ratings__gte=5),
}
N_FAMOUS: Final = 1_000
"""The most rated films, which are no hidden gems."""


FOREIGN_ARTICLES: Final = frozenset(
    ("la", "le", "les", "il", "el", "los", "der", "das", "die", "un")
)


ENGLISH_SPEAKING: Final = (
    *("United States", "United Kingdom", "Canada", "Australia", "New Zealand", "Ireland"),
    *("United States of America", "USA", "UK"),
)


@dataclass(frozen=True)
class WallPoster:
    """A film on the wall and what the visitor thinks of it."""

    movie: Movie
    state: FilmState

    @property
    def is_picked(self) -> bool:
        """Return whether the visitor loves the film."""
        return self.state.opinion == "loved"


@dataclass(frozen=True)
class _Candidate:
    movie_id: int
    n_ratings: float
    kinds: tuple[object, ...]
    """The genres, the decade, and whether the film has an original title."""
    year: int = 0
    title: str = ""
    genre_names: tuple[str, ...] = ()

    @property
    def motif(self) -> str:
        """The motif of the poster that the site draws for the film."""
        return motifs_for(self.title, self.year or None, self.genre_names)[0]


def wall_for(visitor: Visitor, chosen: Sequence[int]) -> list[WallPoster]:
    """Return the wall of these films with the visitor's opinions.

    Two queries, and the visitor's ratings and lists (a member's: two).
    """
    movies = movies_by_id(chosen)
    return [
        WallPoster(movies[movie_id], visitor.state(movie_id))
        for movie_id in chosen
        if movie_id in movies
    ]


def wall_ids(
    visitor: Visitor, kind: WallKind = WallKind.ALL, n_posters: int = N_POSTERS
) -> list[int]:
    """Return the films on the wall, in order.

    A longer wall begins with the films of a shorter one. The visitor's own ratings do not count,
    so that a pick does not move the wall. Two queries and a member's ratings.
    """
    own = visitor.ratings() if visitor.user else ()
    candidates = _candidates(own, kind)
    chosen: list[int] = []
    placed: dict[int, str] = {}
    while len(chosen) < min(n_posters, MAX_POSTERS) and candidates:
        mixed = _mixed(candidates, N_MORE if chosen else N_POSTERS)
        wanted = set(mixed)
        placed |= {one.movie_id: one.motif for one in candidates if one.movie_id in wanted}
        chosen += spread_motifs(mixed, placed, before=chosen[-ROW + 1 :])
        taken = set(chosen)
        candidates = [one for one in candidates if one.movie_id not in taken]
    return chosen[:n_posters]


def spread_motifs(
    movie_ids: Sequence[int], motifs: Mapping[int, str], before: Sequence[int] = ()
) -> list[int]:
    """Reorder films so that no poster's motif comes twice among ``ROW`` neighbours.

    Each place takes the first film left whose motif the last places do not have, but first a film
    whose motif is so frequent that it must not wait. If every motif was there, it takes the one
    that is the longest ago.

    Parameters
    ----------
    movie_ids
        The films in the order wanted.
    motifs
        The motif of each of these films, and of those in ``before``.
    before
        The films that precede them.

    """
    left, ordered = list(movie_ids), list(before)
    n_left = Counter(motifs[movie_id] for movie_id in left)
    while left:
        recent = [motifs[movie_id] for movie_id in ordered[-ROW + 1 :]][::-1]

        def urgency(movie_id: int, recent: Sequence[str] = recent) -> tuple[int, bool]:
            motif = motifs[movie_id]
            places_since = recent.index(motif) if motif in recent else ROW
            return places_since, (n_left[motif] - 1) * ROW >= len(left) - ROW

        best = max(left, key=urgency)  # the first of equals
        left.remove(best)
        n_left[motifs[best]] -= 1
        ordered.append(best)
    return ordered[len(before) :]


def wall_fresh(visitor: Visitor, shown: Collection[int], n_films: int) -> list[int]:
    """Return films near the visitor's picks that are not on the wall; none without a model.

    `ml.serving.elicitation` chooses them: films that somebody with these picks probably knows, and
    that tell the most about the rest of their taste. The visitor's ratings and lists (a member's:
    two queries).
    """
    active, ratings = model_for(visitor), visitor.ratings()
    if active is None or not ratings or n_films < 1:
        return []
    return _next(active.model, ratings, {*shown, *visitor.excluded()}, n_films)


def wall_refreshed(visitor: Visitor, chosen: Sequence[int]) -> list[int]:
    """Return the wall with films near the visitor's picks in every third place.

    A picked film keeps its place. Without picks the wall is unchanged.
    """
    n_fresh = min(MAX_FRESH, N_FRESH_PER_PICK * visitor.n_ratings)
    fresh = iter(wall_fresh(visitor, chosen, n_fresh))
    ratings = visitor.ratings()
    refreshed = list(chosen)
    for place in range(4, len(refreshed), 3):
        if refreshed[place] not in ratings:
            refreshed[place] = next(fresh, refreshed[place])
    return refreshed


def choose_varied(candidates: Sequence[_Candidate], n_wanted: int) -> list[int]:
    """Take films one by one: each time the best known that differs from those already taken.

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
    for _place in range(min(n_wanted, len(candidates))):
        worth = n_ratings / (1 + REPETITION_COST * (has @ taken) / n_kinds)
        best = int(by_id[worth[by_id].argmax()])  # among equals the lowest id
        taken += has[best]
        n_ratings[best] = -np.inf
        chosen.append(candidates[best].movie_id)
    return chosen


def _mixed(candidates: Sequence[_Candidate], n_wanted: int) -> list[int]:
    """Choose varied films of every era and spread the eras evenly over the wall."""
    rows: list[tuple[float, int]] = []
    for (first, last), share in zip(ERAS, ERA_SHARES, strict=True):
        of_era = [one for one in candidates if first <= one.year <= last]
        chosen = choose_varied(of_era, round(share * n_wanted))
        rows += [((place + 0.5) / len(chosen), movie_id) for place, movie_id in enumerate(chosen)]
    taken = {movie_id for _place, movie_id in rows}
    rest = choose_varied(
        [one for one in candidates if one.movie_id not in taken], n_wanted - len(rows)
    )
    rows += [((place + 0.5) / len(rest), movie_id) for place, movie_id in enumerate(rest)]
    return [movie_id for _place, movie_id in sorted(rows)][:n_wanted]


def _candidates(own: Collection[int], kind: WallKind) -> list[_Candidate]:
    movies = Movie.objects.filter(_CONDITIONS[kind]).order_by("-n_ratings", "id")
    if kind == WallKind.HIDDEN:
        famous = Movie.objects.order_by("-n_ratings", "id").values("n_ratings")
        bound = Coalesce(Subquery(famous[N_FAMOUS : N_FAMOUS + 1]), Value(2**31 - 1))
        movies = movies.filter(n_ratings__lt=bound).order_by(DAMPED_MEAN.desc(), "id")
    if kind == WallKind.WORLD:
        movies = movies.exclude(countries__len__gt=0, countries__contained_by=ENGLISH_SPEAKING)
    fields = ("id", "n_ratings", "year", "title", "other_titles")
    n_read = N_CANDIDATES * (4 if kind == WallKind.WORLD else 1)
    rows = list(dict.fromkeys(movies.values_list(*fields)[:n_read]))
    if kind == WallKind.WORLD:
        rows = [row for row in rows if is_foreign(row[3], row[4])][:N_CANDIDATES]
    genres = _genres(row[0] for row in rows)
    return [
        _Candidate(
            movie_id,
            # Hidden films are ranked by their mean rating, not by how many people know them.
            len(rows) - place if kind == WallKind.HIDDEN else n_ratings + 1 - (movie_id in own),
            (*genres[movie_id], f"{(year or 0) // 10}0s", is_foreign(title, others)),
            year or 0,
            title,
            tuple(genres[movie_id]),
        )
        for place, (movie_id, n_ratings, year, title, others) in enumerate(rows)
    ]


def is_foreign(title: str, other_titles: str) -> bool:
    """Tell whether a film's other title is an original title in another language.

    MovieLens keeps English alternative titles in the same field: those share a word with the title,
    hold a digit, or are abbreviations.

    >>> is_foreign("Amelie", "Le Fabuleux destin d'Amélie Poulain")
    True
    >>> is_foreign("Men in Black", "MIB"), is_foreign("Seven", "Se7en")
    (False, False)

    """
    own, other = fold(title), fold(other_titles.partition(";")[0])
    shared = {word for word in other.split() if len(word) > 3} & set(own.split())
    is_english = other.startswith("the ") or (
        bool(shared) and other.isascii() and not (set(other.split()) & FOREIGN_ARTICLES)
    )
    is_short = other_titles.isupper() or any(letter.isdigit() for letter in other)
    is_same = other.replace(" ", "") in own.replace(" ", "")
    return bool(other) and not (is_english or is_short or is_same)


def _genres(movie_ids: Iterable[int]) -> dict[int, list[str]]:
    genres: dict[int, list[str]] = {movie_id: [] for movie_id in movie_ids}
    pairs = Movie.genres.through.objects.filter(movie_id__in=genres)
    for movie_id, name in pairs.values_list("movie_id", "genre__name"):
        genres[movie_id].append(name)
    return genres


_onboardings: WeakKeyDictionary[ServedModel, Onboarding] = WeakKeyDictionary()
"""One per model that this process serves."""


def _next(
    model: ServedModel, ratings: Mapping[int, int], asked: Collection[int], n_films: int
) -> list[int]:
    onboarding = _onboardings.get(model)
    if onboarding is None:
        onboarding = _onboardings[model] = Onboarding.of(model.ensemble, model.manifest.n_users)
    history = history_of(ratings)
    rated = positions(model.movie_ids, history.movie_ids)
    known = Rated(rated[rated >= 0], history.half_stars[rated >= 0])
    places = positions(model.movie_ids, np.fromiter(asked, np.int64, len(asked)))
    films = onboarding.choose(known, places[places >= 0].tolist(), n_films)
    found: list[int] = model.movie_ids[films].tolist()
    return found

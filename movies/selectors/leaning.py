"""A visitor's taste in words: genres, decades, countries and directors of the films they like."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.core.cache import cache
from django.utils.translation import gettext, pgettext

from movies.models import Credit, Movie, Role
from movies.selectors.movies import movies_all

LIKED_HALF_STARS: Final = 6
LOVED_HALF_STARS: Final = 8
PRIOR: Final = 3.0
"""Films of average taste that everybody is taken to have liked: one film makes no leaning."""
MIN_LIFT: Final = 1.2
MIN_FILMS: Final = 2
MIN_EXPECTED: Final = 2.0
"""A kind is avoided if this many films of it would be usual and the ratings are far below."""
MAX_AVOIDED_LIFT: Final = 0.5
N_GENRES, N_OTHERS = 3, 3
NOT_A_TASTE: Final = frozenset({"IMAX"})
SHARES_KEY: Final = "movies:kind-shares"
SHARES_SECONDS: Final = 3600


@dataclass(frozen=True)
class Kind:
    """A genre, decade, country or director, and the liked films of it."""

    name: str
    n_liked: int
    url: str = ""


@dataclass(frozen=True)
class Leaning:
    """A visitor's taste in words. Each list has the strongest leaning first."""

    n_liked: int = 0
    genres: tuple[Kind, ...] = ()
    decades: tuple[Kind, ...] = ()
    countries: tuple[Kind, ...] = ()
    directors: tuple[Kind, ...] = ()
    avoided: tuple[str, ...] = ()
    rarest: Movie | None = None
    """Of the films with four stars and more, the one that fewest people have rated."""
    favourites: tuple[Movie, ...] = ()
    """The best rated films, at most six."""

    @property
    def words(self) -> list[str]:
        """The names of the strongest leanings: up to three genres and a decade."""
        return [kind.name for kind in (*self.genres[:N_GENRES], *self.decades[:1])]


def leaning_of(half_stars_of: Mapping[int, int]) -> Leaning:
    """Describe the taste behind ratings (film id -> half stars, 1 to 10).

    Films, their genres and their directors are three queries. How common each kind is among all
    ratings is read from the cache, or by two queries an hour.
    """
    liked_ids = [pk for pk, half_stars in half_stars_of.items() if half_stars >= LIKED_HALF_STARS]
    if not liked_ids:
        return Leaning()
    movies = list(movies_all().filter(pk__in=liked_ids))
    genres, decades, countries = Counter[str](), Counter[str](), Counter[str]()
    for movie in movies:
        genres.update(one.name for one in movie.genres.all() if one.name not in NOT_A_TASTE)
        decades.update(_decade(movie.year))
        countries.update(movie.countries)
    genre_shares, decade_shares = _shares()
    n_rated = Counter(
        name
        for movie in movies_all().filter(pk__in=half_stars_of)
        for name in {one.name for one in movie.genres.all()}
    )
    movies.sort(key=lambda movie: (-half_stars_of[movie.pk], movie.n_ratings))
    loved = [movie for movie in movies if half_stars_of[movie.pk] >= LOVED_HALF_STARS]
    return Leaning(
        n_liked=len(movies),
        genres=_strongest(genres, genre_shares, len(movies)),
        decades=_strongest(decades, decade_shares, len(movies)),
        countries=tuple(
            Kind(pgettext("country", name), n) for name, n in countries.most_common(N_OTHERS)
        ),
        directors=_directors(movies),
        avoided=_avoided(genres, n_rated, genre_shares, len(movies)),
        rarest=min(loved, key=lambda movie: movie.n_ratings, default=None),
        favourites=tuple(movies[:6]),
    )


def _decade(year: int | None) -> list[str]:
    return [] if year is None else [f"{year // 10 * 10}s"]


def _label(name: str) -> str:
    """Return the name of a genre or a decade ("1990s") in the visitor's language."""
    if name[:-1].isdecimal():
        return gettext("%(first)ss") % {"first": name[:-1]}
    return gettext(name)


def _lift(n_liked: int, share: float, n_films: int) -> float:
    """Return how many times as common as usual a kind is, drawn towards 1 by the prior."""
    return (n_liked + PRIOR * share) / (n_films + PRIOR) / share


def _strongest(liked: Counter[str], shares: Mapping[str, float], n_films: int) -> tuple[Kind, ...]:
    least = min(MIN_FILMS, n_films)
    lifts = {
        name: _lift(n, shares[name], n_films)
        for name, n in liked.items()
        if n >= least and shares.get(name)
    }
    strong = sorted(
        (name for name in lifts if lifts[name] >= MIN_LIFT), key=lambda one: -lifts[one]
    )
    return tuple(Kind(_label(name), liked[name]) for name in strong[:N_OTHERS])


def _avoided(
    liked: Counter[str], rated: Counter[str], shares: Mapping[str, float], n_films: int
) -> tuple[str, ...]:
    """Return genres that are liked far less than usual, the clearest first."""
    lifts = {
        name: _lift(liked[name], share, n_films)
        for name, share in shares.items()
        if share and (share * n_films >= MIN_EXPECTED or rated[name] - liked[name] >= MIN_FILMS)
    }
    found = sorted((one for one in lifts if lifts[one] <= MAX_AVOIDED_LIFT), key=lifts.__getitem__)
    return tuple(_label(name) for name in found[:2])


def _directors(movies: Iterable[Movie]) -> tuple[Kind, ...]:
    found = Credit.objects.filter(movie__in=list(movies), role=Role.DIRECTOR)
    people = [credit.person for credit in found.select_related("person")]
    counts = Counter(people)
    often = [(person, n) for person, n in counts.most_common(N_OTHERS) if n >= MIN_FILMS]
    return tuple(Kind(person.name, n, person.get_absolute_url()) for person, n in often)


def _shares() -> tuple[dict[str, float], dict[str, float]]:
    """Return the share of all ratings that films of each genre and decade have."""
    shares: tuple[dict[str, float], dict[str, float]] | None = cache.get(SHARES_KEY)
    if shares is None:
        shares = _count_shares()
        cache.set(SHARES_KEY, shares, SHARES_SECONDS)
    return shares


def _count_shares() -> tuple[dict[str, float], dict[str, float]]:
    genres, decades = Counter[str](), Counter[str]()
    rows = Movie.objects.order_by().values_list("pk", "year", "n_ratings")
    total, n_ratings = 0, {}
    for pk, year, n in rows.iterator():
        total += n + 1  # a film that nobody has rated still counts a little
        n_ratings[pk] = n + 1
        for decade in _decade(year):
            decades[decade] += n + 1
    links = Movie.genres.through.objects.values_list("movie_id", "genre__name")
    for pk, name in links.iterator():
        if name not in NOT_A_TASTE:
            genres[name] += n_ratings.get(pk, 0)
    total = max(total, 1)
    return (
        {name: n / total for name, n in genres.items()},
        {name: n / total for name, n in decades.items()},
    )

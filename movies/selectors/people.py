"""People of films, and films of people."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Final

from django.contrib.postgres.search import SearchQuery

from movies.models import Credit, Movie, Person, Role
from movies.selectors.movies import movies_all
from movies.titles import fold

N_CAST_SHOWN: Final = 12
N_ALSO_BY: Final = 6


@dataclass(frozen=True)
class FilmPeople:
    """The people of one film, each role in its order."""

    directors: tuple[Person, ...]
    writers: tuple[Person, ...]
    """Without those who directed the film as well."""
    cast: tuple[Person, ...]

    def __bool__(self) -> bool:
        """Whether anybody is known."""
        return bool(self.directors or self.writers or self.cast)


@dataclass(frozen=True)
class Filmography:
    """The films of one person in one role, the newest first."""

    role: Role
    movies: tuple[Movie, ...]


def people_of(movie: Movie) -> FilmPeople:
    """Return the directors, writers and best known actors of a film. One query."""
    by_role: dict[str, list[Person]] = {role: [] for role in Role}
    found = Credit.objects.filter(movie=movie).select_related("person")
    for credit in found.order_by("role", "position"):
        by_role[credit.role].append(credit.person)
    directors = by_role[Role.DIRECTOR]
    return FilmPeople(
        directors=tuple(directors),
        writers=tuple(person for person in by_role[Role.WRITER] if person not in directors),
        cast=tuple(by_role[Role.CAST][:N_CAST_SHOWN]),
    )


def also_by(movie: Movie, directors: Sequence[Person], limit: int = N_ALSO_BY) -> list[Movie]:
    """Return other films of the same directors, the most rated first. Two queries."""
    if not directors:
        return []
    credited = Credit.objects.filter(person__in=directors, role=Role.DIRECTOR).values("movie")
    return list(movies_all().filter(pk__in=credited).exclude(pk=movie.pk)[:limit])


def of_same_directors(movie: Movie) -> list[int]:
    """Return the ids of the other films of this film's directors. One query."""
    directed = Credit.objects.filter(role=Role.DIRECTOR)
    directors = directed.filter(movie=movie).values("person")
    others = directed.filter(person__in=directors).exclude(movie=movie)
    return list(others.order_by().values_list("movie_id", flat=True).distinct())


def directors_of(movie_ids: Collection[int]) -> dict[int, dict[int, str]]:
    """Return the directors of films: film id -> person id -> name. One query."""
    found: dict[int, dict[int, str]] = {}
    directed = Credit.objects.filter(movie__in=movie_ids, role=Role.DIRECTOR).order_by("position")
    for movie_id, person_id, name in directed.values_list("movie", "person", "person__name"):
        found.setdefault(movie_id, {})[person_id] = name
    return found


def filmography(person: Person) -> list[Filmography]:
    """Return the person's films by role, directed films first. Three queries."""
    pairs = list(Credit.objects.filter(person=person).values_list("role", "movie_id"))
    movies = movies_all().in_bulk([movie_id for _role, movie_id in pairs])
    found = []
    for role in Role:
        films = [movies[movie_id] for one, movie_id in pairs if one == role]
        films.sort(key=lambda film: (-(film.year or 0), film.title))
        if films:
            found.append(Filmography(role, tuple(films)))
    return found


def people_named(names: Sequence[str]) -> list[int]:
    """Return the ids of the people of these names, in any case, with or without accents.

    One query, none without names.
    """
    forms = {fold(name) for name in names} - {""}
    if not forms:
        return []
    words = reduce(or_, (SearchQuery(form, config="simple") for form in sorted(forms)))
    found = Person.objects.filter(search=words).order_by().values_list("pk", "name")
    return [pk for pk, name in found if fold(name) in forms]

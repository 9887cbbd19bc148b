"""One cast of people and films for all tests."""

import time
from collections.abc import Sequence
from typing import Any

from django.test import Client

from accounts.models import User
from movies.catalogue_state import catalogue_changed
from movies.models import Credit, Genre, Movie, Person, Rating, Role
from movies.services.ratings import rating_set

PASSWORD = "correct horse battery"


def member(username: str = "ada", **fields: Any) -> User:
    """Somebody who signed up; ada unless a test needs more people.

    ``is_staff=True`` makes an administrator with every right, unless ``is_superuser=False``.
    """
    if fields.get("is_staff"):
        fields.setdefault("is_superuser", True)
    return User.objects.create_user(username, password=PASSWORD, **fields)


def logged_in(client: Client, user: User) -> User:
    """``user``, logged in and with the password just given once more, as tokens ask for it."""
    client.force_login(user)
    session = client.session
    record = {"method": "password", "at": time.time(), "reauthenticated": True}
    session["account_authentication_methods"] = [record]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return user


def rater(number: int = 1, source: str = "ml-test") -> User:
    """Somebody imported from a data set, who cannot log in."""
    return raters(number, source=source)[0]


def raters(*numbers: int, source: str = "ml-test") -> list[User]:
    """People imported from a data set, stored at once."""
    people = [
        User(username=f"{source}:{number}", source=source, source_id=number, is_active=False)
        for number in numbers
    ]
    for person in people:
        person.set_unusable_password()
    return User.objects.bulk_create(people)


def movie(title: str = "Heat", year: int | None = 1995, *genres: str, **fields: Any) -> Movie:
    """Store a film with the genres of these names."""
    film = Movie.objects.create(title=title, year=year, **fields)
    film.genres.set([genre(name) for name in genres])
    return film


def movies(*rows: tuple[str, int, Sequence[str]]) -> list[Movie]:
    """Films of these titles, years and genres, stored at once as an importer does."""
    genres = {name: genre(name) for name in sorted({name for row in rows for name in row[2]})}
    films = Movie.objects.bulk_create(Movie(title=title, year=year) for title, year, _ in rows)
    Movie.genres.through.objects.bulk_create(
        Movie.genres.through(movie=film, genre=genres[name])
        for film, (_, _, names) in zip(films, rows, strict=True)
        for name in dict.fromkeys(names)
    )
    catalogue_changed()
    return films


def genre(name: str) -> Genre:
    """Return the genre of this name; store it if needed."""
    return Genre.objects.get_or_create(name=name, defaults={"slug": name.lower()})[0]


def rated(user: User, *stars_of: tuple[Movie, float]) -> list[Rating]:
    """Return the ratings of ``user``: (film, stars) pairs."""
    return [
        rating_set(user=user, movie=film, half_stars=round(stars * 2)) for film, stars in stars_of
    ]


def credit(film: Movie, name: str, role: str = Role.DIRECTOR, position: int = 0) -> Person:
    """Give the person of this name a part in the film."""
    person, _is_new = Person.objects.get_or_create(name=name)
    Credit.objects.create(movie=film, person=person, role=role, position=position)
    return person

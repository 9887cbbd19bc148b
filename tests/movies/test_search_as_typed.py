"""One hundred queries as people type them, and the film that each must find first."""

from pathlib import Path

import pytest
from django.db import connection

from movies.models import Movie, Person
from movies.selectors.search import FilmSearch, movies_search
from tests import cast

FOLDER = Path(__file__).parent / "as_typed"
FILMS = (FOLDER / "films.txt").read_text(encoding="utf-8").splitlines()
PAIRS = [
    tuple(line.split(" > "))
    for line in (FOLDER / "queries.txt").read_text(encoding="utf-8").splitlines()
]


@pytest.fixture(scope="module")
def catalogue(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        for place, entry in enumerate(FILMS):
            title, _, rest = entry.rpartition(" (")
            film = cast.movie(title, int(rest[:4]), n_ratings=500 - 5 * place)
            if director := rest[5:].strip():
                cast.credit(film, director)
        yield
        Movie.objects.all().delete()
        Person.objects.all().delete()


def test_there_are_a_hundred_queries_and_no_two_the_same():
    assert len({query for query, _title in PAIRS}) == len(PAIRS) >= 100


@pytest.mark.django_db
def test_nearly_every_query_finds_its_film_first(catalogue):
    missed = {}
    for query, wanted in PAIRS:
        found = [(film.title, f"{film.title} {film.year}") for film in movies_search(query)[:3]]
        if not found or wanted not in found[0]:
            missed[query] = [title for title, _ in found]
    assert len(missed) <= 2, list(missed.items())


@pytest.mark.django_db
@pytest.mark.parametrize("nonsense", ["qwxzzvkjh", "asdfghjkl", "zzzzzz", "0x0x0x", "хъжщы"])
def test_nonsense_finds_nothing_and_suggests_nothing(catalogue, nonsense):
    search = FilmSearch(nonsense)
    assert (list(search.movies), search.suggestions, search.people) == ([], [], [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "suggested"),
    [
        ("poltergiest", "Poltergeist"),
        ("shawshenk", "The Shawshank Redemption"),
        ("tarrantino", "Quentin Tarantino"),
    ],
)
def test_a_spelling_mistake_gets_a_suggestion(catalogue, query, suggested):
    assert suggested in [one.text for one in FilmSearch(query).suggestions]


@pytest.mark.django_db
def test_a_film_that_is_found_gets_no_suggestion(catalogue):
    assert FilmSearch("forrest gump").suggestions == []


@pytest.mark.django_db
def test_people_are_found_without_accents_and_their_films_with_them(catalogue):
    search = FilmSearch("almodovar")
    assert [person.name for person in search.people] == ["Pedro Almodóvar"]
    assert [film.title for film in search.movies] == ["Talk to Her"]


@pytest.mark.django_db
def test_searches_use_their_indexes(catalogue):
    from movies.selectors.search import _FILM_CANDIDATES, _PERSON_CANDIDATES

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plans = [movies_search("heat").explain()]
        for statement in (_FILM_CANDIDATES, _PERSON_CANDIDATES):
            cursor.execute(f"EXPLAIN {statement}", [["hea", "eat"]] * 2)
            plans.append("\n".join(row[0] for row in cursor.fetchall()))
    names = ("movies_movie_search", "movies_movie_trigrams", "movies_person_trigrams")
    assert all(name in plan for name, plan in zip(names, plans, strict=True)), plans

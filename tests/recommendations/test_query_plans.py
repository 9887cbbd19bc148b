"""Plans of the queries behind pages: none reads the table of ratings as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin import site
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from common.admin import EstimatingPaginator
from movies.models import Movie, Rating
from tests import cast

N_RATERS, N_EACH = 2_100, 50
"""More ratings than `EstimatingPaginator` counts, and enough for the planner to use indexes."""
N_OWN = 60
MOST_READ = 100 * EstimatingPaginator.MAX_PAGES
"""Ratings that a page may read: the admin's last page of 100 reads those of all pages before it."""
NODE = "movies_rating"


@pytest.fixture
def many_ratings(active: object, fresh_valkey: None) -> Iterator[User]:
    """Make ratings of many people, and return a superuser who has rated some films."""
    assert N_RATERS * N_EACH > EstimatingPaginator.ABOVE
    cast.movies(*((f"Story {number}", 1960 + number % 60, ["Drama"]) for number in range(1_000)))
    cast.raters(*range(1_000, 1_000 + N_RATERS))
    reader = cast.member(is_staff=True)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO movies_rating (user_id, movie_id, half_stars, rated_at)
            SELECT rater.id, film.id, 1 + (rater.n + film.n) %% 10,
                now() - film.n * '1 hour'::interval
            FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM accounts_user
                  WHERE source_id >= 1000) AS rater
            JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM movies_movie) AS film
            ON (film.n + rater.n) %% 20 = 0 AND film.n <= 20 * %s
            """,
            [N_EACH],
        )
    cast.rated(reader, *((film, 4) for film in Movie.objects.order_by("pk")[:N_OWN]))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    cache.clear()
    yield reader
    cache.clear()


def rating_nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the nodes of a plan that read the table of ratings."""
    if plan.get("Relation Name") == NODE:
        yield plan
    for child in plan.get("Plans", ()):
        yield from rating_nodes(child)


def read_rows(node: dict[str, Any]) -> float:
    """Return how many rows a node has read, those that its filter removed included."""
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return float(node["Actual Loops"] * (node["Actual Rows"] + removed))


class Plans:
    """Wrapper of queries that explains each that names the table of ratings."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.n_explained = 0

    def __call__(
        self, execute: Any, statement: Any, parameters: Any, many: bool, context: Any
    ) -> Any:
        text = statement if isinstance(statement, str) else statement.as_string()
        if NODE in text and text.lstrip().upper().startswith(("SELECT", "WITH")):
            execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}", parameters, many, context)
            found = context["cursor"].fetchone()[0]
            plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
            self.n_explained += 1
            for node in rating_nodes(plan):
                if node["Node Type"] == "Seq Scan" or read_rows(node) > MOST_READ:
                    self.faults.append(f"{node['Node Type']}, {read_rows(node):.0f} rows: {text}")
        return execute(statement, parameters, many, context)


def pages(film: Movie) -> dict[str, str]:
    names = [f"{model._meta.app_label}_{model._meta.model_name}" for model in site._registry]
    admin = {name: reverse(f"admin:{name}_changelist") for name in names}
    last = EstimatingPaginator.MAX_PAGES
    person = cast.credit(film, "Agnès Varda")
    return {
        **{f"admin, {name}": path for name, path in admin.items()},
        "home": "/",
        "browse": "/movies/",
        "browse, a genre": "/movies/?genre=drama&sort=title",
        "search": "/movies/?q=story+7",
        "a film": f"/movies/{film.pk}/",
        "a person": reverse("movies:person", args=[person.pk]),
        "For you": "/for-you/",
        "own ratings": "/taste/",
        "own ratings, page 2": "/taste/?page=2",
        "own ratings, API": reverse("api-ratings"),
        "a rating, API": reverse("api-rating", args=[film.pk]),
        "admin, films found": f"{admin['movies_movie']}?q=story",
        "admin, ratings, by film": f"{admin['movies_rating']}?o=2",
        "admin, ratings, by user": f"{admin['movies_rating']}?o=1",
        "admin, ratings, by time": f"{admin['movies_rating']}?o=-4",
        "admin, ratings of a rater": f"{admin['movies_rating']}?q=ml-test:1500",
        "admin, ratings of many raters": f"{admin['movies_rating']}?q=ml-test",
        "admin, last page of ratings": f"{admin['movies_rating']}?p={last}",
        "admin, users found": f"{admin['accounts_user']}?q=ml-test",
    }


@pytest.mark.slow
def test_no_page_reads_the_table_of_ratings_as_a_whole(many_ratings: User, client: Client) -> None:
    with connection.execute_wrapper(control := Plans()):
        Rating.objects.count()
    assert control.faults
    client.force_login(many_ratings)
    faults: dict[str, list[str]] = {}
    n_explained = 0
    for name, path in pages(Movie.objects.order_by("pk")[0]).items():
        with connection.execute_wrapper(plans := Plans()):
            assert client.get(path, follow=True).status_code == 200, name
        n_explained += plans.n_explained
        if plans.faults:
            faults[name] = plans.faults
    assert n_explained > 5
    assert not faults, "\n".join(f"{name}: {text}" for name, text in faults.items())

from collections.abc import Callable

import pytest
from django.contrib.sessions.backends.db import SessionStore

from movies.models import ListKind, Movie
from movies.visitors import Member, Stranger, Visitor
from recommendations.models import ModelRun
from recommendations.selectors.recommendations import (
    RecommendationList,
    RecommendedMovie,
    fit,
    for_ratings,
    for_visitor,
)
from tests import cast
from tests.recommendations.toy import ToyWorld

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["member", "stranger"])
def visitor(request: pytest.FixtureRequest) -> Callable[[], Visitor]:
    """The same person on each page they open, with and without an account."""
    if request.param == "member":
        user = cast.member()
        return lambda: Member(user)
    session = SessionStore()
    return lambda: Stranger(session)


def titles(found: RecommendationList) -> list[str]:
    return [item.movie.title for item in found.items]


def genres(found: RecommendationList) -> set[str]:
    return {genre.name for item in found.items for genre in item.movie.genres.all()}


def test_before_any_model_the_most_rated_films_come_and_that_is_said(world: ToyWorld, visitor):
    found = for_visitor(visitor())
    popular = list(Movie.objects.order_by("-n_ratings", "id")[:10])
    assert [item.movie for item in found.items] == popular
    assert (found.model_version, found.is_personal) == (None, False)
    assert "No model has been trained yet" in found.explanation


def test_before_any_model_rated_and_hidden_films_stay_out_too(world: ToyWorld, visitor):
    rated, hidden = Movie.objects.order_by("-n_ratings", "id")[:2]
    visitor().rate(rated, 9)
    visitor().mark(hidden, ListKind.NOT_INTERESTED)
    assert not {rated, hidden} & {item.movie for item in for_visitor(visitor()).items}


def test_one_rating_makes_the_very_next_list_personal(world: ToyWorld, active: ModelRun, visitor):
    before = for_visitor(visitor())
    assert not before.is_personal
    assert "Rate a few films" in before.explanation
    visitor().rate(world.films["Comedy"][3], 10)
    after = for_visitor(visitor())
    assert after.is_personal
    assert after.explanation == "Chosen for you from your 1 rating."
    assert after.model_version == active.pk
    assert len(after.items) == 10
    assert genres(after) <= {"Comedy", "Drama"}
    visitor().rate(world.films["Comedy"][3], 1)
    assert genres(for_visitor(visitor())) <= {"Horror", "Drama"}


def test_rated_and_hidden_films_never_come_back(world: ToyWorld, active: ModelRun, visitor):
    comedies = world.films["Comedy"]
    visitor().rate(comedies[-1], 10)
    visitor().mark(comedies[-2], ListKind.NOT_INTERESTED)
    found = for_visitor(visitor(), 100, exclude=[comedies[-3].pk])
    assert len(found.items) == 37
    assert not {item.movie for item in found.items} & set(comedies[-3:])


def test_a_film_says_which_rated_films_raised_it(world: ToyWorld, active: ModelRun):
    funny, scary = world.films["Comedy"][0], world.films["Horror"][0]
    found = for_ratings({funny.pk: 10, scary.pk: 1})
    assert found.items[0].reasons == ((funny, 4.5),)
    assert found.items[0].reason_line == "Because of your rating of Comedy 0"


def test_a_reason_line_names_all_its_films():
    films = [Movie(title=title) for title in ("Heat", "Alien", "Jaws")]
    one, two, three = (
        RecommendedMovie(films[0], 1.0, tuple((film, 1.0) for film in films[:n])).reason_line
        for n in (1, 2, 3)
    )
    assert one == "Because of your rating of Heat"
    assert two == "Because of your ratings of Heat and Alien"
    assert three == "Because of your ratings of Heat, Alien and Jaws"
    assert RecommendedMovie(films[0], 1.0).reason_line == ""


def test_only_films_of_the_asked_genres_come(world: ToyWorld, active: ModelRun):
    found = for_ratings({world.films["Comedy"][0].pk: 10}, genres=["Horror"])
    assert all(title.startswith("Horror") for title in titles(found))
    assert len(found.items) == 10


def test_a_film_that_left_the_catalogue_is_replaced_by_another(world: ToyWorld, active: ModelRun):
    ratings = {world.films["Comedy"][0].pk: 10}
    first = for_ratings(ratings).items[0].movie
    first.delete()
    found = for_ratings(ratings)
    assert len(found.items) == 10
    assert first.title not in titles(found)


def test_ratings_of_films_that_the_model_does_not_know_do_not_make_a_list_personal(
    world: ToyWorld, active: ModelRun
):
    found = for_ratings({cast.movie("New").pk: 10})
    assert not found.is_personal
    assert "does not know" in found.explanation


def test_a_fit_is_the_share_of_films_that_fit_less_well(world: ToyWorld, active: ModelRun):
    ada = cast.member()
    assert fit(Member(ada), world.films["Comedy"][1]) is None
    cast.rated(ada, (world.films["Comedy"][0], 5))
    assert fit(Member(ada), world.films["Comedy"][-1]) == 39 / 40
    assert fit(Member(ada), world.films["Horror"][0]) == 0
    assert fit(Member(ada), cast.movie("New")) is None


def test_the_ten_of_a_member_cost_four_queries(
    world: ToyWorld, active: ModelRun, django_assert_num_queries
):
    ada = cast.member()
    cast.rated(ada, (world.films["Comedy"][0], 5), (world.films["Horror"][0], 2))
    for_visitor(Member(ada))
    with django_assert_num_queries(4):  # ratings, lists, films, genres
        found = for_visitor(Member(ada))
        assert titles(found)
        assert genres(found)
        assert found.items[0].reason_line

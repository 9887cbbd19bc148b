from collections import Counter

import pytest
from django.test import Client

from movies.models import ListKind, Movie
from movies.visitors import Member, Visitor
from recommendations.selectors.wall import (
    N_OFFERS,
    WallPoster,
    _Candidate,
    choose_varied,
    offers_for,
    wall_for,
    wall_ids,
)
from recommendations.training.models import ModelRun
from tests import cast
from tests.recommendations.toy import ToyWorld

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("servers")]


def candidate(movie_id: int, n_ratings: int, *kinds: str) -> _Candidate:
    return _Candidate(movie_id, n_ratings, kinds)


def test_the_best_known_film_hangs_first():
    rows = [candidate(1, 5, "a"), candidate(2, 9, "a"), candidate(3, 7, "a")]
    assert choose_varied(rows, 2) == [2, 3]


def test_a_less_known_film_of_another_kind_hangs_before_more_of_the_same():
    rows = [candidate(1, 100, "a"), candidate(2, 90, "a"), candidate(3, 70, "b")]
    assert choose_varied(rows, 3) == [1, 3, 2]


def test_equal_films_hang_in_the_order_of_their_ids():
    rows = [candidate(3, 5), candidate(1, 5), candidate(2, 5)]
    assert choose_varied(rows, 3) == [1, 2, 3]


def wall_of(visitor: Visitor) -> list[WallPoster]:
    return wall_for(visitor, wall_ids(visitor))


def test_picking_marks_the_poster_and_moves_nothing(world: ToyWorld):
    ada = cast.member()
    before = wall_of(Member(ada))
    picked = [before[position].movie for position in (5, 20, 39)]
    cast.rated(ada, *((movie, 4.5) for movie in picked))
    after = wall_of(Member(ada))
    assert [poster.movie for poster in after] == [poster.movie for poster in before]
    assert [poster.movie for poster in after if poster.is_picked] == picked
    assert after[5].half_stars == 9


def test_no_genre_fills_the_wall(world: ToyWorld):
    wall = wall_of(Member(cast.member()))[:20]
    kinds = Counter(poster.movie.title.split()[0] for poster in wall)
    assert kinds["Comedy"] >= 8
    assert kinds["Horror"] >= 8


def test_the_wall_costs_five_queries_and_an_empty_catalogue_has_an_empty_wall(
    world: ToyWorld, django_assert_num_queries
):
    ada = Member(cast.member())
    with django_assert_num_queries(5):  # candidates, their genres, films, genres, ratings
        assert len(wall_of(ada)) == 40
    Movie.objects.all().delete()
    assert wall_of(ada) == []


@pytest.fixture
def on_wall(world: ToyWorld) -> list[int]:
    return [film.pk for films in world.films.values() for film in films[:4]]


def test_offers_are_six_films_beyond_the_wall_of_either_taste(
    world: ToyWorld, active: ModelRun, on_wall: list[int]
):
    offers = offers_for(Member(cast.member()), on_wall, (), ())
    assert len(set(offers.movies)) == N_OFFERS
    assert not set(on_wall) & {movie.pk for movie in offers.movies}
    assert {movie.title.split()[0] for movie in offers.movies} == {"Comedy", "Horror"}


def test_what_is_offered_keeps_its_place_and_a_picked_film_gives_its_own_to_another(
    world: ToyWorld, active: ModelRun, on_wall: list[int]
):
    ada = cast.member()
    before = offers_for(Member(ada), on_wall, (), ()).movies
    cast.rated(ada, (before[2], 4.5))
    after = offers_for(Member(ada), on_wall, [movie.pk for movie in before], ())
    assert [*after.movies[:2], *after.movies[3:]] == [*before[:2], *before[3:]]
    assert after.movies[2] not in before
    assert after.picked == (before[2],)
    assert after.passed == (before[2].pk,)


def test_a_film_that_was_not_known_is_not_offered_again(
    world: ToyWorld, active: ModelRun, on_wall: list[int]
):
    ada = Member(cast.member())
    seen: list[int] = []
    for _row in range(5):
        row = offers_for(ada, on_wall, (), seen)
        seen += [movie.pk for movie in row.movies]
    # Forty films less the eight on the wall: five rows of six, then two.
    assert len(seen) == len(set(seen)) == 30
    assert len(offers_for(ada, on_wall, (), seen).movies) == 2
    assert offers_for(ada, on_wall, (), seen).passed == tuple(seen)


def test_unwanted_films_are_not_offered(world: ToyWorld, active: ModelRun, on_wall: list[int]):
    ada = Member(cast.member())
    first = offers_for(ada, on_wall, (), ()).movies[0]
    ada.mark(first, ListKind.NOT_INTERESTED)
    assert first not in offers_for(ada, on_wall, (), ()).movies


def test_before_any_model_nothing_is_offered(world: ToyWorld, on_wall: list[int]):
    assert offers_for(Member(cast.member()), on_wall, (), ()).movies == ()


def test_offers_cost_four_queries(
    world: ToyWorld, active: ModelRun, on_wall: list[int], django_assert_num_queries
):
    ada = cast.member()
    offers_for(Member(ada), on_wall, (), ())
    with django_assert_num_queries(4):  # ratings, lists, films, genres
        offers_for(Member(ada), on_wall, (), ())


def test_the_answer_after_a_pick_is_the_ten_and_the_offers_without_the_wall(
    client: Client, world: ToyWorld, active: ModelRun
):
    page = client.get("/").content.decode()
    answer = client.get("/?offered=1,x,2&passed=,3", headers={"HX-Request": "true"})
    assert answer.context["offers"].passed == (3,)
    assert 'class="wall"' in page
    assert 'class="wall"' not in answer.content.decode()
    for part in ('id="your-ten"', 'id="offers"'):
        assert part in page
        assert part in answer.content.decode()

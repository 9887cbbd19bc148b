from collections import Counter

import pytest

from movies.visitors import Member
from recommendations.selectors.wall import _Candidate, choose_varied, wall_for
from tests import cast
from tests.recommendations.toy import ToyWorld

pytestmark = pytest.mark.django_db


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


def test_picking_marks_the_poster_and_moves_nothing(world: ToyWorld):
    ada = cast.member()
    before = wall_for(Member(ada))
    picked = [before[position].movie for position in (5, 20, 39)]
    cast.rated(ada, *((movie, 4.5) for movie in picked))
    after = wall_for(Member(ada))
    assert [poster.movie for poster in after] == [poster.movie for poster in before]
    assert [poster.movie for poster in after if poster.is_picked] == picked
    assert after[5].half_stars == 9


def test_no_genre_fills_the_wall(world: ToyWorld):
    wall = wall_for(Member(cast.member()), n_posters=20)
    kinds = Counter(poster.movie.title.split()[0] for poster in wall)
    assert kinds["Comedy"] >= 8
    assert kinds["Horror"] >= 8


def test_the_wall_costs_four_queries_and_an_empty_catalogue_has_an_empty_wall(
    world: ToyWorld, django_assert_num_queries
):
    ada = Member(cast.member())
    with django_assert_num_queries(4):  # candidates, films, genres, ratings
        assert len(wall_for(ada)) == 40
    world.films["Comedy"][0].__class__.objects.all().delete()
    assert wall_for(ada) == []

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from movies.models import ListEntry, ListKind, Movie, Rating
from movies.services.lists import list_add
from movies.services.ratings import half_stars_from, rating_clear, rating_set, ratings_adopt
from tests import cast

pytestmark = pytest.mark.django_db


def totals(movie: Movie) -> tuple[int, int]:
    movie.refresh_from_db()
    return movie.n_ratings, movie.half_stars_sum


def test_a_rating_adds_to_the_totals_of_its_film():
    heat = cast.movie("Heat")
    rating_set(user=cast.member("ada"), movie=heat, half_stars=9)
    rating_set(user=cast.member("bob"), movie=heat, half_stars=4)
    assert totals(heat) == (2, 13)
    assert heat.mean_stars == 3.25


def test_rating_again_replaces_the_rating_and_moves_the_totals_by_the_difference():
    ada, heat = cast.member(), cast.movie("Heat")
    rating_set(user=ada, movie=heat, half_stars=9)
    rating_set(user=ada, movie=heat, half_stars=2)
    assert ada.ratings.get().half_stars == 2
    assert totals(heat) == (1, 2)


def test_clearing_takes_the_rating_from_the_totals_and_says_whether_there_was_one():
    ada, heat = cast.member(), cast.movie("Heat")
    rating_set(user=ada, movie=heat, half_stars=9)
    assert rating_clear(user=ada, movie=heat) is True
    assert rating_clear(user=ada, movie=heat) is False
    assert totals(heat) == (0, 0)
    assert heat.mean_stars is None


def test_deleting_an_account_takes_its_ratings_from_the_totals():
    ada, heat, alien = cast.member(), cast.movie("Heat"), cast.movie("Alien", 1979)
    cast.rated(ada, (heat, 5), (alien, 3))
    cast.rated(cast.member("bob"), (heat, 1))
    ada.delete()
    assert totals(heat) == (1, 2)
    assert totals(alien) == (0, 0)


def test_bulk_changes_move_the_totals_of_every_film_they_touch():
    ada, heat, alien = cast.member(), cast.movie("Heat"), cast.movie("Alien", 1979)
    cast.rated(ada, (heat, 5))
    Rating.objects.filter(user=ada).update(movie=alien, half_stars=3)
    assert totals(heat) == (0, 0)
    assert totals(alien) == (1, 3)


@pytest.mark.parametrize("half_stars", [0, 11, -1])
def test_a_rating_out_of_range_is_refused_in_words(half_stars):
    with pytest.raises(ValidationError, match="from half a star to five stars"):
        rating_set(user=cast.member(), movie=cast.movie(), half_stars=half_stars)
    assert not Rating.objects.exists()


def test_what_the_constraints_forbid_is_said_in_words():
    ada, heat = cast.member(), cast.movie("Heat")
    cast.rated(ada, (heat, 5))
    now = timezone.now()
    with pytest.raises(ValidationError, match="has rated this film already"):
        Rating(user=ada, movie=heat, half_stars=3, rated_at=now).full_clean()
    with pytest.raises(ValidationError, match="from half a star to five stars"):
        Rating(user=ada, movie=cast.movie("Alien"), half_stars=11, rated_at=now).full_clean()
    list_add(user=ada, movie=heat, kind=ListKind.WATCH_LATER)
    with pytest.raises(ValidationError, match="is on this list already"):
        ListEntry(user=ada, movie=heat, kind=ListKind.WATCH_LATER).full_clean()
    with pytest.raises(ValidationError, match="not a valid choice"):
        ListEntry(user=ada, movie=heat, kind="nonsense").full_clean()


def test_the_database_refuses_what_the_services_would():
    ada, heat = cast.member(), cast.movie("Heat")
    [rating] = cast.rated(ada, (heat, 5))
    for wrong in ({"half_stars": 11}, {"half_stars": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Rating.objects.filter(pk=rating.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.create(user=ada, movie=heat, half_stars=3, rated_at=rating.rated_at)
    assert totals(heat) == (1, 10)


@pytest.mark.parametrize("stars", ["", "x", "0", "5.5", "3.3", "nan", "inf", "-1", "7", "1e400"])
def test_stars_that_are_no_halves_from_a_half_to_five_are_refused(stars):
    with pytest.raises(ValidationError, match="in halves"):
        half_stars_from(stars)


@given(st.integers(1, 10))
def test_stars_and_half_stars_are_two_ways_to_write_one_rating(half_stars):
    assert half_stars_from(str(half_stars / 2)) == half_stars


def test_picks_become_ratings_but_never_overwrite_one():
    ada, heat, alien = cast.member(), cast.movie("Heat"), cast.movie("Alien", 1979)
    cast.rated(ada, (heat, 1))
    unknown_id = 10**9
    assert ratings_adopt(user=ada, half_stars_of={heat.pk: 9, alien.pk: 8, unknown_id: 7}) == 1
    assert dict(ada.ratings.values_list("movie", "half_stars")) == {heat.pk: 2, alien.pk: 8}
    assert totals(alien) == (1, 8)


@pytest.mark.django_db(transaction=True)
def test_people_who_rate_one_film_at_the_same_moment_are_all_counted():
    heat = cast.movie("Heat")
    people = [cast.member(f"member{i}") for i in range(8)]
    together = Barrier(len(people))

    def rate(person):
        together.wait()
        rating_set(user=person, movie=heat, half_stars=7)
        connection.close()

    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(rate, people))
    assert totals(heat) == (8, 56)


@pytest.mark.django_db(transaction=True)
def test_one_person_who_rates_twice_at_the_same_moment_has_one_rating():
    ada, heat = cast.member(), cast.movie("Heat")
    together = Barrier(6)

    def rate(half_stars):
        together.wait()
        rating_set(user=ada, movie=heat, half_stars=half_stars)
        connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(rate, range(1, 7)))
    assert totals(heat) == (1, ada.ratings.get().half_stars)


@pytest.mark.django_db(transaction=True)
def test_bulk_ratings_of_the_same_films_in_opposite_order_do_not_deadlock():
    films = [cast.movie(f"Film {i}") for i in range(30)]
    people = [cast.member(f"member{i}") for i in range(4)]
    together = Barrier(len(people))

    def rate(position):
        ordered = films if position % 2 else films[::-1]
        together.wait()
        ratings_adopt(user=people[position], half_stars_of={film.pk: 6 for film in ordered})
        connection.close()

    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(rate, range(len(people))))
    assert {totals(film) for film in films} == {(4, 24)}

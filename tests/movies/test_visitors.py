import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import ValidationError
from django.test import RequestFactory

from movies.models import ListKind
from movies.visitors import Member, Stranger, Visitor
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["member", "stranger"])
def visitor(request):
    """Both kinds of visitor keep the same promises."""
    return Member(cast.member()) if request.param == "member" else Stranger(SessionStore())


def seen_again(visitor: Visitor) -> Visitor:
    """Return the same visitor at the next request."""
    if isinstance(visitor, Member):
        return Member(visitor.user)
    assert isinstance(visitor, Stranger)
    session = visitor._session
    session.save()
    return Stranger(SessionStore(session.session_key))


def test_a_request_says_who_visits():
    request = RequestFactory().get("/")
    request.session = SessionStore()
    request.user = AnonymousUser()
    assert Visitor.from_request(request).user is None
    request.user = ada = cast.member()
    assert Visitor.from_request(request).user == ada


def test_ratings_are_remembered_replaced_and_taken_back(visitor):
    heat, alien = cast.movie("Heat"), cast.movie("Alien", 1979)
    visitor.rate(heat, 9)
    visitor.rate(alien, 4)
    visitor.rate(heat, 7)
    assert visitor.ratings() == seen_again(visitor).ratings() == {heat.pk: 7, alien.pk: 4}
    assert visitor.n_ratings == 2
    visitor.unrate(heat)
    visitor.unrate(heat)
    assert visitor.ratings() == seen_again(visitor).ratings() == {alien.pk: 4}


def test_the_history_begins_with_the_latest_rating(visitor):
    heat, alien = cast.movie("Heat"), cast.movie("Alien", 1979)
    visitor.rate(heat, 9)
    visitor.rate(alien, 4)
    visitor.rate(heat, 7)
    history = [(rating.movie, rating.stars) for rating in seen_again(visitor).history()]
    assert history == [(heat, 3.5), (alien, 2.0)]


@pytest.mark.parametrize("half_stars", [0, 11])
def test_a_rating_out_of_range_is_refused_and_the_earlier_one_stays(visitor, half_stars):
    heat = cast.movie("Heat")
    visitor.rate(heat, 9)
    with pytest.raises(ValidationError, match="half a star to five stars"):
        visitor.rate(heat, half_stars)
    assert seen_again(visitor).ratings() == {heat.pk: 9}


def test_a_film_is_on_one_list_at_a_time(visitor):
    heat = cast.movie("Heat")
    visitor.mark(heat, ListKind.WATCH_LATER)
    visitor.mark(heat, ListKind.NOT_INTERESTED)
    visitor.mark(heat, ListKind.NOT_INTERESTED)
    again = seen_again(visitor)
    assert again.watch_later() == set()
    assert again.excluded() == {heat.pk}
    again.unmark(heat, ListKind.NOT_INTERESTED)
    again.unmark(heat, ListKind.NOT_INTERESTED)
    assert seen_again(again).excluded() == set()


def test_a_seen_film_is_not_recommended_and_not_disliked(visitor):
    heat = cast.movie("Heat")
    visitor.mark(heat, ListKind.SEEN)
    again = seen_again(visitor)
    assert again.excluded() == {heat.pk}
    assert again.marked(ListKind.NOT_INTERESTED) == set()
    assert again.ratings() == {}


def test_a_member_is_read_by_one_query_for_ratings_and_one_for_lists(django_assert_num_queries):
    ada = cast.member()
    cast.rated(ada, (cast.movie("Heat"), 4))
    visitor = Member(ada)
    with django_assert_num_queries(2):
        for _ in range(3):
            visitor.ratings(), visitor.watch_later(), visitor.excluded()


def test_a_session_holds_so_many_films_and_says_what_to_do_then(monkeypatch):
    monkeypatch.setattr(Stranger, "MAX_FILMS", 1)
    stranger = Stranger(SessionStore())
    heat, alien = cast.movie("Heat"), cast.movie("Alien", 1979)
    stranger.rate(heat, 9)
    stranger.mark(heat, ListKind.WATCH_LATER)
    with pytest.raises(ValidationError, match="Sign up"):
        stranger.rate(alien, 9)
    with pytest.raises(ValidationError, match="Sign up"):
        stranger.mark(alien, ListKind.WATCH_LATER)
    assert stranger.ratings() == {heat.pk: 9}
    assert stranger.watch_later() == {heat.pk}


def test_what_a_stranger_picked_becomes_a_members_but_overwrites_nothing():
    ada = cast.member()
    heat, alien, jaws = cast.movie("Heat"), cast.movie("Alien", 1979), cast.movie("Jaws", 1975)
    cast.rated(ada, (heat, 1))
    Member(ada).mark(jaws, ListKind.WATCH_LATER)
    stranger = Stranger(SessionStore())
    stranger.rate(heat, 10)
    stranger.rate(alien, 8)
    stranger.mark(jaws, ListKind.NOT_INTERESTED)
    stranger.mark(alien, ListKind.WATCH_LATER)
    assert stranger.become(ada) == 1
    member = Member(ada)
    assert member.ratings() == {heat.pk: 2, alien.pk: 8}
    assert member.watch_later() == {jaws.pk, alien.pk}
    assert member.excluded() == set()
    assert stranger.ratings() == {}
    assert stranger.watch_later() == set()
    assert stranger.become(ada) == 0


@pytest.mark.parametrize("kind", ListKind)
def test_a_rating_takes_a_film_off_every_list_and_only_not_interested_takes_the_rating(
    visitor, kind
):
    heat = cast.movie("Heat")
    visitor.mark(heat, kind)
    visitor.rate(heat, 9)
    assert seen_again(visitor).marked(kind) == set()
    visitor.mark(heat, kind)
    again = seen_again(visitor)
    assert again.marked(kind) == {heat.pk}
    assert again.ratings() == ({} if kind == ListKind.NOT_INTERESTED else {heat.pk: 9})


def test_at_log_in_no_film_becomes_both_rated_and_unwanted():
    ada, heat, alien = cast.member(), cast.movie("Heat"), cast.movie("Alien", 1979)
    cast.rated(ada, (heat, 1))
    Member(ada).mark(alien, ListKind.NOT_INTERESTED)
    stranger = Stranger(SessionStore())
    stranger.mark(heat, ListKind.NOT_INTERESTED)
    stranger.rate(alien, 8)
    assert stranger.become(ada) == 0
    member = Member(ada)
    assert member.ratings() == {heat.pk: 2}
    assert member.not_interested() == {alien.pk}


def test_a_film_that_is_gone_is_left_out_of_the_history():
    heat, alien = cast.movie("Heat"), cast.movie("Alien", 1979)
    stranger = Stranger(SessionStore())
    stranger.rate(heat, 10)
    stranger.rate(alien, 8)
    heat.delete()
    assert [rating.movie for rating in stranger.history()] == [alien]
    assert stranger.become(cast.member()) == 1

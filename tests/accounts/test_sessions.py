"""Two requests of one visitor at the same time lose nothing of each other."""

import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError

from accounts.sessions import SessionStore
from movies.models import ListKind
from movies.visitors import Stranger
from tests import cast

pytestmark = pytest.mark.django_db


def opened(key):
    """Return the session as another request has loaded it."""
    session = SessionStore(key)
    session.get("anything")
    return session


@pytest.fixture
def key():
    session = SessionStore()
    session["ratings"] = {"1": 8}
    session.create()
    return session.session_key


def test_the_site_uses_this_store():
    assert settings.SESSION_ENGINE == "accounts.sessions"


def test_picks_of_two_tabs_are_both_kept(key):
    heat, alien = cast.movie("Heat"), cast.movie("Alien")
    one, two = opened(key), opened(key)
    Stranger(one).rate(heat, 9)
    Stranger(two).rate(alien, 2)
    one.save()
    two.save()
    assert opened(key)["ratings"] == {"1": 8, str(heat.pk): 9, str(alien.pk): 2}


def test_a_pick_taken_back_in_one_tab_stays_away(key):
    one, two = opened(key), opened(key)
    one["ratings"] = {}
    two["ratings"] = {"1": 8, "2": 6}
    one.save()
    two.save()
    assert opened(key)["ratings"] == {"2": 6}


def test_lists_of_two_tabs_are_both_kept(key):
    heat, alien = cast.movie("Heat"), cast.movie("Alien")
    one, two = opened(key), opened(key)
    Stranger(one).mark(heat, ListKind.WATCH_LATER)
    Stranger(two).mark(alien, ListKind.WATCH_LATER)
    one.save()
    two.save()
    assert Stranger(opened(key)).watch_later() == {heat.pk, alien.pk}


def test_a_session_that_was_ended_meanwhile_is_not_revived(key):
    one, two = opened(key), opened(key)
    one.flush()
    two["ratings"] = {"2": 6}
    with pytest.raises(UpdateError):
        two.save()


def test_the_latest_pick_stands_last(key):
    session = opened(key)
    Stranger(session).rate(cast.movie(), 10)
    session.save()
    assert next(iter(opened(key)["ratings"])) == "1"

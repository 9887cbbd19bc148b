"""Signing up and logging in ask what becomes of a stranger's picks."""

import re

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from movies.models import Movie
from movies.visitors import Member
from tests import cast

pytestmark = pytest.mark.django_db

SIGN_UP = {"username": "ada", "password1": cast.PASSWORD, "password2": cast.PASSWORD}
LOG_IN = {"login": "ada", "password": cast.PASSWORD}
TICKED, EMPTY = ["false", "on"], ["false"]
"""What a browser sends of the box: a hidden no before it, and the box itself if it is ticked."""


@pytest.fixture(autouse=True)
def _no_attempts_counted_yet(servers):
    cache.clear()


@pytest.fixture(params=["signup", "login"])
def entrance(request, client):
    """Go through either entrance, with the box as given; ada has an account before she logs in."""
    form = SIGN_UP if request.param == "signup" else LOG_IN
    if request.param == "login":
        cast.member("ada")

    def enter(**answers) -> HttpResponse:
        return client.post(f"/accounts/{request.param}/", form | answers)

    enter.url = f"/accounts/{request.param}/"  # type: ignore[attr-defined]
    return enter


@pytest.fixture
def picks(client: Client) -> list[Movie]:
    """Return a pick, and a film the stranger does not want to see."""
    heat, alien = cast.movie("Heat"), cast.movie("Alien", 1979)
    client.post(f"/movies/{heat.pk}/rate/", {"stars": "4.5"})
    client.post(f"/movies/{alien.pk}/mark/", {"kind": "not_interested", "on": "1"})
    return [heat, alien]


def ada() -> Member:
    return Member(User.objects.get(username="ada"))


@pytest.mark.parametrize("box", [TICKED, None], ids=["ticked", "not shown"])
def test_picks_become_ratings_if_the_box_is_ticked_or_was_not_there(entrance, picks, box):
    assert entrance(**{"keep_picks": box} if box else {}).status_code == 302
    assert ada().ratings() == {picks[0].pk: 9}
    assert ada().excluded() == {picks[1].pk}


def test_picks_are_forgotten_without_the_tick(entrance, picks, client):
    assert entrance(keep_picks=EMPTY).status_code == 302
    assert ada().ratings() == {}
    assert ada().excluded() == set()
    assert not {"ratings", "lists", "keep_picks"} & set(client.session.keys())


def test_there_is_no_box_without_picks(entrance, client):
    assert "keep_picks" not in client.get(entrance.url).context["form"].fields
    assert entrance().status_code == 302


def test_the_box_counts_the_picks_and_is_ticked_at_first(entrance, picks, client):
    form = client.get(entrance.url).context["form"]
    assert form.fields["keep_picks"].label == "Save my 1 pick to my account"
    assert "checked" in str(form["keep_picks"])


def test_only_who_has_an_account_is_told_that_its_ratings_stay(picks, client):
    said = {
        name: client.get(f"/accounts/{name}/").context["form"].fields["keep_picks"].help_text
        for name in ("login", "signup")
    }
    assert "keep their rating" in said["login"]
    assert said["signup"] == "If you untick this, your picks are discarded."


def test_the_box_speaks_of_lists_if_nothing_is_rated(entrance, picks, client):
    client.post(f"/movies/{picks[0].pk}/rate/", {"stars": ""})
    form = client.get(entrance.url).context["form"]
    assert form.fields["keep_picks"].label == "Keep the films on my lists"


@pytest.mark.parametrize(
    ("box", "is_ticked"), [(EMPTY, False), (TICKED, True), (None, True)], ids=str
)
def test_a_mistake_elsewhere_leaves_the_box_as_it_was(entrance, picks, box, is_ticked):
    mistake = {"username": "", "login": "", "keep_picks": box}
    response = entrance(**{key: value for key, value in mistake.items() if value is not None})
    assert response.status_code == 200
    assert ("checked" in str(response.context["form"]["keep_picks"])) is is_ticked
    assert entrance().status_code == 302
    assert ada().ratings() == {picks[0].pk: 9}, "a choice counts with the form it came with"


@pytest.mark.parametrize("box", [TICKED, EMPTY], ids=["ticked", "empty"])
def test_what_a_member_rated_before_stays(client, box):
    member, heat = cast.member("ada"), cast.movie("Heat")
    cast.rated(member, (heat, 1))
    client.post(f"/movies/{heat.pk}/rate/", {"stars": "5"})
    client.post("/accounts/login/", LOG_IN | {"keep_picks": box})
    assert Member(member).ratings() == {heat.pk: 2}


def test_the_choice_outlasts_the_confirmation_of_an_address(client, picks, settings, mailoutbox):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    address = {"email": "ada@example.org"}
    client.post("/accounts/signup/", SIGN_UP | address | {"keep_picks": EMPTY})
    assert "_auth_user_id" not in client.session
    [link] = re.findall(r"http://testserver(\S+)", mailoutbox[-1].body)
    assert client.post(link)["Location"] == "/accounts/login/"
    form = client.get("/accounts/login/").context["form"]
    assert "checked" not in str(form["keep_picks"])
    client.post("/accounts/login/", LOG_IN | {"keep_picks": EMPTY})
    assert "_auth_user_id" in client.session
    assert ada().ratings() == {}


def test_staff_come_into_the_admin_by_the_same_entrance(client):
    cast.member("grace", is_staff=True, is_superuser=True)
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/accounts/login/?next=%2Fadmin%2F")
    response = client.post(response.redirect_chain[-1][0], LOG_IN | {"login": "grace"}, follow=True)
    assert response.request["PATH_INFO"] == "/admin/"
    assert response.status_code == 200

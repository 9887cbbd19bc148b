"""The people of the site, for staff's programs."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("servers")]

USERS = "/api/v1/users/"


@pytest.fixture
def grace(client: Client) -> User:
    grace = cast.member("grace", is_staff=True)
    client.force_login(grace)
    return grace


def names(client: Client, **query: str) -> list[str]:
    return [user["username"] for user in client.get(USERS, query).json()["results"]]


def test_members_come_the_latest_first_and_without_the_raters_of_data_sets(
    client: Client, grace: User
):
    cast.member("ada")
    cast.rater(7)
    assert names(client) == ["ada", "grace"]
    assert names(client, raters="true") == ["ml-test:7"]
    assert names(client, search="AD") == ["ada"]


def test_a_member_is_told_without_a_word_of_the_password(client: Client, grace: User):
    ada = cast.member("ada", email="ada@example.org")
    told = client.get(f"{USERS}{ada.pk}/").json()
    assert (told["username"], told["email"], told["is_staff"]) == ("ada", "ada@example.org", False)
    assert "password" not in told


def test_pages_skip_and_repeat_nobody_while_people_sign_up(client: Client, grace: User):
    for number in range(5):
        cast.member(f"ada{number}")
    first = client.get(USERS, {"page_size": 3}).json()
    cast.member("late")
    second = client.get(first["next"]).json()
    seen = [user["username"] for page in (first, second) for user in page["results"]]
    assert seen == ["ada4", "ada3", "ada2", "ada1", "ada0", "grace"]


def test_a_page_costs_one_query_beside_session_and_user(
    client: Client, grace: User, django_assert_num_queries: DjangoAssertNumQueries
):
    for number in range(5):
        cast.member(f"ada{number}")
    with django_assert_num_queries(3):
        client.get(USERS)

"""Staff may do what their permissions say, and nothing more."""

import pytest
from django.contrib.auth.models import Permission

from accounts.staff import permission_name
from recommendations.models import Activation
from recommendations.training.models import ModelRun
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_valkey")]

PLACES = [
    "/runs/",
    "/runs/start/",
    "/runs/schedule/",
    "/api/v1/users/",
    "/api/v1/runs/",
    "/api/v1/versions/",
    "/api/v1/webhooks/",
    "/api/v1/imports/",
    "/online/",
]


@pytest.fixture
def clerk(client):
    clerk = cast.member("clerk", is_staff=True, is_superuser=False)
    client.force_login(clerk)
    return clerk


def grant(user, action, model):
    codename = permission_name((action, model)).partition(".")[2]
    user.user_permissions.add(Permission.objects.get(codename=codename))


@pytest.mark.parametrize("place", PLACES)
def test_the_staff_flag_alone_opens_nothing(client, clerk, place):
    assert client.get(place).status_code in {403, 404}


def test_the_right_to_see_runs_does_not_start_or_serve_one(client, clerk):
    grant(clerk, "view", ModelRun)
    run = ModelRun.objects.create()
    assert client.get("/runs/").status_code == 200
    assert client.get("/api/v1/runs/").status_code == 200
    assert client.post("/api/v1/runs/", {}, "application/json").status_code == 403
    assert client.post(f"/api/v1/versions/{run.pk}/activate/", {}).status_code == 403
    assert client.post(f"/runs/{run.pk}/cancel/").status_code == 403
    assert client.post(f"/runs/{run.pk}/activate/").status_code == 403


def test_the_right_to_serve_a_model_is_one_of_its_own(client, clerk):
    grant(clerk, "add", Activation)
    answer = client.post("/api/v1/versions/roll-back/", {}, "application/json")
    assert answer.status_code == 409
    assert client.get("/api/v1/users/").status_code == 403


def test_an_administrator_has_every_right(client):
    client.force_login(cast.member("root", is_staff=True))
    for place in ("/runs/", "/api/v1/users/", "/api/v1/webhooks/", "/api/v1/imports/"):
        assert client.get(place).status_code == 200, place

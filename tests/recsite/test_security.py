"""Headers and throttles that keep visitors safe."""

import pytest
from django.urls import reverse

from tests import cast

PAGES = ["home", "movies:browse", "account_login", "account_signup", "recommendations:for-you"]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_forbids_inline_code_frames_and_sniffing(db, fresh_valkey, client, name):
    response = client.get(reverse(name))
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "<script>" not in response.content.decode()
    assert " style=" not in response.content.decode()


def test_over_tls_browsers_are_told_to_stay_there(db, fresh_valkey, client, settings):
    settings.SECURE_HSTS_SECONDS = 3600
    response = client.get(reverse("account_login"), secure=True)
    assert response.headers["Strict-Transport-Security"].startswith("max-age=3600")


def test_a_sixth_wrong_password_in_a_row_is_throttled(db, fresh_valkey, client):
    cast.member("ada")
    wrong = {"login": "ada", "password": "wrong"}
    answers = [client.post(reverse("account_login"), wrong) for _ in range(7)]
    assert "Too many attempts" not in answers[0].content.decode()
    assert "Too many attempts" in answers[-1].content.decode()
    right = {"login": "ada", "password": cast.PASSWORD}
    client.post(reverse("account_login"), right)
    assert "_auth_user_id" not in client.session


def test_the_error_page_needs_no_database(client, settings):
    from django.test import RequestFactory
    from django.views.defaults import server_error

    response = server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    assert b"<html" in response.content


@pytest.mark.parametrize("path", ["/no-such-page/", "/movies/999999999/"])
def test_what_is_not_there_is_a_page_of_the_site(db, fresh_valkey, client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert b"<html" in response.content

"""How programs sign up, log in and are let in: no page is scraped."""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from allauth.idp.oidc.internal.oauthlib import device_codes
from allauth.idp.oidc.internal.oauthlib.device_codes import cache_device_code_key
from allauth.idp.oidc.models import Client as OAuthClient
from allauth.idp.oidc.models import Token as OAuthToken
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts import oauth
from accounts.models import ApiToken, IdempotentAnswer, User
from accounts.oauth import client_create
from accounts.services import account_reinstate, account_suspend, tokens_revoke_all
from tests import cast
from tests.waiting import at_once, is_waiting_for_a_lock, wait_until

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("servers")]

AUTH = "/_allauth/app/v1/auth/"
TOKEN = "/identity/o/api/token"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
REDIRECT = "https://app.example/callback"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def _empty_cache(servers: None) -> None:
    cache.clear()


def post(client: Client, path: str, body: dict[str, Any], **headers: str) -> Any:
    return client.post(path, json.dumps(body), "application/json", headers=headers)


def form(path: str, values: dict[str, str]) -> Any:
    return Client().post(path, urlencode(values), "application/x-www-form-urlencoded")


def test_a_program_signs_up_makes_a_token_and_deletes_the_account(client: Client):
    body = {"username": "ada", "password": cast.PASSWORD}
    answer = post(client, f"{AUTH}signup", body)
    assert answer.status_code == 200, answer.content
    session = {"X-Session-Token": answer.json()["meta"]["session_token"]}
    program = Client()
    made = post(program, "/api/v1/tokens/", {"name": "TV", "scopes": ["read", "rate"]}, **session)
    assert made.status_code == 201, made.content
    bearer = {"Authorization": f"Bearer {made.json()['token']}"}
    assert program.get("/api/v1/ratings/", headers=bearer).status_code == 200
    wrong = post(program, "/api/v1/me/delete/", {"password": "wrong"}, **bearer)
    assert wrong.status_code == 400
    assert wrong.json()["errors"][0]["pointer"] == "#/password"
    gone = post(program, "/api/v1/me/delete/", {"password": cast.PASSWORD}, **bearer)
    assert gone.status_code == 204
    assert not User.objects.exists()
    assert program.get("/api/v1/ratings/", headers=bearer).status_code == 401


def test_a_program_logs_in(client: Client):
    cast.member()
    answer = post(client, f"{AUTH}login", {"username": "ada", "password": cast.PASSWORD})
    session = {"X-Session-Token": answer.json()["meta"]["session_token"]}
    assert Client().get("/api/v1/tokens/", headers=session).status_code == 200
    wrong = {"X-Session-Token": "wrong"}
    assert Client().get("/api/v1/tokens/", headers=wrong).status_code == 401


def test_a_session_makes_tokens_while_its_password_is_recent(client: Client, settings: Settings):
    cast.member()
    answer = post(client, f"{AUTH}login", {"username": "ada", "password": cast.PASSWORD})
    session = {"X-Session-Token": answer.json()["meta"]["session_token"]}
    body = {"name": "TV", "scopes": ["read"]}
    assert post(Client(), "/api/v1/tokens/", body, **session).status_code == 201
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    assert post(Client(), "/api/v1/tokens/", body, **session).status_code == 403


def test_one_key_makes_one_token_whose_secret_is_not_stored_in_plain(client: Client):
    cast.logged_in(client, cast.member())
    body, key = {"name": "TV", "scopes": ["read"]}, {"Idempotency-Key": "k"}
    first, again = (post(client, "/api/v1/tokens/", body, **key) for _ in range(2))
    assert first.status_code == again.status_code == 201, first.content
    assert first.json() == again.json()
    assert first["Location"] == again["Location"]
    assert first.json()["token"] not in IdempotentAnswer.objects.get().body
    assert ApiToken.objects.count() == 1


def test_a_device_is_let_in_by_a_code_that_its_owner_confirms(client: Client):
    ada = cast.member()
    program = client_create(name="My TV", redirect_uris=[])
    asked = {"client_id": program.id, "scope": "read"}
    device = form("/identity/o/api/device/code", asked).json()
    assert "device_code" in device, device
    poll = {
        "grant_type": DEVICE,
        "client_id": program.id,
        "device_code": device["device_code"],
    }
    assert form(TOKEN, poll).json()["error"] == "authorization_pending"
    client.force_login(ada)
    page = client.get("/identity/o/device", {"code": device["user_code"]})
    assert "My TV" in page.content.decode()
    client.post(f"/identity/o/device?code={device['user_code']}", {"action": "confirm"})
    answer = _poll_past_the_interval(poll)
    bearer = {"Authorization": f"Bearer {answer['access_token']}"}
    assert Client().get("/api/v1/ratings/", headers=bearer).status_code == 200
    film = cast.movie("Heat")
    body = {"movie_id": film.pk, "stars": 4}
    refused = post(Client(), "/api/v1/ratings/", body, **bearer)
    assert refused.status_code == 403
    assert "rate" in refused.json()["detail"]
    assert post(Client(), "/api/v1/tokens/", {"name": "x"}, **bearer).status_code == 403
    assert Client().get("/api/v1/users/", headers=bearer).status_code == 403
    form("/identity/o/api/revoke", {"token": answer["access_token"], "client_id": program.id})
    assert Client().get("/api/v1/ratings/", headers=bearer).status_code == 401


@pytest.mark.parametrize(
    ("action", "heading"),
    [("confirm", "Ihr Gerät ist verbunden"), ("deny", "Ihr Gerät ist nicht verbunden")],
)
def test_the_answer_to_a_device_is_a_page_in_the_owners_language(
    client: Client, action: str, heading: str
):
    client.force_login(cast.member())
    asked = {"client_id": client_create(name="My TV", redirect_uris=[]).id, "scope": "read"}
    code = form("/identity/o/api/device/code", asked).json()["user_code"]
    german = {"Accept-Language": "de"}
    page = client.post(f"/identity/o/device?code={code}", {"action": action}, headers=german)
    assert f"<h1>{heading}</h1>" in page.content.decode()
    assert "My TV" in page.content.decode()


def test_the_code_of_a_device_that_has_expired_is_called_so(client: Client):
    program = client_create(name="My TV", redirect_uris=[])
    asked = {"client_id": program.id, "scope": "read"}
    poll = {"grant_type": DEVICE, "client_id": program.id}
    unknown = form(TOKEN, poll | {"device_code": "x"})
    assert unknown.json()["error"] == "invalid_grant"
    poll["device_code"] = form("/identity/o/api/device/code", asked).json()["device_code"]
    cache.delete(cache_device_code_key(poll["device_code"]))  # as when its time is over
    expired = form(TOKEN, poll)
    assert (expired.status_code, expired.json()["error"]) == (400, "expired_token")
    assert "expired" in expired.json()["error_description"]


def confirmed_device(client: Client, program: OAuthClient) -> dict[str, str]:
    """Confirm the code of a device, and return the form that asks for its tokens."""
    asked = {"client_id": program.id, "scope": "read"}
    device = form("/identity/o/api/device/code", asked).json()
    client.post(f"/identity/o/device?code={device['user_code']}", {"action": "confirm"})
    return {"grant_type": DEVICE, "client_id": program.id, "device_code": device["device_code"]}


def test_the_code_of_a_device_lets_it_in_once(client: Client):
    client.force_login(cast.member())
    poll = confirmed_device(client, client_create(name="My TV", redirect_uris=[]))
    assert form(TOKEN, poll).status_code == 200
    assert form(TOKEN, poll).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "spelling", ["{}", "{} ", "{0[0]}{0[1]}", "{0[0]} {0[1]}", "{0[0]}.{0[1]}"]
)
def test_the_code_of_a_device_is_typed_in_any_spelling(client: Client, spelling: str):
    client.force_login(cast.member())
    program = client_create(name="My TV", redirect_uris=[])
    asked = {"client_id": program.id, "scope": "read"}
    code = form("/identity/o/api/device/code", asked).json()["user_code"]
    typed = spelling.format(code if spelling.startswith("{}") else code.split("-")).lower()
    page = client.get("/identity/o/device", {"code": typed}).content.decode()
    assert "My TV" in page
    assert code in page


def test_another_site_cannot_confirm_a_device():
    owner = Client(enforce_csrf_checks=True)
    owner.force_login(cast.member())
    program = client_create(name="My TV", redirect_uris=[])
    asked = {"client_id": program.id, "scope": "read"}
    path = (
        f"/identity/o/device?code={form('/identity/o/api/device/code', asked).json()['user_code']}"
    )
    assert owner.post(path, {"action": "confirm"}).status_code == 403
    page = owner.get(path).content.decode()
    csrf = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page).group(1)
    answer = owner.post(path, {"action": "confirm", "csrfmiddlewaretoken": csrf})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        (
            {"grant_type": "password", "username": "ada", "password": cast.PASSWORD},
            "unsupported_grant_type",
        ),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": "nope"}, "unsupported_grant_type"),
    ],
)
def test_a_grant_that_is_not_offered_is_called_so(values: dict[str, str], error: str):
    program = client_create(name="My TV", redirect_uris=[])
    answer = form(TOKEN, {"client_id": program.id} | values)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_no_answer_of_oauth_is_stored():
    program = client_create(name="My TV", redirect_uris=[])
    asked = {"client_id": program.id}
    for path in ("device/code", "token", "revoke"):
        answer = form(f"/identity/o/api/{path}", asked | {"token": "x"})
        assert answer["Cache-Control"] == "no-store"


def _poll_past_the_interval(poll: dict[str, str]) -> Any:
    key = cache_device_code_key(poll["device_code"])
    cache.set(key, cache.get(key) | {"last_poll_at": 0})
    return form(TOKEN, poll).json()


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    ("path", "content_type", "headers", "status", "told"),
    [
        ("token", FORM, {"Content-Encoding": "gzip"}, 415, "without Content-Encoding"),
        ("token", f"{FORM}; charset=utf-16", {}, 415, "in UTF-8"),
        ("token", FORM, {"Transfer-Encoding": "chunked"}, 411, "Send Content-Length"),
        ("token?scope=%ff", FORM, {}, 400, "scope: The address is not in UTF-8"),
        ("token", "application/json", {}, 400, f"Content-Type: {FORM}"),
        ("revoke", FORM, {"Content-Encoding": "br"}, 415, "without Content-Encoding"),
        ("device/code", FORM, {"Content-Encoding": "br"}, 415, "without Content-Encoding"),
    ],
)
def test_a_refusal_of_oauth_says_its_cause(
    path: str, content_type: str, headers: dict[str, str], status: int, told: str, language: str
):
    headers = headers | {"Accept-Language": language}
    answer = Client().post(f"/identity/o/api/{path}", "a=b", content_type, headers=headers)
    assert answer.status_code == status
    assert answer.json()["error"] == "invalid_request"
    assert told in answer.json()["error_description"]
    assert answer.json()["error_description"].isascii()


VERIFIER = "v" * 64


def code_for(client: Client, program: OAuthClient) -> str:
    """Grant a program its scopes on the page, and return the authorisation code."""
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    asked = {
        "client_id": program.id,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "scope": "read rate",
        "state": "s",
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    page = client.get("/identity/o/authorize", asked).content.decode()
    assert program.name in page
    signed = re.search(r'name="request"[^>]* value="([^"]+)"', page).group(1)
    granted = client.post(
        "/identity/o/authorize",
        {"request": signed, "scopes": ["read", "rate"], "action": "grant"},
    )
    return parse_qs(urlsplit(granted["Location"]).query)["code"][0]


def traded(program: OAuthClient, code: str, verifier: str = VERIFIER) -> Any:
    """Send an authorisation code to get tokens for it."""
    trade = {
        "grant_type": "authorization_code",
        "client_id": program.id,
        "code": code,
        "redirect_uri": REDIRECT,
        "code_verifier": verifier,
    }
    return form(TOKEN, trade)


def refreshed(program: OAuthClient, tokens: dict[str, str]) -> Any:
    values = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    return form(TOKEN, values | {"client_id": program.id})


def lets_in(tokens: dict[str, str]) -> bool:
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    return Client().get("/api/v1/ratings/", headers=bearer).status_code == 200


def test_a_web_program_is_let_in_by_a_code_with_pkce(client: Client):
    client.force_login(cast.member())
    program = client_create(name="Letters", redirect_uris=[REDIRECT])
    assert traded(program, code_for(client, program), "w" * 64).status_code == 400
    answer = traded(program, code_for(client, program)).json()
    bearer = {"Authorization": f"Bearer {answer['access_token']}"}
    film = cast.movie("Heat")
    rated = post(Client(), "/api/v1/ratings/", {"movie_id": film.pk, "stars": 4}, **bearer)
    assert rated.status_code == 201


def test_a_code_that_comes_twice_ends_the_tokens_that_it_gave(
    client: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(oauth, "SIMULTANEOUS_SECONDS", 0)
    client.force_login(cast.member())
    program = client_create(name="Letters", redirect_uris=[REDIRECT])
    before = traded(program, code_for(client, program)).json()
    code = code_for(client, program)
    tokens = traded(program, code).json()
    rotated = refreshed(program, tokens).json()
    assert lets_in(tokens)
    assert lets_in(rotated)
    other = client_create(name="Another", redirect_uris=[REDIRECT])
    assert traded(other, code).status_code == 400
    assert lets_in(tokens)
    again = traded(program, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert not lets_in(tokens)
    assert not lets_in(rotated)
    assert refreshed(program, rotated).status_code == 400
    assert lets_in(before)


def test_a_refresh_token_that_comes_again_ends_its_grant(
    client: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(oauth, "SIMULTANEOUS_SECONDS", 0)
    client.force_login(cast.member())
    program = client_create(name="Letters", redirect_uris=[REDIRECT])
    other_grant = traded(program, code_for(client, program)).json()
    first = traded(program, code_for(client, program)).json()
    second = refreshed(program, first).json()
    third = refreshed(program, second).json()
    other = client_create(name="Another", redirect_uris=[REDIRECT])
    assert refreshed(other, first).status_code == 400
    assert lets_in(third)
    again = refreshed(program, first)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert not any(map(lets_in, (first, second, third)))
    assert refreshed(program, third).status_code == 400
    assert lets_in(other_grant)
    assert refreshed(program, other_grant).status_code == 200


def test_the_refresh_tokens_of_a_device_end_in_the_same_way(
    client: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(oauth, "SIMULTANEOUS_SECONDS", 0)
    client.force_login(cast.member())
    program = client_create(name="My TV", redirect_uris=[])
    first = form(TOKEN, confirmed_device(client, program)).json()
    second = refreshed(program, first).json()
    assert refreshed(program, first).status_code == 400
    assert not lets_in(second)


def test_a_refresh_token_that_is_sent_twice_at_once_ends_nothing(client: Client):
    client.force_login(cast.member())
    program = client_create(name="Letters", redirect_uris=[REDIRECT])
    first = traded(program, code_for(client, program)).json()
    second = refreshed(program, first).json()
    assert refreshed(program, first).status_code == 400
    assert lets_in(second)
    assert refreshed(program, second).status_code == 200


def test_a_code_that_was_approved_before_the_password_was_reset_gives_no_tokens(client: Client):
    ada = cast.member()
    client.force_login(ada)
    program = client_create(name="Letters", redirect_uris=[REDIRECT])
    code, poll = code_for(client, program), confirmed_device(client, program)
    ada.set_password("another one 1815")
    ada.save()
    tokens_revoke_all(user=ada)
    for answer in (traded(program, code), form(TOKEN, poll)):
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert not OAuthToken.objects.exists()
    client.force_login(ada)
    assert lets_in(traded(program, code_for(client, program)).json())
    assert lets_in(form(TOKEN, confirmed_device(client, program)).json())


def test_a_code_that_was_approved_before_a_suspension_gives_no_tokens(client: Client):
    ada, grace = cast.member(), cast.member("grace", is_staff=True)
    client.force_login(ada)
    program = client_create(name="Letters", redirect_uris=[REDIRECT])
    code, poll = code_for(client, program), confirmed_device(client, program)
    account_suspend(user=ada, suspended_by=grace)
    account_reinstate(user=ada)
    for answer in (traded(program, code), form(TOKEN, poll)):
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert not OAuthToken.objects.exists()
    client.force_login(ada)
    assert lets_in(traded(program, code_for(client, program)).json())
    assert lets_in(form(TOKEN, confirmed_device(client, program)).json())


def test_an_approval_that_was_used_is_not_kept(client: Client):
    client.force_login(cast.member())
    program = client_create(name="Letters", redirect_uris=[REDIRECT])
    traded(program, code_for(client, program))
    form(TOKEN, confirmed_device(client, program))
    assert set(OAuthToken.objects.values_list("type", flat=True)) == {"at", "rt"}


def test_fewer_scopes_of_a_refresh_are_those_of_one_access_token(client: Client):
    client.force_login(cast.member())
    program = client_create(name="Letters", redirect_uris=[REDIRECT])
    tokens = traded(program, code_for(client, program)).json()
    values = {"grant_type": "refresh_token", "client_id": program.id}
    narrow = form(
        TOKEN, values | {"refresh_token": tokens["refresh_token"], "scope": "read"}
    ).json()
    assert narrow["scope"] == "read"
    bearer = {"Authorization": f"Bearer {narrow['access_token']}"}
    assert Client().get("/api/v1/tokens/current/", headers=bearer).json()["scopes"] == ["read"]
    whole = refreshed(program, narrow).json()
    assert set(whole["scope"].split()) == {"read", "rate"}
    bearer = {"Authorization": f"Bearer {whole['access_token']}"}
    scopes = Client().get("/api/v1/tokens/current/", headers=bearer).json()["scopes"]
    assert set(scopes) == {"read", "rate"}


def test_a_code_that_is_sent_with_another_redirect_address_is_an_invalid_grant(client: Client):
    client.force_login(cast.member())
    program = client_create(name="Letters", redirect_uris=[REDIRECT, f"{REDIRECT}/2"])
    trade = {
        "grant_type": "authorization_code",
        "client_id": program.id,
        "code": code_for(client, program),
        "code_verifier": VERIFIER,
    }
    for address in (f"{REDIRECT}/2", "https://evil.example/"):
        answer = form(TOKEN, trade | {"redirect_uri": address})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
        assert "redirect_uri" in answer.json()["error_description"]


@pytest.mark.parametrize(
    "changes",
    [{"client_id": "x"}, {"client_id": None}, {"redirect_uri": "https://evil.example/"}],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_wrong_client_is_a_page_with_the_status_400(
    client: Client, changes: dict[str, str | None], method: str
):
    client.force_login(cast.member())
    query = {name: value or "" for name, value in challenge(**changes).items()}
    answer = client.generic(method, f"/identity/o/authorize?{urlencode(query)}")
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("text/html")
    assert not answer.has_header("Location")


def test_a_visitor_who_is_not_logged_in_is_asked_to(client: Client):
    assert client.get("/identity/o/authorize", {"client_id": "x"}).status_code == 302


REFUSED_ADDRESSES = [
    *(
        "javascript:alert(1)",
        "data:text/html,x",
        "/cb",
        "films.example/cb",
        "https:///cb",
        "https:",
    ),
    *("https://films.example/cb#x", "https://films.example/cb#", "http://films.example/cb"),
    *(
        "http://localhost.evil.example/",
        "https://a@films.example/",
        "myapp:/cb",
        "ftp://a.example/",
    ),
    *("https://films.example/\\@evil.example", "https://films.example/a b", "com.example.app:"),
    *("https://*.example/", "https://films.example:99999/", "java\nscript.x:alert(1)"),
]


@pytest.mark.parametrize("address", REFUSED_ADDRESSES)
def test_a_redirect_address_that_is_not_safe_is_refused(client: Client, address: str):
    with pytest.raises(CommandError):
        call_command("create_oauth_client", "Letters", redirect_uris=[address])
    client.force_login(cast.member("grace", is_staff=True, is_superuser=True))
    program = client_create(name="Letters", redirect_uris=[REDIRECT])
    page = reverse("admin:allauth_idp_oidc_client_change", args=[program.pk])
    answer = client.post(page, admin_form(program, address))
    assert answer.context["adminform"].errors
    program.refresh_from_db()
    assert program.get_redirect_uris() == [REDIRECT]


@pytest.mark.parametrize(
    "address",
    [
        *("https://films.example/cb?x=1", "https://films.example", "http://localhost/cb"),
        *("http://127.0.0.1:8123/cb", "http://[::1]:8123/cb", "com.example.app:/cb"),
        "com.example.app://oauth/cb",
    ],
)
def test_a_safe_redirect_address_is_registered(client: Client, address: str):
    program = client_create(name="Letters", redirect_uris=[address])
    assert program.get_redirect_uris() == [address]
    program.set_redirect_uris([REDIRECT])
    program.save()
    client.force_login(cast.member("grace", is_staff=True, is_superuser=True))
    page = reverse("admin:allauth_idp_oidc_client_change", args=[program.pk])
    assert client.post(page, admin_form(program, address)).status_code == 302
    program.refresh_from_db()
    assert program.get_redirect_uris() == [address]


def admin_form(program: OAuthClient, address: str) -> dict[str, str]:
    """Return the form of a program's page in the admin with one redirect address."""
    names = ("id", "name", "scopes", "default_scopes", "type", "grant_types", "response_types")
    return {name: getattr(program, name) for name in names} | {"redirect_uris": address}


def together(request: Callable[[], Any]) -> list[Any]:
    """Return the answers to six of the same request, each sent by a thread of its own."""
    barrier = Barrier(6)

    def send(_position: int) -> Any:
        barrier.wait()
        try:
            return request()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        return list(pool.map(send, range(6)))


def answer_while(request: Callable[[], Any], change: Callable[[], None]) -> Any:
    """Return the answer to a request in whose transaction another connection begins a change."""
    answers: list[Any] = []
    at_once(lambda: answers.append(request()), change)
    return answers[0]


def the_one_let_in(answers: list[Any]) -> dict[str, str]:
    """Return the tokens of the only answer that has any; the others are ``invalid_grant``."""
    assert sorted(answer.status_code for answer in answers) == [200, *[400] * 5]
    [tokens] = [answer.json() for answer in answers if answer.status_code == 200]
    refused = [answer.json()["error"] for answer in answers if answer.status_code == 400]
    assert refused == ["invalid_grant"] * 5
    return tokens


@pytest.mark.django_db(transaction=True)
class TestRequestsAtOnce:
    def test_a_refresh_token_works_once(self, client: Client):
        client.force_login(cast.member())
        program = client_create(name="Letters", redirect_uris=[REDIRECT])
        tokens = traded(program, code_for(client, program)).json()
        for _round in range(3):
            tokens = the_one_let_in(together(partial(refreshed, program, tokens)))
            assert lets_in(tokens)
        assert OAuthToken.objects.filter(type=OAuthToken.Type.REFRESH_TOKEN).count() == 1

    def test_a_code_gives_tokens_once_and_they_work(self, client: Client):
        client.force_login(cast.member())
        program = client_create(name="Letters", redirect_uris=[REDIRECT])
        for _round in range(4):
            code = code_for(client, program)
            tokens = the_one_let_in(together(partial(traded, program, code)))
            assert lets_in(tokens)
            assert refreshed(program, tokens).status_code == 200

    def test_the_code_of_a_device_lets_it_in_once(self, client: Client):
        client.force_login(cast.member())
        program = client_create(name="My TV", redirect_uris=[])
        for _round in range(4):
            poll = confirmed_device(client, program)
            assert lets_in(the_one_let_in(together(partial(form, TOKEN, poll))))

    def test_a_refresh_token_that_is_revoked_meanwhile_gives_no_other(self, client: Client):
        client.force_login(cast.member())
        program = client_create(name="Letters", redirect_uris=[REDIRECT])
        tokens = traded(program, code_for(client, program)).json()
        revoked = {"token": tokens["refresh_token"], "client_id": program.id}
        answers: list[Any] = []
        at_once(
            lambda: form("/identity/o/api/revoke", revoked),
            lambda: answers.append(refreshed(program, tokens)),
        )
        assert [answer.status_code for answer in answers] == [400]
        assert answers[0].json()["error"] == "invalid_grant"

    def test_tokens_that_are_made_while_all_are_revoked_are_revoked(self, client: Client):
        ada = cast.member()
        client.force_login(ada)
        program = client_create(name="Letters", redirect_uris=[REDIRECT])
        for prepared in (
            lambda: partial(refreshed, program, traded(program, code_for(client, program)).json()),
            lambda: partial(traded, program, code_for(client, program)),
            lambda: partial(form, TOKEN, confirmed_device(client, program)),
        ):
            answer = answer_while(prepared(), lambda: tokens_revoke_all(user=ada))
            assert answer.status_code == 200
            assert not lets_in(answer.json())
            assert not OAuthToken.objects.exists()

    def test_a_token_that_is_refreshed_after_all_are_revoked_gives_no_other(self, client: Client):
        ada = cast.member()
        client.force_login(ada)
        program = client_create(name="Letters", redirect_uris=[REDIRECT])
        tokens = traded(program, code_for(client, program)).json()
        answers: list[Any] = []
        at_once(
            lambda: tokens_revoke_all(user=ada),
            lambda: answers.append(refreshed(program, tokens)),
        )
        assert answers[0].json()["error"] == "invalid_grant"
        assert not OAuthToken.objects.exists()

    @pytest.mark.parametrize(
        ("action", "status"), [("confirm", 200), ("deny", 400)], ids=["confirm", "deny"]
    )
    def test_the_answer_of_a_member_is_not_lost_to_a_poll(
        self, client: Client, monkeypatch: pytest.MonkeyPatch, action: str, status: int
    ):
        client.force_login(cast.member())
        program = client_create(name="My TV", redirect_uris=[])
        asked = {"client_id": program.id, "scope": "read"}
        device = form("/identity/o/api/device/code", asked).json()
        poll = {"grant_type": DEVICE, "client_id": program.id, "device_code": device["device_code"]}
        path = f"/identity/o/device?code={device['user_code']}"

        def confirm() -> None:
            client.post(path, {"action": action})
            connection.close()

        confirming = threading.Thread(target=confirm)
        store = device_codes.update_device_state

        def store_late(*state: Any) -> bool:
            """Store what a poll read; before, let the member answer."""
            if threading.current_thread() is not confirming:
                confirming.start()
                wait_until(lambda: is_waiting_for_a_lock() or not confirming.is_alive(), 20)
            return store(*state)

        monkeypatch.setattr(device_codes, "update_device_state", store_late)
        assert form(TOKEN, poll).json()["error"] == "authorization_pending"
        confirming.join(20)
        monkeypatch.undo()
        key = cache_device_code_key(device["device_code"])
        cache.set(key, cache.get(key) | {"last_poll_at": 0})
        answer = form(TOKEN, poll)
        assert answer.status_code == status
        assert answer.json().get("error", "access_denied") == "access_denied"

    def test_a_code_sent_again_before_its_tokens_are_stored_revokes_them(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(oauth, "SIMULTANEOUS_SECONDS", 0)
        client.force_login(cast.member())
        program = client_create(name="Letters", redirect_uris=[REDIRECT])
        code = code_for(client, program)
        answers: list[Any] = []
        at_once(
            lambda: answers.append(traded(program, code)),
            lambda: answers.append(traded(program, code)),
        )
        assert [answer.status_code for answer in answers] == [200, 400]
        assert not lets_in(answers[0].json())


def test_an_access_token_tells_of_itself_and_ends_itself(client: Client):
    client.force_login(cast.member())
    program = client_create(name="Letters", redirect_uris=[REDIRECT])
    tokens = traded(program, code_for(client, program)).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    found = Client().get("/api/v1/tokens/current/", headers=bearer).json()
    stored = OAuthToken.objects.by_value(tokens["access_token"]).get()
    assert found == {
        "kind": "oauth",
        "id": None,
        "name": "Letters",
        "hint": "",
        "scopes": ["read", "rate"],
        "created_at": stored.created_at.isoformat().replace("+00:00", "Z"),
        "expires_at": stored.expires_at.isoformat().replace("+00:00", "Z"),
        "last_used_at": None,
        "revoked_at": None,
    }
    some = Client().get("/api/v1/tokens/current/?fields=kind,scopes", headers=bearer).json()
    assert some == {"kind": "oauth", "scopes": ["read", "rate"]}
    assert Client().delete("/api/v1/tokens/current/", headers=bearer).status_code == 204
    assert not lets_in(tokens)
    assert refreshed(program, tokens).status_code == 200


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_a_program_revokes_its_own_tokens_alone(client: Client, kind: str):
    client.force_login(cast.member())
    program = client_create(name="Letters", redirect_uris=[REDIRECT])
    other = client_create(name="Another", redirect_uris=[REDIRECT])
    tokens = traded(program, code_for(client, program)).json()
    values = {"token": tokens[kind]}
    refused = form("/identity/o/api/revoke", values | {"client_id": other.id})
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert OAuthToken.objects.by_value(tokens[kind]).exists()
    hint = {"token_type_hint": "refresh_token"}  # it may be wrong
    own = form("/identity/o/api/revoke", values | hint | {"client_id": program.id})
    assert own.status_code == 200
    assert (own.content, "Content-Type" in own) == (b"", False)
    assert not OAuthToken.objects.by_value(tokens[kind]).exists()
    assert not lets_in(tokens)
    assert refreshed(program, tokens).status_code == (200 if kind == "access_token" else 400)


def test_a_program_is_registered_by_a_command(capsys: pytest.CaptureFixture[str]):
    call_command("create_oauth_client", "My TV")
    assert capsys.readouterr().out.strip().isalnum()


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE"])
@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/.well-known/oauth-authorization-server", "GET HEAD OPTIONS"),
        ("/.well-known/openid-configuration", "GET HEAD OPTIONS"),
        ("/.well-known/jwks.json", "GET HEAD OPTIONS"),
        (TOKEN, "POST OPTIONS"),
        ("/identity/o/api/revoke", "POST OPTIONS"),
        ("/identity/o/api/device/code", "POST OPTIONS"),
        (f"{AUTH}login", "POST OPTIONS"),
        (f"{AUTH}signup", "POST OPTIONS"),
        (f"{AUTH}session", "GET HEAD DELETE OPTIONS"),
        ("/_allauth/app/v1/config", "GET HEAD OPTIONS"),
    ],
)
def test_where_programs_sign_in_another_method_is_405(path: str, methods: str, method: str):
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    answer = client.generic(method, path)
    assert answer.status_code < 500
    assert (answer.status_code == 405) == (method not in methods.split())
    if method == "OPTIONS" or answer.status_code == 405:
        assert set(answer["Allow"].replace(",", "").split()) == set(methods.split())
        assert ("Content-Type" in answer) == (answer.status_code == 405)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("page", ["authorize", "device", "logout"])
def test_methods_that_no_browser_sends_are_refused_in_words(page: str, method: str):
    answer = Client(enforce_csrf_checks=True).generic(method, f"/identity/o/{page}")
    assert answer.status_code == 405
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize("query", ["client_id={client}", "zzz=1"])
@pytest.mark.parametrize("path", ["token", "revoke", "device/code"])
def test_parameters_of_oauth_in_the_address_are_refused(path: str, query: str):
    program = client_create(name="My TV", redirect_uris=[])
    address = f"/identity/o/api/{path}?{query.format(client=program.id)}"
    answer = form(address, {"client_id": program.id, "scope": "read"})
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "invalid_request",
        "error_description": "URL query parameters are not allowed.",
    }


@pytest.mark.parametrize("path", ["token", "device/code"])
def test_an_unknown_client_is_called_so(path: str):
    asked = {"client_id": "x", "grant_type": "refresh_token", "refresh_token": "x"}
    answer = form(f"/identity/o/api/{path}", asked)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_too_many_wrong_passwords_are_429_and_say_how_long_to_wait(client: Client):
    cast.member()
    body = {"username": "ada", "password": "wrong"}
    answers = [post(client, f"{AUTH}login", body) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [400] * 5 + [429]
    last = answers[-1]
    assert last["Content-Type"] == "application/problem+json"
    assert last["Retry-After"] == "300"
    assert last["RateLimit-Policy"] == '"attempts";q=5;w=300'
    assert last["RateLimit"] == '"attempts";r=0;t=300'
    assert last.json()["status"] == 429
    assert last.json()["type"].endswith("#throttled")
    assert last.json()["errors"][0]["code"] == "too_many_login_attempts"
    assert int(last["Content-Length"]) == len(last.content)


def test_too_many_sign_ups_tell_the_limit_of_sign_ups(client: Client):
    body = {"username": "ada", "password": "wrong"}
    last = [post(client, f"{AUTH}signup", body) for _ in range(21)][-1]
    assert (last.status_code, last["Content-Type"]) == (429, "application/problem+json")
    assert last["RateLimit-Policy"] == '"attempts";q=20;w=60'
    assert last["Retry-After"] == "60"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"{AUTH}login"),
        ("PUT", f"{AUTH}login"),
        ("GET", f"{AUTH}session"),
        ("GET", "/_allauth/app/v1/config"),
        ("GET", "/_allauth/nothing"),
        ("POST", "/identity/o/api/token"),
        ("GET", "/identity/o/api/token"),
        ("POST", "/identity/o/api/device/code"),
        ("POST", "/identity/o/api/revoke"),
        ("GET", "/identity/o/api/userinfo"),
        ("GET", "/.well-known/oauth-authorization-server"),
        ("GET", "/.well-known/openid-configuration"),
    ],
)
def test_every_address_of_programs_tells_what_is_left(
    client: Client, settings: Settings, method: str, path: str
):
    settings.PAGE_RATE = "2/hour"
    is_oauth = path.startswith("/identity/o/api/")
    content_type = FORM if is_oauth else "application/json"
    for left in (1, 0):
        answer = client.generic(method, path, b"", content_type)
        assert answer.status_code != 429
        assert answer["RateLimit-Policy"] == '"pages";q=2;w=3600'
        assert answer["RateLimit"].startswith(f'"pages";r={left};t=')
    answer = client.generic(method, path, b"", content_type)
    assert (answer.status_code, answer["Content-Type"]) == (429, "application/problem+json")
    assert answer.json()["type"].endswith("#throttled")
    assert 0 < int(answer["Retry-After"]) <= 3600
    assert answer["RateLimit"].startswith('"pages";r=0;t=')
    assert ("error" in answer.json()) == is_oauth


@pytest.mark.parametrize("value", [5, True, ["bob"], {}])
@pytest.mark.parametrize("name", ["username", "password", "email"])
def test_a_text_of_a_sign_up_is_a_text(client: Client, name: str, value: object):
    body = {"username": "bob", "password": cast.PASSWORD} | {name: value}
    answer = post(client, f"{AUTH}signup", body)
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert (error["code"], error["param"]) == ("invalid", name)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", f"{AUTH}signup"), ("GET", f"{AUTH}session"), ("GET", "/_allauth/app/v1/config")],
)
def test_a_parameter_in_the_address_of_a_sign_in_is_refused(method: str, path: str):
    answer = Client().generic(method, f"{path}?zzz=1")
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert (error["code"], error["param"]) == ("unknown", "zzz")


def challenge(**changes: str | None) -> dict[str, str]:
    """Return the query of a program that asks a member for consent."""
    program = client_create(name="Letters", redirect_uris=[REDIRECT])
    asked = {
        "client_id": program.id,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "scope": "read",
        "state": "s",
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
    } | changes
    return {name: value for name, value in asked.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"code_challenge_method": "plain"}, "code_challenge_method"),
        ({"code_challenge_method": None}, "code_challenge_method"),
        ({"code_challenge": "c" * 42}, "code_challenge"),
        ({"code_challenge": "c" * 129}, "code_challenge"),
        ({"code_challenge": "c" * 42 + "="}, "code_challenge"),
        ({"code_challenge": ""}, "code_challenge"),
        ({"code_challenge": None, "code_challenge_method": None}, "Code challenge"),
    ],
)
def test_a_code_challenge_is_of_s256_and_of_43_to_128_characters(
    client: Client, changes: dict[str, str | None], told: str
):
    client.force_login(cast.member())
    for prompt in (None, "none"):
        answer = client.get("/identity/o/authorize", challenge(**changes, prompt=prompt))
        assert answer.status_code == 302
        assert answer["Location"].startswith(f"{REDIRECT}?")
        query = parse_qs(urlsplit(answer["Location"]).query)
        assert (query["error"], query["state"]) == (["invalid_request"], ["s"])
        assert told in query["error_description"][0]
        assert "code" not in query


@pytest.mark.parametrize("changes", [{}, {"code_challenge": "c" * 128}])
def test_a_code_challenge_of_s256_leads_to_the_question(client: Client, changes: dict[str, str]):
    client.force_login(cast.member())
    page = client.get("/identity/o/authorize", challenge(**changes))
    assert page.status_code == 200
    assert "Letters" in page.content.decode()


def test_a_wrong_challenge_leads_to_no_address_that_the_program_does_not_have(client: Client):
    client.force_login(cast.member())
    asked = challenge(code_challenge_method="plain", redirect_uri="https://evil.example/")
    answer = client.get("/identity/o/authorize", asked)
    assert not answer.has_header("Location")


@pytest.mark.parametrize("body", ["x=%ff", "%ff=x", "x=1&x=2", "client_id=a&client_id=b"])
def test_a_form_is_in_utf_8_and_names_each_parameter_once(body: str):
    answer = Client().post(TOKEN, body, "application/x-www-form-urlencoded")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert "UTF-8" in answer.json()["error_description"] or "once" in str(answer.content)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
@pytest.mark.django_db
def test_a_sign_in_takes_json_alone(kind: str):
    body = '{"username": "x", "password": "y"}'
    answer = Client().generic("POST", "/_allauth/app/v1/auth/login", body, kind)
    assert answer.status_code == 415


ALIKE = [
    *(f"{REDIRECT}?x=1", f"{REDIRECT}?", f"{REDIRECT};a", f"{REDIRECT}/", f"{REDIRECT}#x"),
    f"{REDIRECT}?code=evil&state=t",
    *(REDIRECT.replace("https://", each) for each in ("https://u@", "HTTPS://", "https://:@")),
    *(REDIRECT.replace(".example", each) for each in (".EXAMPLE", ".example:443", ".example:")),
    REDIRECT.replace("callback", "%63allback"),
]


@pytest.mark.parametrize("redirect_uri", ALIKE)
@pytest.mark.parametrize("changes", [{}, {"scope": "admin"}, {"prompt": "none"}])
def test_a_redirect_address_is_compared_character_by_character(
    client: Client, redirect_uri: str, changes: dict[str, str]
):
    client.force_login(cast.member())
    asked = challenge(redirect_uri=redirect_uri, **changes)
    answer = client.get("/identity/o/authorize", asked)
    assert answer.status_code == 400
    assert not answer.has_header("Location")


@pytest.mark.parametrize(
    ("registered", "asked", "status"),
    [
        *(("http://127.0.0.1/cb", f"http://127.0.0.1{port}/cb", 200) for port in ("", ":51004")),
        ("http://127.0.0.1:8123/cb", "http://127.0.0.1:51004/cb", 200),
        ("http://[::1]/cb", "http://[::1]:51004/cb", 200),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb?x=1", 400),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004@evil.example/cb", 400),
        ("http://127.0.0.1", "http://127.0.0.1.evil.example", 400),
        ("http://localhost/cb", "http://localhost:51004/cb", 400),
        ("com.example.app:/cb", "com.example.app:/cb", 200),
        ("com.example.app:/cb", "com.example.app:/cb?x=1", 400),
    ],
)
def test_an_address_on_this_machine_has_any_port(
    client: Client, registered: str, asked: str, status: int
):
    client.force_login(cast.member())
    program = client_create(name="Letters", redirect_uris=[registered])
    query = challenge(client_id=program.id, redirect_uri=asked)
    assert client.get("/identity/o/authorize", query).status_code == status


@pytest.mark.parametrize("response_type", ["token", "id_token", "code token", "none", "x", "Code"])
def test_a_response_type_that_is_not_offered_is_called_so(client: Client, response_type: str):
    client.force_login(cast.member())
    answer = client.get("/identity/o/authorize", challenge(response_type=response_type))
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{REDIRECT}?")
    query = parse_qs(urlsplit(answer["Location"]).query)
    assert (query["error"], query["state"]) == (["unsupported_response_type"], ["s"])


def test_the_metadata_name_the_scopes_of_the_api(client: Client):
    metadata = client.get("/.well-known/openid-configuration").json()
    assert metadata["scopes_supported"] == ["read", "rate"]
    assert metadata["device_authorization_endpoint"].endswith("/identity/o/api/device/code")
    assert metadata["grant_types_supported"] == ["authorization_code", DEVICE, "refresh_token"]
    server = client.get("/.well-known/oauth-authorization-server")
    assert server["Access-Control-Allow-Origin"] == "*"
    assert server.json() == metadata
    assert metadata["issuer"] == "http://testserver"
    points = client.get("/api/v1/").json()["entry_points"]
    assert points["oauth"] == "http://testserver/.well-known/oauth-authorization-server"


@pytest.mark.parametrize("name", ["oauth-authorization-server", "openid-configuration"])
def test_the_metadata_name_what_the_site_offers_and_nothing_else(client: Client, name: str):
    metadata = client.get(f"/.well-known/{name}").json()
    assert metadata.keys() == {
        *("issuer", "authorization_endpoint", "device_authorization_endpoint"),
        *("token_endpoint", "token_endpoint_auth_methods_supported"),
        *("revocation_endpoint", "revocation_endpoint_auth_methods_supported"),
        *("scopes_supported", "grant_types_supported", "response_types_supported"),
        "code_challenge_methods_supported",
    }
    assert metadata["token_endpoint_auth_methods_supported"] == ["none"]
    assert metadata["revocation_endpoint_auth_methods_supported"] == ["none"]
    assert metadata["response_types_supported"] == ["code"]
    assert metadata["code_challenge_methods_supported"] == ["S256"]


def test_a_suspended_member_who_logs_in_by_a_program_is_told_so(client: Client):
    account_suspend(user=cast.member(), suspended_by=cast.member("grace", is_staff=True))
    sent = {"username": "ada", "password": cast.PASSWORD}
    refused = post(client, f"{AUTH}login", sent)
    assert refused.status_code == 403
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["detail"] == "The account is suspended."
    wrong = post(client, f"{AUTH}login", sent | {"password": "wrong"})
    assert wrong.status_code == 400  # who does not know the password does not learn it


def test_a_program_of_a_suspended_member_is_told_so(client: Client):
    ada = cast.member()
    client.force_login(ada)
    program = client_create(name="Letters", redirect_uris=[REDIRECT])
    tokens = traded(program, code_for(client, program)).json()
    answer = post(Client(), f"{AUTH}login", {"username": "ada", "password": cast.PASSWORD})
    session = {"X-Session-Token": answer.json()["meta"]["session_token"]}
    account_suspend(user=ada, suspended_by=cast.member("grace", is_staff=True))
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    for headers in (bearer, session):
        refused = Client().get("/api/v1/ratings/", headers=headers)
        assert refused.status_code == 401
        assert refused.json()["detail"] == "The account is suspended."
    refused = refreshed(program, tokens)
    assert refused.json() == {
        "error": "invalid_grant",
        "error_description": "The account is suspended.",
    }
    account_reinstate(user=ada)
    assert not lets_in(tokens)
    assert refreshed(program, tokens).json()["error"] == "invalid_grant"
    assert Client().get("/api/v1/ratings/", headers=session).status_code == 200


def test_a_session_that_has_ended_is_not_told_of_a_suspension(client: Client):
    ada = cast.member()
    answer = post(client, f"{AUTH}login", {"username": "ada", "password": cast.PASSWORD})
    session = {"X-Session-Token": answer.json()["meta"]["session_token"]}
    ada.set_password("another one 1815")
    ada.is_active = False
    ada.save()
    refused = Client().get("/api/v1/ratings/", headers=session)
    assert refused.json()["detail"] == "There is no such session, or it is over."


def test_a_member_sees_the_programs_that_are_let_in_and_disconnects_one(client: Client):
    ada, bob = cast.member(), cast.member("bob")
    programs = [client_create(name=name, redirect_uris=[REDIRECT]) for name in ("TV", "Letters")]
    client.force_login(bob)
    of_bob = traded(programs[0], code_for(client, programs[0])).json()
    client.force_login(ada)
    tokens = [traded(program, code_for(client, program)).json() for program in programs]
    document = (
        Client()
        .get("/api/v1/export/", headers={"Authorization": f"Bearer {tokens[0]['access_token']}"})
        .json()
    )
    assert [(app["name"], app["scopes"]) for app in document["connected_apps"]] == [
        ("Letters", ["read", "rate"]),
        ("TV", ["read", "rate"]),
    ]
    cast.logged_in(client, ada)
    page = client.get("/accounts/tokens/")
    assert [app.name for app in page.context["apps"]] == ["Letters", "TV"]
    path = f"/accounts/apps/{programs[0].pk}/disconnect/"
    assert path in page.content.decode()
    assert client.get(path).status_code == 405
    assert "TV is disconnected" in client.post(path, follow=True).content.decode()
    assert not lets_in(tokens[0])
    assert refreshed(programs[0], tokens[0]).status_code == 400
    assert lets_in(tokens[1])
    assert lets_in(of_bob)
    assert client.post(path).status_code == 404

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import exports
from accounts.models import ApiToken, User
from accounts.services import MAX_TOKENS, account_delete, token_create, token_revoke
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("servers")]

TOKENS = "/api/v1/tokens/"
CURRENT = "/api/v1/tokens/current/"
RATINGS = "/api/v1/ratings/"


def bearer(user: User, *scopes: str) -> dict[str, str]:
    """Return the header of a program that has a token with these scopes."""
    _token, secret = token_create(user=user, name="test", scopes=scopes)
    return {"Authorization": f"Bearer {secret}"}


def _last_use() -> datetime:
    used_at = ApiToken.objects.get().last_used_at
    assert used_at is not None
    return used_at


@pytest.fixture
def ada(client: Client) -> User:
    return cast.logged_in(client, cast.member())


class TestUse:
    def test_a_token_reads_what_is_its_owners(self, client: Client):
        ada = cast.member()
        cast.rated(ada, (cast.movie(), 4))
        response = client.get(RATINGS, headers=bearer(ada, "read"))
        assert [rating["stars"] for rating in response.json()["results"]] == [4.0]

    @pytest.mark.parametrize(("scope", "status"), [("read", 403), ("rate", 201), ("admin", 403)])
    def test_only_the_scope_rate_rates(self, client: Client, scope: str, status: int):
        ada = cast.member(is_staff=True)
        rating = {"movie_id": cast.movie().pk, "stars": 4}
        headers = bearer(ada, scope)
        response = client.post(RATINGS, rating, "application/json", headers=headers)
        assert response.status_code == status
        if status == 403:
            assert response.json()["detail"] == "This token lacks the scope rate."

    def test_the_scope_rate_does_not_read(self, client: Client):
        assert client.get(RATINGS, headers=bearer(cast.member(), "rate")).status_code == 403

    def test_admin_needs_the_scope_and_the_person(self, client: Client):
        ada = cast.member(is_staff=True)
        headers = bearer(ada, "admin")
        assert client.get("/api/v1/users/", headers=bearer(ada, "read")).status_code == 403
        assert client.get("/api/v1/users/", headers=headers).status_code == 200
        User.objects.update(is_staff=False)
        assert client.get("/api/v1/users/", headers=headers).status_code == 403

    def test_a_token_needs_no_csrf(self):
        strict = Client(enforce_csrf_checks=True)
        rating = {"movie_id": cast.movie().pk, "stars": 4}
        headers = bearer(cast.member(), "rate")
        response = strict.post(RATINGS, rating, "application/json", headers=headers)
        assert response.status_code == 201

    @pytest.mark.parametrize(
        "header", ["Bearer mq_wrong", "Bearer", "bearer  ", "Bearer a b", "Bearer \xe9"]
    )
    def test_what_is_no_token_is_refused_even_where_none_is_needed(
        self, client: Client, header: str
    ):
        response = client.get("/api/v1/genres/", headers={"Authorization": header})
        assert response.status_code == 401
        assert response.json()["type"].endswith("#authentication-failed")

    def test_a_revoked_an_expired_and_a_locked_token_are_refused(self, client: Client):
        ada = cast.member()
        revoked, expired, locked = (bearer(ada, "read") for _ in range(3))
        tokens = ApiToken.objects.order_by("id")
        token_revoke(token=tokens[0])
        assert client.get(RATINGS, headers=revoked).status_code == 401
        ApiToken.objects.filter(pk=tokens[1].pk).update(expires_at=timezone.now())
        answer = client.get(RATINGS, headers=expired)
        assert (answer.status_code, answer.json()["detail"]) == (401, "This token has expired.")
        User.objects.update(is_active=False)
        answer = client.get(RATINGS, headers=locked)
        assert (answer.status_code, answer.json()["detail"]) == (401, "The account is suspended.")
        answer = client.get(RATINGS, headers=revoked)
        assert answer.json()["detail"] == "There is no such token, or it was revoked."

    def test_a_request_costs_one_query_to_know_who_asks(
        self, client: Client, django_assert_num_queries
    ):
        headers = bearer(cast.member(), "read")
        client.get(RATINGS, headers=headers)
        with django_assert_num_queries(2):  # the token with its owner, the ratings
            client.get(RATINGS, headers=headers)

    def test_the_last_use_is_kept_to_the_hour(self, client: Client):
        headers = bearer(cast.member(), "read")
        client.get(RATINGS, headers=headers)
        first = _last_use()
        client.get(RATINGS, headers=headers)
        assert _last_use() == first
        ApiToken.objects.update(last_used_at=first - timedelta(hours=1))
        client.get(RATINGS, headers=headers)
        assert _last_use() > first


class TestKeeping:
    def test_only_a_hash_is_kept(self):
        _token, secret = token_create(user=cast.member(), name="TV", scopes=["read"])
        row = ApiToken.objects.values().get()
        assert secret.startswith("mq_")
        assert len(secret) > 40
        assert not any(secret[9:] in str(value) for value in row.values())

    def test_its_secret_is_no_part_of_an_export_and_goes_with_the_account(self):
        ada = cast.member()
        _token, secret = token_create(user=ada, name="Living-room TV", scopes=["read"])
        assert secret[9:] not in str(exports.export(ada))
        account_delete(user=ada, password=cast.PASSWORD)
        assert not ApiToken.objects.exists()


class TestManaging:
    def test_it_is_made_with_its_secret_listed_without_and_revoked(self, client: Client, ada: User):
        body = {"name": "TV", "scopes": ["rate", "read"]}
        made = client.post(TOKENS, body, "application/json")
        assert made.status_code == 201
        assert made["Cache-Control"] == "no-store"
        secret = made.json()["token"]
        [listed] = client.get(TOKENS).json()["results"]
        assert listed["scopes"] == ["read", "rate"]
        assert secret.startswith(listed["hint"])
        assert "token" not in listed
        assert client.delete(f"{TOKENS}{listed['id']}/").status_code == 204
        headers = {"Authorization": f"Bearer {secret}"}
        assert Client().get(RATINGS, headers=headers).status_code == 401

    @pytest.mark.parametrize(
        ("change", "place"),
        [
            ({"scopes": []}, "#/scopes"),
            ({"scopes": ["all"]}, "#/scopes"),
            ({"scopes": ["admin"]}, "#/scopes"),
            ({"name": ""}, "#/name"),
            ({"expires_at": "2020-01-01T00:00:00Z"}, "#/expires_at"),
            ({"user": 1}, "#/user"),
        ],
    )
    def test_what_cannot_be_is_refused_by_name(
        self, client: Client, ada: User, change: dict[str, object], place: str
    ):
        body = {"name": "TV", "scopes": ["read"]} | change
        response = client.post(TOKENS, body, "application/json")
        assert response.status_code == 400
        assert response.json()["errors"][0]["pointer"].startswith(place)

    def test_there_are_not_more_than_anybody_needs(self, client: Client, ada: User):
        ApiToken.objects.bulk_create(
            ApiToken(user=ada, name=str(i), scopes=["read"], digest=str(i))
            for i in range(MAX_TOKENS)
        )
        body = {"name": "TV", "scopes": ["read"]}
        assert client.post(TOKENS, body, "application/json").status_code == 400

    def test_a_token_makes_and_lists_no_tokens(self, client: Client):
        headers = bearer(cast.member(), "read", "rate")
        body = {"name": "TV", "scopes": ["read"]}
        made = client.post(TOKENS, body, "application/json", headers=headers)
        assert made.status_code == client.get(TOKENS, headers=headers).status_code == 403
        assert ApiToken.objects.count() == 1

    def test_a_token_tells_of_itself_and_ends_itself(self, client: Client):
        headers = bearer(cast.member(), "read")
        found = client.get(CURRENT, headers=headers).json()
        assert (found["kind"], found["scopes"]) == ("personal", ["read"])
        assert found["id"] == ApiToken.objects.get().pk
        assert client.delete(CURRENT, headers=headers).status_code == 204
        assert client.get(CURRENT, headers=headers).status_code == 401

    def test_another_persons_token_is_not_there(self, client: Client, ada: User):
        token, _secret = token_create(user=cast.member("bob"), name="TV", scopes=["read"])
        assert client.delete(f"{TOKENS}{token.pk}/").status_code == 404
        token.refresh_from_db()
        assert token.revoked_at is None


class TestPages:
    def test_the_page_shows_a_new_token_once(self, client: Client, ada: User):
        form = {"name": "Living-room TV", "scopes": ["read", "rate"], "days": "30"}
        page = client.post("/accounts/tokens/", form)
        secret = page.context["secret"]
        assert secret in page.content.decode()
        assert "no-store" in page["Cache-Control"]
        assert secret not in client.get("/accounts/tokens/").content.decode()
        token = ApiToken.objects.get()
        assert token.expires_at is not None
        assert timedelta(days=29) < token.expires_at - timezone.now() < timedelta(days=31)

    @pytest.mark.parametrize(("is_staff", "n_choices"), [(False, 2), (True, 3)])
    def test_only_staff_are_offered_the_scope_admin(
        self, client: Client, ada: User, is_staff: bool, n_choices: int
    ):
        User.objects.update(is_staff=is_staff)
        page = client.get("/accounts/tokens/")
        assert len(page.context["form"].fields["scopes"].choices) == n_choices
        made = client.post("/accounts/tokens/", {"name": "TV", "scopes": ["admin"], "days": ""})
        assert ("secret" in made.context) is is_staff

    def test_a_token_is_revoked_by_a_button(self, client: Client, ada: User):
        token, _secret = token_create(user=ada, name="TV", scopes=["read"])
        url = f"/accounts/tokens/{token.pk}/revoke/"
        assert client.get(url).status_code == 405
        page = client.post(url, follow=True)
        assert "is revoked" in page.content.decode()
        token.refresh_from_db()
        assert not token.is_usable

    def test_another_persons_token_has_no_button(self, client: Client, ada: User):
        token, _secret = token_create(user=cast.member("bob"), name="TV", scopes=["read"])
        assert client.post(f"/accounts/tokens/{token.pk}/revoke/").status_code == 404

    def test_strangers_are_asked_to_log_in(self, client: Client):
        assert client.get("/accounts/tokens/").status_code == 302

    def test_staff_close_tokens_in_the_admin(self, client: Client, ada: User):
        User.objects.update(is_staff=True, is_superuser=True)
        token, _secret = token_create(user=cast.member("bob"), name="TV", scopes=["read"])
        changed = {"action": "revoke", "_selected_action": [token.pk]}
        assert client.get("/admin/accounts/apitoken/add/").status_code == 403
        page = client.post("/admin/accounts/apitoken/", changed, follow=True)
        assert "The tokens are revoked" in page.content.decode()
        token.refresh_from_db()
        assert not token.is_usable

"""How other programs sign people in: OAuth 2.0 by allauth's identity provider."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.internal.oauthlib.request_validator import OAuthLibRequestValidator
from allauth.idp.oidc.internal.oauthlib.server import get_server
from allauth.idp.oidc.internal.oauthlib.utils import convert_response, extract_params
from allauth.idp.oidc.models import Client
from allauth.idp.oidc.models import Token as OAuthToken
from allauth.idp.oidc.views import RevokeView as AnyTokenRevokeView
from allauth.idp.oidc.views import authorization as authorize_by_page
from allauth.idp.oidc.views import configuration, device_authorization
from allauth.idp.oidc.views import device_code as issue_device_code
from allauth.idp.oidc.views import token as issue_token
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_deny
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from oauthlib.oauth2.rfc6749.endpoints import RevocationEndpoint
from oauthlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidRequestError, OAuth2Error
from typing_extensions import override

from accounts.models import ApiToken
from common.api.sign_in import oauth_error
from common.locks import transaction_lock

SCOPES: Final = (ApiToken.Scope.READ, ApiToken.Scope.RATE)
"""What a person may grant a program; the scope admin takes a personal token."""
GRANTS: Final[dict[str, str]] = {
    Client.GrantType.AUTHORIZATION_CODE: "code",
    Client.GrantType.DEVICE_CODE: "device_code",
    Client.GrantType.REFRESH_TOKEN: "refresh_token",
}
"""Grant type -> parameter with the code or token that works once.

No program acts for itself, so client_credentials is not offered.
"""
OPENID_ONLY: Final = {
    *("end_session_endpoint", "id_token_signing_alg_values_supported", "jwks_uri"),
    *("subject_types_supported", "userinfo_endpoint"),
}
"""Metadata of OpenID Connect, which RFC 8414 does not know or which name identity tokens."""
CHALLENGE: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
"""A code challenge (RFC 7636, section 4.2)."""
REMEMBERED_SECONDS: Final = 24 * 3600
"""How long after its end a code is known: a device's to have expired, another to have been used."""
SIMULTANEOUS_SECONDS: Final = 2
"""Seconds after the answer to an authorisation code in which a repetition revokes nothing.

Requests that a client sends at once may wait for a free thread, so some begin after the answer.
"""
REVOCABLE: Final = (OAuthToken.Type.ACCESS_TOKEN, OAuthToken.Type.REFRESH_TOKEN)
"""Types of the tokens that a grant gives."""


class OAuthAdapter(DefaultOIDCAdapter):  # type: ignore[misc] # allauth has no types
    """Scopes of the API instead of OpenID Connect's: there are no identity tokens."""

    scope_display = {scope.value: scope.label for scope in SCOPES}

    @override
    def populate_server_metadata(self, data: dict[str, Any]) -> None:
        data["scopes_supported"] = [scope.value for scope in SCOPES]
        data["response_types_supported"] = ["code"]
        data["grant_types_supported"] = [str(grant) for grant in GRANTS]


@csrf_exempt  # it changes nothing; 405 says so
@require_safe
def server_metadata(request: HttpRequest) -> JsonResponse:
    """Return the metadata of the OAuth 2.0 server (RFC 8414)."""
    found = json.loads(configuration(request).content)
    known = {name: value for name, value in found.items() if name not in OPENID_ONLY}
    return JsonResponse(known, headers={"Access-Control-Allow-Origin": "*"})


@csrf_exempt  # allauth checks the token of the form that grants
@xframe_options_deny
def authorize(request: HttpRequest) -> HttpResponse:
    """Let the member grant a program its scopes; refuse a challenge that is not of ``S256``.

    allauth's view takes the method ``plain`` as well, and a challenge of any length.
    """
    mistake = _mistake_of_challenge(request.GET)
    if request.method in {"GET", "HEAD"} and mistake:
        try:
            _scopes, found = get_server().validate_authorization_request(*extract_params(request))
        except (OAuth2Error, ValidationError):
            pass  # the view names this mistake
        else:
            error = InvalidRequestError(mistake, state=found["state"])
            return HttpResponse(
                status=HTTPStatus.FOUND, headers={"Location": error.in_uri(found["redirect_uri"])}
            )
    response: HttpResponse = authorize_by_page(request)
    return response


def _mistake_of_challenge(query: QueryDict) -> str:
    """Return what is wrong with a code challenge (RFC 7636); empty without a mistake."""
    challenge = query.get("code_challenge")
    if challenge is None:  # allauth refuses public programs without one
        return ""
    if query.get("code_challenge_method") != "S256":
        return "code_challenge_method must be S256."
    if not CHALLENGE.fullmatch(challenge):
        return "code_challenge must be 43 to 128 characters of A-Z, a-z, 0-9, '-', '.', '_', '~'."
    return ""


@csrf_exempt
def device_code(request: HttpRequest) -> HttpResponse:
    """Give a device its codes, and remember that they were given."""
    response: HttpResponse = issue_device_code(request)
    if request.method != "POST":
        return response
    client_id = request.POST.get("client_id")
    if response.status_code == HTTPStatus.BAD_REQUEST and client_id:
        if not Client.objects.filter(id=client_id).exists():
            return oauth_error(401, "invalid_client")
    elif response.status_code == HTTPStatus.OK:
        found = json.loads(response.content)
        seconds = found["expires_in"] + REMEMBERED_SECONDS
        cache.set(_device_key(found["device_code"]), client_id, seconds)
    return response


class _Validator(OAuthLibRequestValidator):  # type: ignore[misc] # allauth has no types
    """Revokes tokens of the program that asks, and no other program's (RFC 7009, section 2.1)."""

    @override
    def revoke_token(
        self, token: str, token_type_hint: str, request: Any, *args: Any, **kwargs: Any
    ) -> None:
        found = OAuthToken.objects.by_value(token).filter(type__in=REVOCABLE)
        if found.exclude(client=request.client).exists():
            raise InvalidGrantError("The token was issued to another client.")
        found.delete()


class RevokeView(AnyTokenRevokeView):  # type: ignore[misc] # allauth has no types
    """Revoke a token of the program that sends it; allauth's view revokes any program's."""

    @override
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        endpoint = RevocationEndpoint(_Validator())
        try:
            with _one_at_a_time(request.POST.get("token", "")):
                answer = endpoint.create_revocation_response(*extract_params(request))
        except InvalidGrantError as error:
            return oauth_error(error.status_code, error.error, error.description)
        response: HttpResponse = convert_response(*answer)
        return response


@csrf_exempt
def token(request: HttpRequest) -> HttpResponse:
    """Give a token, for a grant that is offered.

    The code of a device that has expired is called so (RFC 8628, section 3.5).

    allauth forgets a code when it expires, and knows it from an unknown one no longer.
    """
    grant = request.POST.get("grant_type")
    if request.method == "POST" and not grant:
        return oauth_error(400, "invalid_request", "grant_type is missing.")
    if request.method == "POST" and grant not in GRANTS:  # before a password is read
        return oauth_error(400, "unsupported_grant_type")
    started_at = timezone.now()
    with _one_at_a_time(request.POST.get(GRANTS.get(str(grant), ""), "")):
        return _answer_to_grant(request, started_at)


@contextmanager
def _one_at_a_time(secret: str) -> Iterator[None]:
    """Handle requests with the same code or token one after another, each in a transaction.

    allauth reads a code or token, issues new tokens and then deletes it, so requests at the same
    time would all succeed.
    """
    with transaction.atomic():
        if secret:
            transaction_lock(f"oauth:{secret}")
        yield


def _answer_to_grant(request: HttpRequest, started_at: datetime) -> HttpResponse:
    response: HttpResponse = issue_token(request)
    grant = request.POST.get("grant_type")
    if grant == Client.GrantType.AUTHORIZATION_CODE:
        _revoke_if_repeated(request, response, started_at)
    if grant != Client.GrantType.DEVICE_CODE:
        return response
    key = _device_key(request.POST.get("device_code", ""))
    if response.status_code == HTTPStatus.OK:
        cache.delete(key)
    elif json.loads(response.content).get("error") == "invalid_grant" and (
        cache.get(key) == request.POST.get("client_id", "")
    ):
        return oauth_error(400, "expired_token")
    return response


def _revoke_if_repeated(request: HttpRequest, response: HttpResponse, started_at: datetime) -> None:
    """Remember a used authorisation code; when it is sent again, revoke the tokens it gave.

    RFC 6749, section 4.1.2. Refresh tokens rotate, so every token that the program got for this
    member since the first use of the code is revoked. Requests at the same time as the first one
    revoke nothing, so that a client that sends a code twice at once keeps its tokens.
    """
    client_id = request.POST.get("client_id", "")
    code = f"{client_id}:{request.POST.get('code', '')}"
    key = f"oauth.used_code:{hashlib.sha256(code.encode()).hexdigest()}"
    found = json.loads(response.content)
    if response.status_code == HTTPStatus.OK:
        access = OAuthToken.objects.by_value(found["access_token"]).get()
        use = (access.user_id, started_at.isoformat(), timezone.now().isoformat())
        cache.set(key, use, REMEMBERED_SECONDS)
    elif found.get("error") == "invalid_grant" and (first := cache.get(key)):
        user_id, since, answered_at = first
        window = timedelta(seconds=SIMULTANEOUS_SECONDS)
        if started_at <= datetime.fromisoformat(answered_at) + window:
            return
        tokens = OAuthToken.objects.filter(client=client_id, user=user_id, type__in=REVOCABLE)
        tokens.filter(created_at__gte=since).delete()


def _device_key(code: str) -> str:
    return f"oauth.device_code:{hashlib.sha256(code.encode()).hexdigest()}"


def device(request: HttpRequest) -> HttpResponse:
    """Let the member confirm a device's code, however it is typed (RFC 8628, section 6.1).

    allauth's view takes the code with its hyphen alone and checks no CSRF token. This one is not
    exempt from the check.
    """
    if code := request.GET.get("code"):
        letters = "".join(filter(str.isalnum, code)).upper()
        query = request.GET.copy()
        query["code"] = f"{letters[:4]}-{letters[4:]}"
        request.GET = query  # type: ignore[assignment] # its immutable sibling
    response: HttpResponse = device_authorization(request)
    return response


def client_create(*, name: str, redirect_uris: list[str]) -> Client:
    """Register a public program: device authorisation, and PKCE where it has redirect addresses.

    Returns
    -------
    The client; its ``id`` is what the program sends. A public client has no secret.

    """
    grants = [Client.GrantType.DEVICE_CODE, Client.GrantType.REFRESH_TOKEN]
    if redirect_uris:
        grants.append(Client.GrantType.AUTHORIZATION_CODE)
    client = Client(name=name, type=Client.Type.PUBLIC)
    client.set_grant_types([str(grant) for grant in grants])
    client.set_scopes([scope.value for scope in SCOPES])
    client.set_default_scopes([ApiToken.Scope.READ.value])
    client.set_redirect_uris(redirect_uris)
    client.full_clean(exclude={"owner"})
    client.save()
    return client

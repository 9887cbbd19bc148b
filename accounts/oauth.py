"""How other programs sign people in: OAuth 2.0 by allauth's identity provider."""

import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.internal.oauthlib.device_codes import cache_user_code_key
from allauth.idp.oidc.internal.oauthlib.request_validator import OAuthLibRequestValidator
from allauth.idp.oidc.internal.oauthlib.server import get_server
from allauth.idp.oidc.internal.oauthlib.utils import (
    convert_response,
    extract_params,
    respond_html_error,
)
from allauth.idp.oidc.models import Client
from allauth.idp.oidc.models import Token as OAuthToken
from allauth.idp.oidc.views import RevokeView as AnyTokenRevokeView
from allauth.idp.oidc.views import authorization as authorize_by_page
from allauth.idp.oidc.views import device_authorization
from allauth.idp.oidc.views import device_code as issue_device_code
from allauth.idp.oidc.views import token as issue_token
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_deny
from django.views.decorators.csrf import csrf_exempt
from oauthlib.oauth2.rfc6749.endpoints import RevocationEndpoint
from oauthlib.oauth2.rfc6749.errors import (
    FatalClientError,
    InvalidGrantError,
    InvalidRequestError,
    MismatchingRedirectURIError,
    OAuth2Error,
    UnsupportedResponseTypeError,
)
from typing_extensions import override

from accounts.connected_apps import TOKEN_TYPES
from accounts.models import ApiToken, User
from accounts.services import member_lock
from accounts.tokens import digest_of
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
OPENID_ONLY: Final = (
    *("end_session_endpoint", "id_token_signing_alg_values_supported", "jwks_uri"),
    *("subject_types_supported", "userinfo_endpoint"),
)
"""Metadata of OpenID Connect, which this site does not offer: it gives no identity tokens."""
REDIRECT_URI: Final = re.compile(r"[A-Za-z0-9._~:/?@!$&'()*+,;=%\[\]-]+")
"""The characters of an absolute URI without a fragment (RFC 3986)."""
LOOPBACK_PORT: Final = re.compile(r"^(http://(?:127\.0\.0\.1|\[::1\]))(?::[0-9]{1,5})?(?=[/?]|$)")
"""Start of a redirect address on this machine whose port may be any (RFC 8252, section 7.3)."""
LOOPBACK: Final = {"localhost", "127.0.0.1", "::1"}
"""Hosts of redirect addresses that need no TLS (RFC 8252, section 7.3)."""
CHALLENGE: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
"""A code challenge (RFC 7636, section 4.2)."""
REMEMBERED_SECONDS: Final = 24 * 3600
"""How long after its end a code is known: a device's to have expired, another to have been used."""
SIMULTANEOUS_SECONDS: Final = 2
"""Seconds after the answer to a code or refresh token in which a repetition revokes nothing.

Requests that a client sends at once may wait for a free thread, so some begin after the answer.
"""
FAMILY: Final = "family"
"""Key in the data of a token: the hash of what the refresh tokens of one grant end with."""
FAMILY_BYTES: Final = 16
SESSION_HASH: Final = "session_hash"
"""Key in the data of an approval: a hash of the password that the member had then."""


class OAuthAdapter(DefaultOIDCAdapter):  # type: ignore[misc] # allauth has no types
    """Scopes of the API instead of OpenID Connect's: there are no identity tokens."""

    scope_display = {scope.value: scope.label for scope in SCOPES}

    @override
    def populate_server_metadata(self, data: dict[str, Any]) -> None:
        data["scopes_supported"] = [scope.value for scope in SCOPES]
        data["response_types_supported"] = ["code"]
        data["grant_types_supported"] = [str(grant) for grant in GRANTS]
        for endpoint in ("token", "revocation"):  # programs are public: they have no secret
            data[f"{endpoint}_endpoint_auth_methods_supported"] = ["none"]
        for name in OPENID_ONLY:
            del data[name]


@csrf_exempt  # allauth checks the token of the form that grants
@xframe_options_deny
def authorize(request: HttpRequest) -> HttpResponse:
    """Let the member grant a program its scopes; refuse a challenge that is not of ``S256``.

    allauth's view takes the method ``plain`` as well, and a challenge of any length. It shows an
    unknown client or redirect address on a page with the status 200; here it has 400. It takes
    redirect addresses with further parameters or in another spelling; here they are compared as
    texts (RFC 9700, section 2.1).
    """
    refused = _refusal(request) if request.method in {"GET", "HEAD"} else None
    response: HttpResponse = refused or authorize_by_page(request)
    if code := _code_in(response.get("Location", "")):
        _remember_approval(code, request)
    return response


def _refusal(request: HttpRequest) -> HttpResponse | None:
    """Return the answer to a program that asks in a wrong way; None where allauth names it."""
    response: HttpResponse
    if not _is_registered(request.GET):
        response = respond_html_error(request, error=MismatchingRedirectURIError())
        response.status_code = HTTPStatus.BAD_REQUEST
        return response
    try:
        get_server().validate_authorization_request(*extract_params(request))
    except (FatalClientError, ValidationError):
        response = authorize_by_page(request)
        if response.status_code == HTTPStatus.OK:  # else it asks the visitor to log in
            response.status_code = HTTPStatus.BAD_REQUEST
        return response
    except OAuth2Error:
        error = _error_of_type(request.GET)
    else:
        error = _error_of_type(request.GET) or _error_of_challenge(request.GET)
    if error is None:
        return None
    address = error.in_uri(request.GET["redirect_uri"])
    return HttpResponse(status=HTTPStatus.FOUND, headers={"Location": address})


def _code_in(address: str) -> str:
    """Return the authorisation code in the address to which a member is sent back."""
    parts = urlsplit(address)
    found = parse_qs(parts.query).get("code") or parse_qs(parts.fragment).get("code")
    return found[0] if found else ""


def _is_registered(query: QueryDict) -> bool:
    """Return whether a program's redirect address is one of its own, in the same spelling.

    The port of an address on this machine may be any (RFC 8252, section 7.3). allauth refuses an
    unknown program, and a request without an address.
    """
    asked = query.get("redirect_uri")
    client = Client.objects.filter(id=query.get("client_id", "")).first()
    if not asked or client is None:
        return True
    own = {LOOPBACK_PORT.sub(r"\1", uri) for uri in client.get_redirect_uris()}
    return LOOPBACK_PORT.sub(r"\1", asked) in own


def _error_of_type(query: QueryDict) -> OAuth2Error | None:
    """Return the error of a response type that is not offered (RFC 6749, section 4.1.2.1)."""
    is_offered = query.get("response_type", "code") == "code"
    return None if is_offered else UnsupportedResponseTypeError(state=query.get("state"))


def _error_of_challenge(query: QueryDict) -> OAuth2Error | None:
    """Return the error of a code challenge (RFC 7636); None without a mistake."""
    challenge = query.get("code_challenge")
    mistake = ""
    if challenge is None:  # allauth refuses public programs without one
        return None
    if query.get("code_challenge_method") != "S256":
        mistake = "code_challenge_method must be S256."
    elif not CHALLENGE.fullmatch(challenge):
        mistake = (
            "code_challenge must be 43 to 128 characters of A-Z, a-z, 0-9, '-', '.', '_', '~'."
        )
    return InvalidRequestError(mistake, state=query.get("state")) if mistake else None


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
    """Revokes tokens of the program that asks, and no other program's (RFC 7009, section 2.1).

    With a refresh token, the access tokens of the same grant end.
    """

    @override
    def revoke_token(
        self, token: str, token_type_hint: str, request: Any, *args: Any, **kwargs: Any
    ) -> None:
        found = OAuthToken.objects.by_value(token).filter(type__in=TOKEN_TYPES)
        if found.exclude(client=request.client).exists():
            raise InvalidGrantError("The token was issued to another client.")
        _end(_of_grant(request.client.pk, _family_of(token)))
        _end(found)


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
    if request.method != "POST":
        response: HttpResponse = issue_token(request)
        return response
    grant = request.POST.get("grant_type")
    if not grant:
        return oauth_error(400, "invalid_request", "grant_type is missing.")
    if grant not in GRANTS:  # before a password is read
        return oauth_error(400, "unsupported_grant_type")
    started_at = timezone.now()
    secret = request.POST.get(GRANTS[grant], "")
    with _one_at_a_time(secret):
        return _answer_to_grant(request, secret, started_at)


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


def _answer_to_grant(request: HttpRequest, secret: str, started_at: datetime) -> HttpResponse:
    grant = request.POST.get("grant_type")
    client_id = request.POST.get("client_id", "")
    old = _refresh_token(client_id, secret) if grant == Client.GrantType.REFRESH_TOKEN else None
    if old and (refused := _refused(old)):
        return refused
    response = _issue(request)
    is_refused = json.loads(response.content).get("error") == "invalid_grant"
    if response.status_code == HTTPStatus.OK:
        response = _of_one_family(request, secret, response, old)
    elif is_refused and grant == Client.GrantType.REFRESH_TOKEN:
        _end_if_repeated(client_id, _family_of(secret), started_at)
    elif is_refused and grant == Client.GrantType.AUTHORIZATION_CODE:
        _end_if_repeated(client_id, cache.get(_code_key(client_id, secret), ""), started_at)
    elif is_refused and cache.get(_device_key(secret)) == client_id:
        return oauth_error(400, "expired_token")
    return response


def _issue(request: HttpRequest) -> HttpResponse:
    """Return allauth's answer; another ``redirect_uri`` is ``invalid_grant`` (RFC 6749, 5.2)."""
    response: HttpResponse = issue_token(request)
    told = json.loads(response.content).get("error_description")
    if told == MismatchingRedirectURIError.description:
        return oauth_error(400, "invalid_grant", "The code was given to another redirect_uri.")
    return response


def _refresh_token(client_id: str, secret: str) -> OAuthToken | None:
    found = OAuthToken.objects.by_value(secret).filter(client=client_id)
    return found.select_related("user").first()


def _refused(refresh_token: OAuthToken) -> HttpResponse | None:
    """Lock the member of a refresh token; refuse a member who is suspended.

    With the lock, a member's tokens are refreshed before all of them are revoked, or not at all.
    """
    member_lock(user=refresh_token.user)
    if OAuthToken.objects.filter(pk=refresh_token.pk, user__is_active=False).exists():
        return oauth_error(400, "invalid_grant", "The account is suspended.")
    return None


def _of_one_family(
    request: HttpRequest, secret: str, response: HttpResponse, old: OAuthToken | None
) -> HttpResponse:
    """Mark new tokens as those of one grant, unless its approval has ended meanwhile.

    A new refresh token has the scopes of the ``old`` one: fewer scopes are those of the access
    token alone (RFC 6749, section 6).

    A refresh token ends with random text that all refresh tokens of the grant have. By it a token
    that was used long ago is known when it comes again, although its hash is no longer stored.
    """
    found = json.loads(response.content)
    access = OAuthToken.objects.by_value(found["access_token"]).select_related("user").get()
    family = _family_of(secret)
    if request.POST["grant_type"] != Client.GrantType.REFRESH_TOKEN:
        if not _is_approved(secret, access.user):
            transaction.set_rollback(True)
            return oauth_error(400, "invalid_grant")
        family = secrets.token_urlsafe(FAMILY_BYTES)
        if request.POST["grant_type"] == Client.GrantType.AUTHORIZATION_CODE:
            cache.set(_code_key(access.client_id, secret), family, REMEMBERED_SECONDS)
        cache.delete(_device_key(secret))
    family = family or secrets.token_urlsafe(FAMILY_BYTES)  # of a token made before there were any
    tokens = [access]
    if "refresh_token" in found:
        refresh = OAuthToken.objects.by_value(found["refresh_token"]).get()
        found["refresh_token"] += f".{family}"
        refresh.set_value(found["refresh_token"])
        refresh.set_scopes((old or refresh).get_scopes())
        tokens.append(refresh)
    for one in tokens:
        one.data = (one.data or {}) | {FAMILY: digest_of(family)}
        one.save(update_fields=["hash", "data", "scopes"])
    response.content = json.dumps(found).encode()
    return response


def _family_of(refresh_token: str) -> str:
    """Return what all refresh tokens of a grant end with; empty for another token."""
    return refresh_token.partition(".")[2]


def _of_grant(client_id: str, family: str) -> QuerySet[OAuthToken]:
    """Return the tokens of one grant."""
    if not family:
        return OAuthToken.objects.none()  # type: ignore[no-any-return] # allauth has no types
    of_family = {f"data__{FAMILY}": digest_of(family)}
    return OAuthToken.objects.filter(client=client_id, type__in=TOKEN_TYPES, **of_family)  # type: ignore[no-any-return]


def _end(tokens: QuerySet[OAuthToken]) -> None:
    """Delete tokens of one member, after other changes of this member."""
    if token := tokens.select_related("user").first():
        member_lock(user=token.user)
        tokens.delete()


def _end_if_repeated(client_id: str, family: str, started_at: datetime) -> None:
    """End the grant of a code or refresh token that was used before (RFC 9700, section 4.14.2).

    Both a program and a thief may have it, and nobody can tell which of them has the new tokens.
    Requests at the same time as the first one end nothing, so that a program that sends one twice
    at once keeps its tokens.
    """
    tokens = _of_grant(client_id, family)
    given_at = tokens.aggregate(last=Max("created_at"))["last"]
    window = timedelta(seconds=SIMULTANEOUS_SECONDS)
    if given_at is not None and started_at > given_at + window:
        _end(tokens)


def _remember_approval(code: str, request: HttpRequest) -> None:
    """Store that a member approved what a code will be exchanged for, and with which password.

    It is deleted with the member's tokens, at a reset of the password and when a suspension ends.
    """
    if code and isinstance(request.user, User):
        OAuthToken.objects.update_or_create(
            type=OAuthToken.Type.AUTHORIZATION_CODE,
            hash=digest_of(code),
            defaults={
                "user": request.user,
                "data": {SESSION_HASH: request.user.get_session_auth_hash()},
                "expires_at": timezone.now() + timedelta(seconds=REMEMBERED_SECONDS),
            },
        )


def _is_approved(code: str, user: User) -> bool:
    """Lock the member, and return whether a code was approved with the present password.

    A reset of the password revokes the member's tokens. It ends codes as well, which somebody with
    the old password may have approved. A suspension does the same.
    """
    member_lock(user=user)
    user.refresh_from_db(fields=["password", "is_active"])
    approvals = OAuthToken.objects.valid().filter(
        type=OAuthToken.Type.AUTHORIZATION_CODE, hash=digest_of(code), user=user
    )
    approved_with = [approval.data[SESSION_HASH] for approval in approvals]
    approvals.delete()
    present = user.get_session_auth_hash()
    return user.is_active and any(constant_time_compare(one, present) for one in approved_with)


def _code_key(client_id: str, code: str) -> str:
    return f"oauth.family_of_code:{digest_of(f'{client_id}:{code}')}"


def _device_key(code: str) -> str:
    return f"oauth.device_code:{digest_of(code)}"


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
    if request.method != "POST":
        return _device_page(request)
    device_code = cache.get(cache_user_code_key(request.GET.get("code", "")), "")
    with _one_at_a_time(device_code):  # a poll would write back the state from before the answer
        _remember_approval(device_code, request)
        return _device_page(request)


def _device_page(request: HttpRequest) -> HttpResponse:
    response: HttpResponse = device_authorization(request)
    return response


def validate_redirect_uri(uri: str) -> None:
    """Refuse a redirect address to which an authorisation code is not sent safely.

    It is an absolute URI without a fragment (RFC 6749, section 3.1.2): ``https``, ``http`` on this
    machine, or a private-use scheme with a dot (RFC 8252, section 7).

    Raises
    ------
    ValidationError
        It is another address.

    """
    if not _is_redirect_uri(uri):
        text = _(
            "%(uri)s is no redirect address. Use https, http on localhost, 127.0.0.1 or [::1], or "
            "a scheme of the app's own such as com.example.app:/callback; no fragment (#)."
        )
        raise ValidationError(text, params={"uri": uri})


def _is_redirect_uri(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        is_plain = parts.username is None and parts.port != 0
    except ValueError:
        return False
    if not REDIRECT_URI.fullmatch(uri) or not is_plain:
        return False
    if parts.scheme in {"http", "https"}:
        return bool(parts.hostname) and (parts.scheme == "https" or parts.hostname in LOOPBACK)
    return "." in parts.scheme and bool(parts.netloc or parts.path)


def client_create(*, name: str, redirect_uris: list[str]) -> Client:
    """Register a public program: device authorisation, and PKCE where it has redirect addresses.

    Returns
    -------
    The client; its ``id`` is what the program sends. A public client has no secret.

    Raises
    ------
    ValidationError
        A redirect address to which no code may be sent.

    """
    for uri in redirect_uris:
        validate_redirect_uri(uri)
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

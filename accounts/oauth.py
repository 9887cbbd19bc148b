"""How other programs sign people in: OAuth 2.0 by allauth's identity provider."""

import json
from typing import Any, Final

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.models import Client
from allauth.idp.oidc.views import configuration, device_authorization
from django.http import HttpRequest, HttpResponse, JsonResponse
from typing_extensions import override

from accounts.models import ApiToken

SCOPES: Final = (ApiToken.Scope.READ, ApiToken.Scope.RATE)
"""What a person may grant a program; the scope admin takes a personal token."""
GRANTS: Final = (
    Client.GrantType.AUTHORIZATION_CODE,
    Client.GrantType.DEVICE_CODE,
    Client.GrantType.REFRESH_TOKEN,
)
"""How a program gets a token; none acts for itself, so client_credentials is not among them."""
OPENID_ONLY: Final = {
    *("end_session_endpoint", "id_token_signing_alg_values_supported", "jwks_uri"),
    *("subject_types_supported", "userinfo_endpoint"),
}
"""Metadata of OpenID Connect, which RFC 8414 does not know or which name identity tokens."""


class OAuthAdapter(DefaultOIDCAdapter):  # type: ignore[misc] # allauth has no types
    """Scopes of the API instead of OpenID Connect's: there are no identity tokens."""

    scope_display = {scope.value: scope.label for scope in SCOPES}

    @override
    def populate_server_metadata(self, data: dict[str, Any]) -> None:
        data["scopes_supported"] = [scope.value for scope in SCOPES]
        data["response_types_supported"] = ["code"]
        data["grant_types_supported"] = [grant.value for grant in GRANTS]


def server_metadata(request: HttpRequest) -> JsonResponse:
    """Return the metadata of the OAuth 2.0 server (RFC 8414)."""
    found = json.loads(configuration(request).content)
    known = {name: value for name, value in found.items() if name not in OPENID_ONLY}
    return JsonResponse(known, headers={"Access-Control-Allow-Origin": "*"})


def device(request: HttpRequest) -> HttpResponse:
    """Let the member confirm a device's code, however it is typed (RFC 8628, section 6.1).

    allauth's view takes the code with its hyphen alone and checks no CSRF token. This one is not
    exempt from the check.
    """
    if code := request.GET.get("code"):
        letters = normalize_user_code(code).upper()
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

"""Programs that a member has let in by OAuth 2.0: which they are, and how the member ends one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from allauth.idp.oidc.models import Token as OAuthToken
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.exports import Section
from accounts.models import ApiToken, User, labels_of
from accounts.services import member_lock

TOKEN_TYPES: Final = (OAuthToken.Type.ACCESS_TOKEN, OAuthToken.Type.REFRESH_TOKEN)
"""Types of the tokens that a grant gives."""


@dataclass(frozen=True)
class ConnectedApp:
    """A program with which a member is signed in."""

    client_id: str
    name: str
    scopes: list[str]
    last_token_at: datetime
    """When it got its last token, which it does about once an hour while it is used."""

    @property
    def scope_labels(self) -> list[str]:
        """Return its scopes in words, without the explanations."""
        return labels_of(self.scopes)


def apps_connected(user: User) -> list[ConnectedApp]:
    """Return the programs that have a valid token of ``user``, by name. One query."""
    tokens = _tokens_of(user).valid().select_related("client")
    apps = []
    for client, group in groupby(tokens.order_by("client__name", "client"), attrgetter("client")):
        own = list(group)
        granted = {scope for token in own for scope in token.get_scopes()}
        scopes = [scope for scope in ApiToken.Scope.values if scope in granted]
        apps.append(
            ConnectedApp(client.pk, client.name, scopes, max(token.created_at for token in own))
        )
    return apps


@transaction.atomic
def app_disconnect(*, user: User, client_id: str) -> str:
    """Delete every token that a program has of ``user``, and return the program's name.

    The name is empty if the program has no token.
    """
    member_lock(user=user)
    tokens = _tokens_of(user).filter(client=client_id)
    token = tokens.select_related("client").first()
    tokens.delete()
    return str(token.client.name) if token else ""


def _tokens_of(user: User) -> Any:  # a query set of allauth, which has no types
    return OAuthToken.objects.filter(user=user, type__in=TOKEN_TYPES)


def _rows(user: User) -> Iterator[dict[str, Any]]:
    for app in apps_connected(user):
        yield {"name": app.name, "scopes": app.scopes, "last_token_at": app.last_token_at}


SECTION: Final = Section(
    "connected_apps", _("Connected apps"), _rows, lambda user: len(apps_connected(user))
)

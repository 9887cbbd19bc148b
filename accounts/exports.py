"""All that the site keeps about a person.

Each app registers the section it keeps, so that ``accounts`` need not know the others.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User


@dataclass(frozen=True)
class Section:
    """One kind of thing kept about people."""

    name: str
    """Its key in the export."""
    label: str | Promise
    """What people read beside the number of rows."""
    rows: Callable[[User], Iterable[dict[str, Any]]]
    """Everything kept about one person, ready for JSON."""
    count: Callable[[User], int]
    """How many rows that is, without reading them."""


_sections: dict[str, Section] = {}


def register(section: Section) -> None:
    """Add a section to every export and its count to every profile. Called in ``ready()``."""
    _sections[section.name] = section


def sections() -> list[Section]:
    """Return the kinds of things that the site keeps about people."""
    return list(_sections.values())


def export(user: User) -> dict[str, Any]:
    """Everything kept about ``user``. One query, and those of the sections."""
    sections = {name: list(section.rows(user)) for name, section in _sections.items()}
    return {"exported_at": timezone.now(), "profile": profile(user), **sections}


def export_rows(user: User) -> Iterator[dict[str, Any]]:
    """Yield everything kept about ``user`` row by row; ``section`` says which part a row is of."""
    yield {"section": "profile", "exported_at": timezone.now(), **profile(user)}
    for name, section in _sections.items():
        for row in section.rows(user):
            yield {"section": name, **row}


def section_names() -> list[str]:
    """Return the names of the registered sections."""
    return list(_sections)


def profile(user: User) -> dict[str, Any]:
    """Return who the person is."""
    emails = EmailAddress.objects.filter(user=user).values("email", "verified", "primary")
    return {
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "email_addresses": list(emails),
        "date_joined": user.date_joined,
        "last_login": user.last_login,
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
        "groups": list(user.groups.order_by("name").values_list("name", flat=True)),
    }


def _tokens(user: User) -> Iterator[dict[str, Any]]:
    """Return the user's tokens without their secrets, of which the site keeps no copy."""
    for token in user.api_tokens.order_by("pk"):
        yield {
            "name": token.name,
            "hint": token.hint,
            "scopes": token.scopes,
            "created_at": token.created_at,
            "expires_at": token.expires_at,
            "revoked_at": token.revoked_at,
            "last_used_at": token.last_used_at,
        }


TOKENS = Section("api_tokens", _("API tokens"), _tokens, lambda user: user.api_tokens.count())


def counts(user: User) -> list[tuple[str, int]]:
    """Return how many rows are stored about ``user``, by label.

    One query per section.
    """
    return [(str(section.label), section.count(user)) for section in _sections.values()]

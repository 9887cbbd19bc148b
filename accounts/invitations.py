"""Invitations to sign up on a site that is not open to everybody (``SIGN_UP=invited``)."""

import secrets
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.middleware import TakenMeanwhileError
from accounts.models import Invitation, User
from accounts.tokens import digest_of

SESSION_KEY: Final = "invitation"
VALID_FOR: Final = timedelta(days=14)


def invitation_create(*, created_by: User | None, email: str = "") -> tuple[Invitation, str]:
    """Make an invitation for one person, and return it with its code, which is stored nowhere.

    Raises
    ------
    ValidationError
        ``email`` is no address.

    """
    code = secrets.token_urlsafe(24)
    invitation = Invitation(
        digest=digest_of(code),
        email=email.strip(),
        created_by=created_by,
        expires_at=timezone.now() + VALID_FOR,
    )
    invitation.full_clean()
    invitation.save()
    return invitation, code


def invitation_find(code: str) -> Invitation | None:
    """Return the invitation with this code, None if it is unknown, used or expired."""
    return _open().filter(digest=digest_of(code)).first()


def invitation_remember(request: HttpRequest, invitation: Invitation) -> None:
    """Let this visitor sign up with the invitation."""
    request.session[SESSION_KEY] = invitation.pk


def invitation_of(request: HttpRequest) -> Invitation | None:
    """Return the invitation that the visitor came with, while it is still valid."""
    invitation_id = request.session.get(SESSION_KEY)
    return _open().filter(pk=invitation_id).first() if invitation_id else None


def invitation_check(request: HttpRequest, email: str) -> None:
    """Hold the address of a sign-up to the invitation that the visitor came with.

    Raises
    ------
    ValidationError
        The invitation is for another address.

    """
    invitation = invitation_of(request)
    if invitation is not None and not invitation.is_for(email):
        raise ValidationError(Invitation.OTHER_ADDRESS)


def invitation_use(request: HttpRequest, user: User) -> None:
    """Record that ``user`` signed up with the visitor's invitation, so that nobody else can.

    Raises
    ------
    TakenMeanwhileError
        Somebody else has just used it.

    """
    invitation_id = request.session.pop(SESSION_KEY, None)
    if settings.SIGN_UP != "invited" or not invitation_id:
        return
    mine = _open().filter(pk=invitation_id)
    if not mine.update(used_at=timezone.now(), used_by=user):
        raise TakenMeanwhileError


def _open() -> QuerySet[Invitation]:
    return Invitation.objects.filter(used_at=None, expires_at__gt=timezone.now())

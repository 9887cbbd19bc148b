"""What people may do to their account, and to the tokens of their programs."""

from collections.abc import Collection
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.idp.oidc.models import Token as OAuthToken
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiToken, User
from accounts.staff import may_manage
from accounts.tokens import HINT_LENGTH, digest_of, new_secret

LAST_USE_RESOLUTION = timedelta(hours=1)
MAX_TOKENS = 50
"""Usable tokens per person."""


@transaction.atomic
def account_delete(*, user: User, password: str) -> None:
    """Delete ``user`` and, by cascade, all that is kept about them; the next model forgets them.

    Raises
    ------
    ValidationError
        The password is not theirs. Who logs in by another site has none, and gives the name of
        the account instead.

    """
    if user.has_usable_password():
        if not user.check_password(password):
            raise ValidationError({"password": _("That password is incorrect.")})
    elif password != user.username:
        raise ValidationError({"password": _("This is not the name of your account.")})
    # Every other change locks the member first, too: so the two cannot deadlock.
    User.objects.select_for_update().filter(pk=user.pk).first()
    user.delete()


@transaction.atomic
def account_suspend(*, user: User, suspended_by: User) -> None:
    """Refuse a member everywhere from the next request on: pages, API, tokens and log-in.

    Ratings and lists are kept. OAuth tokens are kept as well, so that programs can be told why
    they are refused.

    Raises
    ------
    ValidationError
        It is oneself, an imported rater, or somebody with more rights.

    """
    if user.pk == suspended_by.pk:
        raise ValidationError(_("You cannot suspend your own account."))
    if not may_manage(suspended_by, user):
        raise ValidationError(_("You cannot suspend somebody who may do more than you."))
    if user.is_rater:
        raise ValidationError(_("A rater of a data set cannot log in anyway."))
    User.objects.filter(pk=user.pk).update(is_active=False)


@transaction.atomic
def account_reinstate(*, user: User) -> None:
    """Let a suspended member log in again. API tokens work again; programs ask once more."""
    if User.objects.filter(pk=user.pk, source="", is_active=False).update(is_active=True):
        OAuthToken.objects.filter(user=user).delete()


def departed_sessions_delete() -> int:
    """Delete the sessions of people whose account is gone; gives their number."""
    sessions: dict[str, str] = {}
    for session in Session.objects.iterator(chunk_size=1_000):
        user_id = session.get_decoded().get(SESSION_KEY)
        if user_id is not None:
            sessions[session.pk] = str(user_id)
    wanted = {int(user_id) for user_id in sessions.values() if user_id.isdecimal()}
    there = set(User.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    gone = [key for key, user_id in sessions.items() if int(user_id) not in there]
    return Session.objects.filter(pk__in=gone).delete()[0]


def member_lock(*, user: User) -> None:
    """Let the other changes of ``user`` wait until this transaction ends. One query."""
    User.objects.select_for_update(no_key=True).filter(pk=user.pk).values_list("pk").first()


def member_lock_unchanged(*, user: User) -> None:
    """Lock ``user`` for a change that needs the password with which the member came in.

    Raises
    ------
    ValidationError
        The password has changed since ``user`` was read, or the account is suspended or gone.

    """
    member_lock(user=user)
    if not User.objects.filter(pk=user.pk, password=user.password, is_active=True).exists():
        raise ValidationError(_("Your password has changed meanwhile. Log in again."))


@transaction.atomic
def token_create(
    *, user: User, name: str, scopes: Collection[str], expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """Make a token, and give it together with its secret, which nobody can read again.

    Raises
    ------
    ValidationError
        No scope or an unknown one, the admin scope for somebody who is not staff, a time that
        is over, or more than ``MAX_TOKENS``; or the password has changed since ``user`` was read.

    """
    member_lock_unchanged(user=user)
    if ApiToken.Scope.ADMIN in scopes and not user.is_staff:
        raise ValidationError({"scopes": _("Only staff may have tokens with the scope admin.")})
    if expires_at is not None and expires_at <= timezone.now():
        raise ValidationError({"expires_at": _("This time is over.")})
    if user.api_tokens.filter(_usable()).count() >= MAX_TOKENS:
        raise ValidationError(
            _("You have %(n)s tokens. Revoke one first."), params={"n": MAX_TOKENS}
        )
    secret = new_secret()
    token = ApiToken(
        user=user,
        name=name,
        scopes=[scope for scope in ApiToken.Scope.values if scope in scopes],
        expires_at=expires_at,
        digest=digest_of(secret),
        hint=secret[:HINT_LENGTH],
    )
    token.full_clean()
    token.save()
    return token, secret


def token_revoke(*, token: ApiToken) -> None:
    """Close the token for good, from the next request on; revoked before, it stays as it is."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
    token.refresh_from_db()


def tokens_usable(user: User) -> QuerySet[ApiToken]:
    """Return the tokens with which programs still come in as ``user``."""
    return user.api_tokens.filter(_usable())


@transaction.atomic
def tokens_revoke_all(*, user: User) -> None:
    """Revoke every token of ``user``, those of OAuth 2.0 too: their programs ask once more."""
    member_lock(user=user)  # a token that is being made or refreshed is revoked, too
    tokens_usable(user).update(revoked_at=timezone.now())
    OAuthToken.objects.filter(user=user).delete()


def address_belongs_to(user: User, email: str) -> bool:
    """Whether an e-mail address is a member's: confirmed, or the main one with none confirmed."""
    confirmed = set(
        EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    )
    return email.lower() in (confirmed or {user.email.lower()})


@transaction.atomic
def account_claim(*, user: User) -> None:
    """Give an account whose address nobody has confirmed to the person who has the address.

    The person who signed up may have been somebody else: second factors, linked sites and other
    addresses are removed. An account with a confirmed address stays as it is.
    """
    addresses = EmailAddress.objects.filter(user=user)
    if addresses.filter(verified=True).exists():
        return
    Authenticator.objects.filter(user=user).delete()
    SocialAccount.objects.filter(user=user).delete()
    addresses.exclude(email=user.email.lower()).delete()
    for address in addresses:
        address.set_verified()


def token_touch(*, token: ApiToken) -> None:
    """Note that the token is in use, at most once an hour: not every request is to be a write."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at >= LAST_USE_RESOLUTION:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


def _usable() -> Q:
    return Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=timezone.now()))

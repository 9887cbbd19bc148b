"""What happens to tokens and ways in when a password changes, and to logs of a deleted account."""

from typing import Any

from allauth.account.signals import (
    password_changed,
    password_reset,
    password_set,
)
from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import ngettext

from accounts.models import User
from accounts.services import account_claim, tokens_revoke_all, tokens_usable


@receiver([password_reset, password_set])
def revoke_tokens(user: User, **_kwargs: Any) -> None:
    """Revoke every token, since one may have been made with the old password."""
    tokens_revoke_all(user=user)


@receiver(password_reset)
def claim_account(user: User, **_kwargs: Any) -> None:
    """Give an account with an unconfirmed address to the person who reset its password."""
    account_claim(user=user)


@receiver(post_delete, sender=User)
def forget_admin_log(instance: User, **_kwargs: Any) -> None:
    """Delete the admin's log lines about a deleted account: they hold its id and its name."""
    if not instance.is_rater:
        about = LogEntry.objects.filter(content_type__app_label="accounts")
        about.filter(content_type__model="user", object_id=str(instance.pk)).delete()


@receiver(password_changed)
def tell_of_tokens(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """Tell a member who changed the password that API tokens still work."""
    n_tokens = tokens_usable(user).count()
    if n_tokens:
        text = ngettext(
            "%(n)s API token still works with your account. Revoke it if you do not know it.",
            "%(n)s API tokens still work with your account. Revoke those you do not know.",
            n_tokens,
        )
        messages.warning(request, text % {"n": n_tokens}, fail_silently=True)

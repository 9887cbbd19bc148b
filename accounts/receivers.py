"""What happens to tokens and ways in when a password changes, and to logs of a deleted account."""

from typing import Any

from allauth.account.signals import password_changed, password_reset
from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.db.models.signals import post_delete, post_save, pre_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import account_claim, tokens_revoke_all
from accounts.signals import password_replaced


@receiver(pre_save, sender=User)
def notice_new_password(instance: Any, update_fields: Any, **_kwargs: Any) -> None:
    """Note whether a save replaces or removes the password, by whatever way it came about."""
    instance.has_new_password = False
    is_hashed_again = instance._password is None and instance.has_usable_password()  # noqa: SLF001
    is_saved = update_fields is None or "password" in update_fields
    if instance.pk is not None and is_saved and not is_hashed_again:
        stored = User.objects.filter(pk=instance.pk)
        instance.has_new_password = stored.exclude(password=instance.password).exists()


@receiver(post_save, sender=User)
def revoke_tokens(instance: Any, **_kwargs: Any) -> None:
    """Revoke every token once a password is replaced: one may have been made with the old one.

    Sessions end by themselves: each holds a hash of the password.
    """
    if instance.has_new_password:
        tokens_revoke_all(user=instance)
        password_replaced.send(User, user=instance)


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
    """Tell a member who changed the password that API tokens ended with the old one."""
    if user.api_tokens.exists():
        text = _("Your API tokens ended with the old password. Make new ones for your programs.")
        messages.warning(request, text, fail_silently=True)

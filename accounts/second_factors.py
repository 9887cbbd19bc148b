"""Stored secrets of second factors: encrypted by the site's keys, read by old ones, and reset."""

import base64
import hashlib
from functools import lru_cache
from typing import Any, Final

from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User

ENCRYPTED: Final = ("secret", "seed", "migrated_codes")
"""What allauth stores encrypted in an authenticator's data: a text, or a list of texts."""


class UnreadableSecretError(ValidationError, PermissionDenied):
    """No key of the site reads a stored secret: an error of a form's field, else a 403 page."""

    silent_variable_failure = True  # the page of second factors shows the rest

    def __init__(self) -> None:
        text = _(
            "The secret of your second factor cannot be read any more, because the site's key has"
            " changed. Ask the people who run the site to reset your second factors."
        )
        super().__init__(text, code="unreadable_secret")

    def __str__(self) -> str:
        return " ".join(self.messages)


def encrypt(text: str) -> str:
    """Return a secret as it is stored."""
    return _cipher(_keys()).encrypt(text.encode()).decode()


def decrypt(stored: str) -> str:
    """Return a stored secret in the clear.

    Raises
    ------
    UnreadableSecretError
        It was stored with a key that is neither ``SECRET_KEY`` nor one of its fallbacks.

    """
    try:
        return _cipher(_keys()).decrypt(stored.encode()).decode()
    except InvalidToken as error:
        raise UnreadableSecretError from error


def factors_reset(*, user: User) -> int:
    """Delete the second factors of ``user``, and return how many there were."""
    n_deleted: int = Authenticator.objects.filter(user=user).delete()[0]
    return n_deleted


def factors_encrypt_again() -> tuple[int, list[str]]:
    """Store every secret with the present key, so that older keys are needed no longer.

    Returns
    -------
    The number of second factors, and the names of the accounts whose secret no key reads.

    """
    n_stored, unreadable = 0, []
    for pk in Authenticator.objects.values_list("pk", flat=True):
        with transaction.atomic():
            factor = Authenticator.objects.select_for_update(of=("self",)).get(pk=pk)
            try:
                factor.data |= {
                    name: _again(factor.data[name]) for name in ENCRYPTED if name in factor.data
                }
            except UnreadableSecretError:
                unreadable.append(factor.user.username)
            else:
                factor.save(update_fields=["data"])
                n_stored += 1
    return n_stored, unreadable


def _again(stored: Any) -> Any:
    if isinstance(stored, list):
        return [_again(one) for one in stored]
    return encrypt(decrypt(stored))


def _keys() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=1)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    """Return what encrypts by the first key and decrypts by any of them."""
    digests = (
        hashlib.blake2b(key.encode(), digest_size=32, person=b"marquee-mfa").digest()
        for key in keys
    )
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])

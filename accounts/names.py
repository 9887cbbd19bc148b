"""Which names people may go by: nobody's name can be mistaken for another's."""

import unicodedata
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User

SCRIPTS: Final = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "HEBREW", "ARABIC", "GEORGIAN")
"""Alphabets that share shapes with each other or are not mixed in one word."""


def username_check(username: str) -> None:
    """Refuse a name that can be taken for another one or for an e-mail address.

    Raises
    ------
    ValidationError
        The name has an ``@``, is not in its normal form, or mixes alphabets.

    """
    if "@" in username:
        raise ValidationError(_("A name has no @: people would take it for an e-mail address."))
    if unicodedata.normalize("NFKC", username) != username:
        raise ValidationError(_("This name has characters that look like others. Use plain ones."))
    if len(_scripts(username)) > 1:
        raise ValidationError(_("This name mixes letters of several alphabets. Use one of them."))


def username_check_free(username: str, *, user: User | None = None) -> None:
    """Refuse a name that somebody else has, in upper or lower case.

    Raises
    ------
    ValidationError
        Another person goes by this name.

    """
    others = User.objects.filter(username__iexact=username)
    if user is not None:
        others = others.exclude(pk=user.pk)
    if others.exists():
        raise ValidationError(_("Somebody goes by this name already. Choose another."))


def _scripts(text: str) -> set[str]:
    names = (unicodedata.name(letter, "").split(" ")[0] for letter in text if letter.isalpha())
    return {name for name in names if name in SCRIPTS}


username_validators = [User.username_validator, username_check]
"""allauth's setting ``ACCOUNT_USERNAME_VALIDATORS`` names this list."""

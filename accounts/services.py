"""What people may do to their account."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User


@transaction.atomic
def account_delete(*, user: User, password: str) -> None:
    """Delete ``user`` and, by cascade, all that is kept about them; the next model forgets them.

    Raises:
        ValidationError: the password is not theirs.

    """
    if not user.check_password(password):
        raise ValidationError({"password": _("This is not your password.")})
    user.delete()

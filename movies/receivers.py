"""What a stranger picked stays theirs when they sign up or log in, if they wish."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import ngettext

from accounts.models import User
from movies.visitors import Stranger


@receiver(user_logged_in)
def adopt_picks(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """Turn the session's picks into the ratings and lists of whoever wants them and logs in."""
    n_new = Stranger(request.session).become(user)
    if n_new:
        text = ngettext("Your %(n)s pick is saved.", "Your %(n)s picks are saved.", n_new)
        messages.success(request, text % {"n": n_new}, fail_silently=True)

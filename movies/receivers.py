"""Receivers of log-in. Connected by ``MoviesConfig``."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import ngettext

from accounts.models import User
from movies.models import PersonalImport
from movies.visitors import Stranger


def adopt_picks(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """Copy the session's ratings and lists to the account at log-in, if the user wishes."""
    n_new = Stranger(request.session).become(user)
    if n_new:
        text = ngettext("Your %(n)s pick is saved.", "Your %(n)s picks are saved.", n_new)
        messages.success(request, text % {"n": n_new}, fail_silently=True)


def delete_upload(instance: PersonalImport, **_kwargs: Any) -> None:
    """Delete the uploaded file of an import that is deleted, with its account or by itself."""
    if instance.upload.name:
        transaction.on_commit(partial(instance.upload.storage.delete, instance.upload.name))

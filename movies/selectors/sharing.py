"""Read which pages a visitor shares."""

from typing import Final

from django.db.models import Q
from django.http import HttpRequest

from accounts.models import User
from movies.models import SharedPage

SESSION_KEY: Final = "shared_pages"


def tokens_own(request: HttpRequest) -> list[str]:
    """Return the tokens of the visitor's pages, the newest first.

    Links that a member made before logging in stay theirs while the session lasts.
    """
    own: list[str] = list(request.session.get(SESSION_KEY, []))
    if isinstance(request.user, User):
        of_user = SharedPage.objects.filter(user=request.user)
        own = [*of_user.values_list("token", flat=True), *own]
    return own


def pages_own(request: HttpRequest) -> list[SharedPage]:
    """Return the pages that this visitor shares, the newest first. At most one query."""
    is_own = Q(token__in=request.session.get(SESSION_KEY, []))
    if isinstance(request.user, User):
        is_own |= Q(user=request.user)
    return list(SharedPage.objects.filter(is_own))


def page_is_own(request: HttpRequest, page: SharedPage) -> bool:
    """Return whether this visitor shared the page."""
    return page.token in tokens_own(request)

"""Share a ten or a taste as a link, and revoke it."""

from collections.abc import Sequence
from typing import Final

from django.http import HttpRequest

from accounts.models import User
from movies.models import SharedPage
from movies.selectors.sharing import SESSION_KEY, page_is_own, tokens_own

MAX_PAGES: Final = 20
MAX_FILMS: Final = 10
MAX_LINES: Final = 5


def page_share(
    *, request: HttpRequest, kind: SharedPage.Kind, movie_ids: Sequence[int], lines: Sequence[str]
) -> SharedPage:
    """Keep a copy of what is shared and return it.

    Sharing the same again gives the same link. Beyond ``MAX_PAGES`` the oldest links of the visitor
    are revoked.
    """
    user = request.user if isinstance(request.user, User) else None
    own = tokens_own(request)
    content = {"kind": kind, "movie_ids": list(movie_ids[:MAX_FILMS]), "lines": list(lines)}
    content["lines"] = [line[:200] for line in lines[:MAX_LINES]]
    page = SharedPage.objects.filter(token__in=own, **content).first()
    if page is None:
        page = SharedPage.objects.create(user=user, **content)
        own = [page.token, *own]
    SharedPage.objects.filter(token__in=own[MAX_PAGES:]).delete()
    if user is None:
        request.session[SESSION_KEY] = own[:MAX_PAGES]
    return page


def page_revoke(*, request: HttpRequest, page: SharedPage) -> bool:
    """Delete a page of this visitor; False if it is somebody else's."""
    if not page_is_own(request, page):
        return False
    page.delete()
    return True

"""The person behind a request of the API."""

from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from accounts.models import User


def member(request: Request) -> User:
    """Who is calling; for views whose permissions let no stranger through.

    Raises
    ------
    NotAuthenticated
        A stranger.

    """
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user

"""What a person rated."""

from django.db.models import QuerySet

from accounts.models import User
from movies.models import Rating


def ratings_of(user: User) -> QuerySet[Rating]:
    """Return the ratings of ``user`` with their films, newest first.

    One query.
    """
    return (
        Rating.objects.filter(user=user)
        .select_related("movie")
        .defer("movie__search", "movie__search_text", "movie__trigrams")
        .order_by("-rated_at", "-id")
    )

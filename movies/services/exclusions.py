"""How ratings and lists exclude each other, on pages and in the API.

Rating a film takes it off every list. A film that is put on a list leaves the other lists;
``not_interested`` also deletes its rating, ``watch_later`` and ``seen`` keep it.
"""

from collections.abc import Collection

from accounts.models import User
from movies.models import ListEntry, ListKind, Rating


def excluded_remove(
    *, user: User, movie_ids: Collection[int], kind: ListKind | None = None
) -> set[int]:
    """Delete what a new rating or a new list entry of films excludes.

    One query for ratings, one to three for a list, for any number of films.

    Parameters
    ----------
    user
        Whose ratings and lists they are.
    movie_ids
        The films.
    kind
        The list that they are put on; None if they are rated.

    Returns
    -------
    The ids of the films whose rating was deleted.

    """
    entries = ListEntry.objects.filter(user=user, movie_id__in=movie_ids)
    entries.exclude(kind=kind).delete() if kind else entries.delete()
    if kind is None or not kind.excludes_rating:
        return set()
    return ratings_remove(user=user, movie_ids=movie_ids)


def ratings_remove(*, user: User, movie_ids: Collection[int]) -> set[int]:
    """Delete the ratings of films without a signal; return the films' ids. Two queries."""
    ratings = Rating.objects.filter(user=user, movie_id__in=movie_ids)
    removed = set(ratings.values_list("movie_id", flat=True))
    if removed:
        ratings.delete()
    return removed

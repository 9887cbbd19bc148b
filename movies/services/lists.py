"""The lists a person keeps: watch later, not interested."""

from collections.abc import Collection

from django.db import transaction

from accounts.models import User
from movies.models import ListEntry, ListKind, Movie


@transaction.atomic
def list_add(*, user: User, movie: Movie, kind: ListKind) -> ListEntry:
    """Put ``movie`` on a list; on it already, it stays where it is.

    A film nobody wants to see is not one to watch later: adding to one list takes from the other.
    """
    ListEntry.objects.filter(user=user, movie=movie).exclude(kind=kind).delete()
    entry, _is_new = ListEntry.objects.get_or_create(user=user, movie=movie, kind=kind)
    return entry


@transaction.atomic
def list_remove(*, user: User, movie: Movie, kind: ListKind) -> bool:
    """Take ``movie`` from a list; says whether it was there."""
    n_deleted, _by_model = ListEntry.objects.filter(user=user, movie=movie, kind=kind).delete()
    return n_deleted > 0


@transaction.atomic
def lists_adopt(*, user: User, movie_ids: Collection[int], kind: ListKind) -> None:
    """Put films marked before logging in on a list of ``user``; what stands on any list stays."""
    on_a_list = ListEntry.objects.filter(user=user).values("movie")
    movies = Movie.objects.filter(pk__in=movie_ids).exclude(pk__in=on_a_list)
    ListEntry.objects.bulk_create(
        [ListEntry(user=user, movie=movie, kind=kind) for movie in movies], ignore_conflicts=True
    )

"""The lists a person keeps: watch later, seen, not interested."""

from collections.abc import Collection

from django.db import transaction

from accounts.models import User
from common.locks import transaction_lock
from movies.models import ListEntry, ListKind, Movie
from movies.services.ratings import rating_clear
from movies.signals import film_marked


@transaction.atomic
def list_add(*, user: User, movie: Movie, kind: ListKind) -> ListEntry:
    """Put ``movie`` on a list and take it from every other list. Idempotent.

    A film of no interest loses its rating: "Not interested" and a rating exclude each other.
    """
    transaction_lock(f"list:{user.pk}:{movie.pk}")  # two clicks at once must not fill both lists
    ListEntry.objects.filter(user=user, movie=movie).exclude(kind=kind).delete()
    if kind == ListKind.NOT_INTERESTED:
        rating_clear(user=user, movie=movie)
    entry, _is_new = ListEntry.objects.get_or_create(user=user, movie=movie, kind=kind)
    _tell(user, movie, kind, is_on=True)
    return entry


@transaction.atomic
def list_remove(*, user: User, movie: Movie, kind: ListKind) -> bool:
    """Take ``movie`` from a list; says whether it was there."""
    n_deleted, _by_model = ListEntry.objects.filter(user=user, movie=movie, kind=kind).delete()
    if n_deleted:
        _tell(user, movie, kind, is_on=False)
    return n_deleted > 0


@transaction.atomic
def lists_adopt(*, user: User, movie_ids: Collection[int], kind: ListKind) -> None:
    """Put films marked before logging in on a list of ``user``; what stands on any list stays."""
    on_a_list = ListEntry.objects.filter(user=user).values("movie")
    movies = Movie.objects.filter(pk__in=movie_ids).exclude(pk__in=on_a_list)
    ListEntry.objects.bulk_create(
        [ListEntry(user=user, movie=movie, kind=kind) for movie in movies], ignore_conflicts=True
    )


def _tell(user: User, movie: Movie, kind: ListKind, *, is_on: bool) -> None:
    film_marked.send_robust(
        sender=ListEntry, visitor_key=f"user:{user.pk}", movie_id=movie.pk, kind=kind, is_on=is_on
    )

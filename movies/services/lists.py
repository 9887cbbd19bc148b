"""The lists a person keeps: watch later, seen, not interested."""

from collections.abc import Collection

from django.db import transaction

from accounts.models import User
from common.locks import transaction_lock
from movies.models import ListEntry, ListKind, Movie, Rating
from movies.services.exclusions import excluded_remove
from movies.services.ratings import ratings_removed_tell
from movies.services.statements import statement_note
from movies.signals import film_marked


def list_add(*, user: User, movie: Movie, kind: ListKind) -> ListEntry:
    """Put ``movie`` on a list as ``lists_add`` does."""
    return lists_add(user=user, movie_ids=[movie.pk], kind=kind)[movie.pk]


def list_remove(*, user: User, movie: Movie, kind: ListKind) -> bool:
    """Take ``movie`` from a list; says whether it was there."""
    return bool(lists_remove(user=user, movie_ids=[movie.pk], kind=kind))


@transaction.atomic
def lists_add(*, user: User, movie_ids: Collection[int], kind: ListKind) -> dict[int, ListEntry]:
    """Put films on a list and take away what that list excludes (``services.exclusions``).

    Idempotent. The number of queries does not depend on the number of films.

    Parameters
    ----------
    user
        Whose list it is.
    movie_ids
        Films of the catalogue.
    kind
        Which list.

    Returns
    -------
    The entries by the film's id.

    """
    transaction_lock(f"lists:{user.pk}")  # two clicks at once must not fill two lists
    ratings_removed_tell(user, excluded_remove(user=user, movie_ids=movie_ids, kind=kind))
    ListEntry.objects.bulk_create(
        [ListEntry(user=user, movie_id=movie_id, kind=kind) for movie_id in movie_ids],
        ignore_conflicts=True,
    )
    statement_note(user=user, movie_ids=movie_ids, kind=kind)
    entries = ListEntry.objects.filter(user=user, kind=kind, movie_id__in=movie_ids)
    _tell(user, movie_ids, kind, is_on=True)
    return {entry.movie_id: entry for entry in entries}


@transaction.atomic
def lists_remove(*, user: User, movie_ids: Collection[int], kind: ListKind) -> set[int]:
    """Take films from a list; return the ids of those that were there. Three queries."""
    entries = ListEntry.objects.filter(user=user, kind=kind, movie_id__in=movie_ids)
    removed = set(entries.values_list("movie_id", flat=True))
    if removed:
        entries.delete()
        statement_note(user=user, movie_ids=removed, kind=kind)
    _tell(user, removed, kind, is_on=False)
    return removed


@transaction.atomic
def lists_adopt(*, user: User, movie_ids: Collection[int], kind: ListKind) -> None:
    """Put films marked before logging in on a list of ``user``.

    A film that is on a list stays there, and a list without ratings takes no film that is rated.
    """
    on_a_list = ListEntry.objects.filter(user=user).values("movie")
    movies = Movie.objects.filter(pk__in=movie_ids).exclude(pk__in=on_a_list)
    if kind.excludes_rating:
        movies = movies.exclude(pk__in=Rating.objects.filter(user=user).values("movie"))
    ListEntry.objects.bulk_create(
        [ListEntry(user=user, movie=movie, kind=kind) for movie in movies], ignore_conflicts=True
    )


def _tell(user: User, movie_ids: Collection[int], kind: ListKind, *, is_on: bool) -> None:
    for movie_id in movie_ids:
        film_marked.send_robust(
            sender=ListEntry,
            visitor_key=f"user:{user.pk}",
            movie_id=movie_id,
            kind=kind,
            is_on=is_on,
        )

"""What a member says about films themselves, noted in the rows of their imports.

A rating or a mark that repeats what an import wrote leaves no trace in the rating or the list. Undo
of that import must keep it: it is the member's own by then.
"""

from collections.abc import Collection
from functools import reduce
from operator import or_
from typing import Final

from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from movies.models import ListKind, PersonalImportRow

_RATING: Final = "own_rating_at"
_LIST: Final = "own_list_at"


def statement_note(*, user: User, movie_ids: Collection[int], kind: ListKind | None = None) -> None:
    """Note that a member rated films, put them on a list, or took either back. One query.

    Only the first statement after a row is noted. The rows of imports that are not done yet are
    not concerned: they will find what the member said.

    Parameters
    ----------
    user
        Whose ratings and lists they are.
    movie_ids
        The films.
    kind
        The list; None for a rating, which settles the film's lists as well.

    """
    columns = [_LIST] if kind and not kind.excludes_rating else [_RATING, _LIST]
    rows = PersonalImportRow.objects.filter(
        reduce(or_, (Q(**{column: None}) for column in columns)),
        owner__user=user,
        movie__in=movie_ids,
    ).exclude(outcome=PersonalImportRow.Outcome.NONE)
    now = Value(timezone.now())
    rows.update(**{column: Coalesce(F(column), now) for column in columns})

"""Rating films. The films' totals follow by a database trigger, in the same transaction."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from movies.models import ListEntry, ListKind, Movie, Rating
from movies.services.exclusions import excluded_remove, ratings_remove
from movies.services.statements import statement_note
from movies.signals import film_rated, ratings_changed

NOT_HALF_STARS = _("A rating goes from half a star to five stars, in halves.")


def half_stars_from(stars: str | float) -> int:
    """Stars as people and programs give them (0.5, 1, ... 5), as half stars (1 ... 10).

    Raises
    ------
    ValidationError
        Not a number, not in halves, or out of range.

    >>> half_stars_from("4.5"), half_stars_from(0.5)
    (9, 1)

    """
    try:
        half_stars = float(stars) * 2
    except (ValueError, OverflowError):
        raise ValidationError(NOT_HALF_STARS) from None
    if half_stars not in range(1, 11):
        raise ValidationError(NOT_HALF_STARS)
    return int(half_stars)


@transaction.atomic
def rating_set(
    *, user: User, movie: Movie, half_stars: int, rated_at: datetime | None = None
) -> Rating:
    """Rate ``movie`` for ``user``, and take the film off the user's lists.

    Without ``rated_at`` the time is now, or that of the present rating if the stars are the same:
    a repeated request changes nothing.

    Raises
    ------
    ValidationError
        ``half_stars`` is not from 1 to 10.

    """
    ratings = Rating.objects.filter(user=user, movie=movie)
    present = ratings.values_list("half_stars", "rated_at").first()
    if rated_at is None:
        rated_at = rated_at_kept(present, half_stars) or timezone.now()
    rating = Rating(user=user, movie=movie, half_stars=half_stars, rated_at=rated_at)
    rating.clean_fields(exclude={"user", "movie"})
    rating, _is_new = Rating.objects.update_or_create(
        user=user, movie=movie, defaults={"half_stars": half_stars, "rated_at": rated_at}
    )
    excluded_remove(user=user, movie_ids=[movie.pk])
    statement_note(user=user, movie_ids=[movie.pk])
    if present != (half_stars, rated_at):
        ratings_tell(user, {movie.pk: (half_stars, rated_at)})
    film_rated.send_robust(
        sender=Rating, visitor_key=f"user:{user.pk}", movie_id=movie.pk, half_stars=half_stars
    )
    return rating


@transaction.atomic
def rating_clear(*, user: User, movie: Movie) -> bool:
    """Take back the rating of ``movie``; says whether there was one."""
    removed = ratings_remove(user=user, movie_ids=[movie.pk])
    statement_note(user=user, movie_ids=removed)
    ratings_removed_tell(user, removed)
    return bool(removed)


@transaction.atomic
def ratings_adopt(*, user: User, half_stars_of: Mapping[int, int]) -> int:
    """Make picks (film id -> half stars) ratings of ``user``; what they rated already stays.

    Films that are gone meanwhile, or that ``user`` has on a list without ratings, are left out.
    Gives the number of new ratings. Two queries.
    """
    now = timezone.now()
    rated = Rating.objects.filter(user=user).values("movie")
    kinds = [kind for kind in ListKind if kind.excludes_rating]
    unwanted = ListEntry.objects.filter(user=user, kind__in=kinds).values("movie")
    movies = Movie.objects.filter(pk__in=half_stars_of)
    movies = movies.exclude(pk__in=rated).exclude(pk__in=unwanted)
    new = {pk: half_stars_of[pk] for pk in movies.values_list("pk", flat=True)}
    Rating.objects.bulk_create(
        [
            Rating(user=user, movie_id=pk, half_stars=half_stars, rated_at=now)
            for pk, half_stars in new.items()
        ],
        ignore_conflicts=True,
    )
    ratings_tell(user, {pk: (half_stars, now) for pk, half_stars in new.items()})
    return len(new)


def rated_at_kept(present: tuple[int, datetime] | None, half_stars: int) -> datetime | None:
    """Return the time of the present rating if it has these half stars, else None."""
    return present[1] if present and present[0] == half_stars else None


def ratings_tell(user: User, half_stars_of: Mapping[int, tuple[int, datetime] | None]) -> None:
    """Send ``ratings_changed`` for what one write changed: movie id -> half stars and time."""
    if half_stars_of:
        ratings_changed.send_robust(sender=Rating, user_id=user.pk, half_stars_of=half_stars_of)


def ratings_removed_tell(user: User, movie_ids: Collection[int]) -> None:
    """Send ``film_rated`` and ``ratings_changed`` for films whose ratings were deleted."""
    for movie_id in movie_ids:
        film_rated.send_robust(
            sender=Rating, visitor_key=f"user:{user.pk}", movie_id=movie_id, half_stars=None
        )
    ratings_tell(user, dict.fromkeys(movie_ids))

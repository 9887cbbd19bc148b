"""Many ratings at once, as programs that move from another site send them."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import member_lock
from movies.models import Rating
from movies.services.exclusions import excluded_remove, ratings_remove
from movies.services.ratings import rated_at_kept, ratings_removed_tell, ratings_tell
from movies.services.statements import statement_note
from movies.signals import film_rated


@transaction.atomic
def ratings_set(
    *,
    user: User,
    half_stars_of: Mapping[int, int],
    rated_at_of: Mapping[int, datetime] | None = None,
) -> set[int]:
    """Rate films instead of earlier ratings, and take them off the lists. Five queries.

    Parameters
    ----------
    user
        Whose ratings they are.
    half_stars_of
        Movie id -> half stars, both valid.
    rated_at_of
        Movie id -> when it was rated. For those that are not named it is now, or the time of the
        present rating if the stars are the same.

    Returns
    -------
    The ids of the movies that were not rated before.

    """
    member_lock(user=user)
    rated = Rating.objects.filter(user=user, movie_id__in=half_stars_of)
    before = {
        movie_id: (half_stars, rated_at)
        for movie_id, half_stars, rated_at in rated.values_list(
            "movie_id", "half_stars", "rated_at"
        )
    }
    now = timezone.now()
    times = {
        movie_id: rated_at_kept(before.get(movie_id), half_stars) or now
        for movie_id, half_stars in half_stars_of.items()
    } | dict(rated_at_of or {})
    Rating.objects.bulk_create(
        [
            Rating(
                user=user,
                movie_id=movie_id,
                half_stars=half_stars,
                rated_at=times[movie_id],
            )
            # In one order for everybody: two clients at work on the same films do not deadlock.
            for movie_id, half_stars in sorted(half_stars_of.items())
        ],
        update_conflicts=True,
        unique_fields=["user", "movie"],
        update_fields=["half_stars", "rated_at"],
    )
    excluded_remove(user=user, movie_ids=half_stars_of)
    statement_note(user=user, movie_ids=half_stars_of)
    for movie_id, half_stars in half_stars_of.items():
        film_rated.send_robust(
            sender=Rating,
            visitor_key=f"user:{user.pk}",
            movie_id=movie_id,
            half_stars=half_stars,
        )
    after = {
        movie_id: (half_stars, times[movie_id]) for movie_id, half_stars in half_stars_of.items()
    }
    changed = {movie_id: now for movie_id, now in after.items() if before.get(movie_id) != now}
    ratings_tell(user, changed)
    return set(half_stars_of) - before.keys()


@transaction.atomic
def ratings_clear(*, user: User, movie_ids: Collection[int]) -> set[int]:
    """Take the ratings of movies back; return the ids of those that were rated. Four queries."""
    member_lock(user=user)
    cleared = ratings_remove(user=user, movie_ids=movie_ids)
    statement_note(user=user, movie_ids=cleared)
    ratings_removed_tell(user, cleared)
    return cleared

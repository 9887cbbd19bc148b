"""A person's recommendations, ready to send, until something changes that they follow from.

They follow from the model that serves the person, their ratings and lists, what was asked, and
the catalogue. The first three stand in the key, so that a change finds no old answer; the word of
the catalogue's state (`movies.catalogue_state`) stands in the answer.
Without the cache every answer is made anew. ``MAX_AGE_SECONDS`` bounds what is missed all the same:
films that SQL changes behind Django's back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.core.cache import cache
from django.db import connection

from accounts.models import User
from common.api.conditional import etag_of
from common.metrics import LIST_CACHE
from movies.catalogue_state import STATE_KEY, catalogue_state_new
from movies.visitors import Member
from recommendations.selectors.recommendations import (
    BriefList,
    Refinement,
    briefs_for_visitor,
)
from recommendations.serving.assignment import model_for

MAX_AGE_SECONDS: Final = 600

# One row, whatever the number of ratings: sums of hashes do not depend on the order of the rows.
STATE = """
    SELECT
        (SELECT concat_ws(',', count(*), sum(hashint8extended(movie_id, half_stars)), max(rated_at))
         FROM movies_rating WHERE user_id = %(user)s),
        (SELECT concat_ws(',', count(*), sum(hashtextextended(kind, movie_id)))
         FROM movies_listentry WHERE user_id = %(user)s)
"""


@dataclass(frozen=True)
class Answer:
    """Recommendations as they are sent."""

    body: bytes
    etag: str
    """Equal as long as the same is recommended for the same reasons."""
    model_version: int | None
    movie_ids: tuple[int, ...]
    """Of the recommended films, in their order."""


def recommendations_cached(
    user: User,
    k: int,
    refinement: Refinement,
    *,
    variant: str,
    render: Callable[[BriefList], bytes],
) -> Answer:
    """Return what :func:`briefs_for_visitor` returns, rendered.

    Parameters
    ----------
    user
        Whose recommendations.
    k
        How many films.
    refinement
        What is asked of them.
    variant
        What else the rendered form depends on, such as the host in its links.
    render
        Makes the body; called when there is none yet.

    Cost: one query and one round trip to the cache; else those of ``briefs_for_visitor`` besides.

    """
    visitor = Member(user)
    model = model_for(visitor)
    version = (model.version_id, model.revision) if model else None
    asked = (k, refinement.years, *_in_order(refinement), refinement.diversity, refinement.novelty)
    etag = etag_of(user.pk, state_of(user), version, asked, variant)
    key = f"recommendations:answer:{etag}"
    found: dict[str, Any] = cache.get_many([key, STATE_KEY]) or {}
    catalogue = found.get(STATE_KEY) or catalogue_state_new()
    if key in found and found[key][0] == catalogue:
        LIST_CACHE.labels("hit").inc()
        _catalogue, body, its_etag, its_version, ids = found[key]
        return Answer(body, its_etag, its_version, tuple(ids))
    LIST_CACHE.labels("miss").inc()
    listed = briefs_for_visitor(visitor, k, refinement, catalogue)
    movie_ids = tuple(item.movie.id for item in listed.items)
    answer = Answer(render(listed), etag_of(etag, catalogue), listed.model_version, movie_ids)
    values = (catalogue, answer.body, answer.etag, answer.model_version, answer.movie_ids)
    cache.set(key, values, MAX_AGE_SECONDS)
    return answer


def state_of(user: User) -> str:
    """Return a text that changes with the user's ratings and lists.

    One query over their rows.
    """
    with connection.cursor() as cursor:
        cursor.execute(STATE, {"user": user.pk})
        return str(cursor.fetchone())


def _in_order(refinement: Refinement) -> tuple[list[Any], ...]:
    return (
        sorted(refinement.genres),
        sorted(refinement.exclude_genres),
        sorted(refinement.exclude),
    )

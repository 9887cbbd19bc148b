"""A person's recommendations, ready to send, until something changes that they follow from.

They follow from the model that serves the person, their ratings and lists, what was asked, and
the catalogue. The first three stand in the key, so that a change finds no old answer; the state of
the catalogue is a random word beside the answers, exchanged whenever a film or genre changes.
Without the cache every answer is made anew. ``MAX_AGE_SECONDS`` bounds what is missed all the same:
films that SQL changes behind Django's back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, Final

from django.core.cache import cache
from django.db import connection, transaction
from django.db.models.signals import m2m_changed, post_delete, post_save

from accounts.models import User
from accounts.rest.conditional import etag_of
from movies.models import Genre, ImportReport, Movie
from movies.visitors import Member
from recommendations.selectors.recommendations import (
    RecommendationList,
    Refinement,
    for_visitor,
)
from recommendations.services.split import model_for

MAX_AGE_SECONDS: Final = 600
CATALOGUE_KEY: Final = "recommendations:catalogue"

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
    render: Callable[[RecommendationList], bytes],
) -> Answer:
    """What :func:`for_visitor` finds, rendered.

    Args:
        user: whose recommendations.
        k: how many films.
        refinement: what is asked of them.
        variant: what else the rendered form depends on, such as the host in its links.
        render: makes the body; called when there is none yet.

    Cost: one query and one round trip to the cache; else those of ``for_visitor`` besides.

    """
    visitor = Member(user)
    model = model_for(visitor)
    version = (model.run_id, model.revision) if model else None
    asked = (k, refinement.years, *_in_order(refinement), refinement.diversity)
    etag = etag_of(user.pk, state_of(user), version, asked, variant)
    key = f"recommendations:answer:{etag}"
    found: dict[str, Any] = cache.get_many([key, CATALOGUE_KEY]) or {}
    catalogue = found.get(CATALOGUE_KEY) or _new_catalogue_state()
    if key in found and found[key][0] == catalogue:
        _catalogue, *values = found[key]
        return Answer(*values)
    listed = for_visitor(visitor, k, refinement)
    movie_ids = tuple(item.movie.pk for item in listed.items)
    answer = Answer(render(listed), etag_of(etag, catalogue), listed.model_version, movie_ids)
    values = (catalogue, answer.body, answer.etag, answer.model_version, answer.movie_ids)
    cache.set(key, values, MAX_AGE_SECONDS)
    return answer


def state_of(user: User) -> str:
    """What changes whenever the user's ratings or lists do. One query over their rows alone."""
    with connection.cursor() as cursor:
        cursor.execute(STATE, {"user": user.pk})
        return str(cursor.fetchone())


def catalogue_changed(**_: Any) -> None:
    """A film, a genre or their relation is another once the transaction is through."""
    transaction.on_commit(_new_catalogue_state)


def connect() -> None:
    """Listen to what changes the catalogue. Called in ``ready()``."""
    for model in (Movie, Genre, ImportReport):  # importers write in bulk, which sends no signal
        for signal in (post_save, post_delete):
            signal.connect(catalogue_changed, sender=model, dispatch_uid=f"cached-{model.__name__}")
    m2m_changed.connect(
        catalogue_changed, sender=Movie.genres.through, dispatch_uid="cached-movie-genres"
    )


def _new_catalogue_state() -> str:
    state = token_hex(8)
    cache.set(CATALOGUE_KEY, state, None)
    return state


def _in_order(refinement: Refinement) -> tuple[list[Any], ...]:
    return (
        sorted(refinement.genres),
        sorted(refinement.exclude_genres),
        sorted(refinement.exclude),
    )

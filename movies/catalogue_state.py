"""The version of the catalogue: a random token in the cache, replaced whenever a movie changes.

Cached movie data stores the version it was computed from and is valid while that version is
current. Movies changed by SQL or by a queryset's ``update`` go unnoticed, so cached data also has
a maximum age. While the cache is down every version is new, so that nothing is taken for fresh.
"""

from secrets import token_hex
from typing import Any, Final

from django.core.cache import cache
from django.db import transaction
from django.db.models.signals import m2m_changed, post_delete, post_save

from movies.models import Genre, ImportReport, Movie

STATE_KEY: Final = "movies:catalogue"


def catalogue_state() -> str:
    """Return the current catalogue version. One round trip to the cache."""
    return cache.get(STATE_KEY) or catalogue_state_new()


def catalogue_state_new() -> str:
    """Replace the catalogue version and return the new one."""
    state = token_hex(8)
    cache.set(STATE_KEY, state, None)
    return state


def catalogue_changed(**_: Any) -> None:
    """Replace the catalogue version once the transaction commits."""
    transaction.on_commit(catalogue_state_new)


def connect() -> None:
    """Connect the receivers that replace the version. Called in ``ready()``."""
    for model in (Movie, Genre, ImportReport):  # importers write in bulk, which sends no signal
        for signal in (post_save, post_delete):
            uid = f"catalogue-{model.__name__}"
            signal.connect(catalogue_changed, sender=model, dispatch_uid=uid)
    m2m_changed.connect(
        catalogue_changed, sender=Movie.genres.through, dispatch_uid="catalogue-movie-genres"
    )

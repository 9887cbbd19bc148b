"""The state of the catalogue: a random word in the cache, exchanged whenever a film changes.

What a process or the cache keeps of films holds as long as the word beside it is the word of today.
Films that SQL or a queryset's ``update`` changes go unnoticed: whoever keeps something bounds its
age besides. While the cache is down every word is new, so that nothing kept is taken for fresh.
"""

from secrets import token_hex
from typing import Any, Final

from django.core.cache import cache
from django.db import transaction
from django.db.models.signals import m2m_changed, post_delete, post_save

from movies.models import Genre, ImportReport, Movie

STATE_KEY: Final = "movies:catalogue"


def catalogue_state() -> str:
    """The word of this moment. One round trip to the cache."""
    return cache.get(STATE_KEY) or catalogue_state_new()


def catalogue_state_new() -> str:
    """Exchange the word."""
    state = token_hex(8)
    cache.set(STATE_KEY, state, None)
    return state


def catalogue_changed(**_: Any) -> None:
    """A film, a genre or their relation is another once the transaction is through."""
    transaction.on_commit(catalogue_state_new)


def connect() -> None:
    """Listen to what changes the catalogue. Called in ``ready()``."""
    for model in (Movie, Genre, ImportReport):  # importers write in bulk, which sends no signal
        for signal in (post_save, post_delete):
            uid = f"catalogue-{model.__name__}"
            signal.connect(catalogue_changed, sender=model, dispatch_uid=uid)
    m2m_changed.connect(
        catalogue_changed, sender=Movie.genres.through, dispatch_uid="catalogue-movie-genres"
    )

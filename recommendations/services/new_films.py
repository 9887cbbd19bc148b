"""Films added or changed between two runs: embedded by a worker, and served without a training.

What is to be done is asked of the database each time, never remembered: a film without a vector
of the served text model, or with one made from other words. So it does not matter who changed the
film, or how often a worker is woken for it.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from django.contrib.postgres.aggregates import ArrayAgg
from django.core.cache import cache
from django.db import transaction
from django.db.models import F, FilteredRelation, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import MD5, Cast, Coalesce
from django.db.models.signals import m2m_changed, post_delete, post_save
from numpy.typing import NDArray

from common.enqueue import send
from movies.models import ImportReport, Movie
from recommendations.models import EmbeddingModel, MovieEmbedding
from recommendations.selectors.similar import current_embedding_model
from recommendations.serving.query_embedding import runs_in_web
from recommendations.signals import version_activated
from recommendations.vectors import content_hash

EMBED_FILMS_TASK: Final = "recommendations.embed_films"
FILMS_PER_TASK: Final = 100
"""A few seconds' work: whoever else waits for the queue gets in between."""
GATHER_SECONDS: Final = 1
"""Changes within it make one task, not one each."""
_WAKING_KEY: Final = "recommendations:embed-films:waking"

_GENRES = ArrayAgg(
    "genres__name", filter=Q(genres__isnull=False), order_by="genres__name", default=[]
)
SOURCE_HASH: Final = MD5(
    Func(
        Value("\x1f"),
        F("title"),
        Coalesce(Cast("year", TextField()), Value(""), output_field=TextField()),
        F("description"),
        Func(_GENRES, Value("\x1e"), function="array_to_string", output_field=TextField()),
        function="concat_ws",
        output_field=TextField(),
    )
)
"""Of all that a film is embedded and placed by, as `MovieEmbedding.source_hash` keeps it."""


def films_to_embed(model: EmbeddingModel) -> QuerySet[Movie]:
    """Films without a vector of the model, or with one that was made from other words.

    Each has its ``source_hash`` and ``genre_names``. A vector without a hash, as before hashes were
    kept, counts as right.
    """
    return (
        Movie.objects.annotate(
            stored=FilteredRelation("embeddings", condition=Q(embeddings__embedding_model=model)),
            stored_hash=F("stored__source_hash"),
            genre_names=_GENRES,
            source_hash=SOURCE_HASH,
        )
        .filter(Q(stored_hash=None) | ~Q(stored_hash__in=["", F("source_hash")]))
        .order_by("id")
    )


@transaction.atomic
def vectors_store(
    *, model: EmbeddingModel, films: Sequence[Movie], vectors: NDArray[np.float32]
) -> None:
    """Keep the vectors [n, D] of films from ``films_to_embed``, and tell web processes.

    Films that were deleted meanwhile are left out.
    """
    wanted = [film.pk for film in films]
    locked = Movie.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("id")
    there = set(locked.values_list("pk", flat=True))
    MovieEmbedding.objects.bulk_create(
        [
            MovieEmbedding(
                embedding_model=model,
                movie=film,
                vector=vector,
                content_hash=content_hash(vector),
                source_hash=film.source_hash,  # type: ignore[attr-defined] # annotated
            )
            for film, vector in zip(films, vectors, strict=True)
            if film.pk in there
        ],
        update_conflicts=True,
        unique_fields=["embedding_model", "movie"],
        update_fields=["vector", "content_hash", "source_hash"],
    )
    EmbeddingModel.objects.filter(pk=model.pk).update(revision=F("revision") + 1)


def connect() -> None:
    """Listen to what adds, changes or deletes films. Called in ``ready()``."""
    post_save.connect(films_changed, sender=Movie, dispatch_uid="new-films")
    post_delete.connect(_film_deleted, sender=Movie, dispatch_uid="new-films-deleted")
    m2m_changed.connect(films_changed, sender=Movie.genres.through, dispatch_uid="new-films-genres")
    # A run embeds the films of the moment it began.
    version_activated.connect(films_changed, dispatch_uid="new-films-activated")
    # Importers write in bulk, which sends no signal but this one.
    post_save.connect(films_changed, sender=ImportReport, dispatch_uid="new-films-imported")


def films_changed(**_: Any) -> None:
    """Have a worker look for films to embed, once the transaction is through."""
    transaction.on_commit(_wake)


def _film_deleted(**_: Any) -> None:
    transaction.on_commit(_raise_revision)


def _raise_revision() -> None:
    model = current_embedding_model()
    if model is not None:
        EmbeddingModel.objects.filter(pk=model.pk).update(revision=F("revision") + 1)


def _wake() -> None:
    """One task for all changes of a moment. Without broker or model, the next look finds them."""
    if not cache.add(_WAKING_KEY, 1, GATHER_SECONDS + 1):
        return
    model = current_embedding_model()
    if model is not None:
        task_send(model, countdown=GATHER_SECONDS)


def begin() -> None:
    """Note that a worker is about to look, so that any later change wakes another task."""
    cache.delete(_WAKING_KEY)


def look() -> None:
    """Have the films embedded that wait for it, whoever left them."""
    model = current_embedding_model()
    if model is not None and films_to_embed(model).exists():
        task_send(model)


def task_send(model: EmbeddingModel, countdown: float = 0) -> None:
    """Queue a task: on ``web`` where NumPy embeds, else on ``ml``, whose workers hold torch."""
    send(EMBED_FILMS_TASK, countdown=countdown, queue="web" if runs_in_web(model) else "ml")

"""Genre affinities, vectors and webhooks in a user's data export."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.exports import Section
from accounts.models import User
from recommendations.models import GenreAffinity, UserEmbedding


def _affinities(user: User) -> Iterator[dict[str, Any]]:
    rows = GenreAffinity.objects.filter(user=user).select_related("genre", "embedding_model")
    for row in rows.order_by("embedding_model", "-similarity"):
        yield {
            "genre": row.genre.name,
            "embedding_model": row.embedding_model.name,
            "similarity": row.similarity,
            "median": row.median,
            "label": row.label,
            "interacted": row.interacted,
        }


def _vectors(user: User) -> Iterator[dict[str, Any]]:
    rows = UserEmbedding.objects.filter(user=user).select_related("embedding_model")
    for row in rows.order_by("pk").iterator(chunk_size=10):
        vector = [float(value) for value in row.vector]
        yield {"embedding_model": row.embedding_model.name, "vector": vector}


def _webhooks(user: User) -> Iterator[dict[str, Any]]:
    for webhook in user.webhooks.select_related("token").order_by("pk"):
        yield {
            "url": webhook.url,
            "events": webhook.events,
            "is_active": webhook.is_on,
            "created_at": webhook.created_at,
            "disabled_at": webhook.off_since,
        }


WEBHOOKS = Section("webhooks", _("Webhooks"), _webhooks, lambda user: user.webhooks.count())
VECTORS = Section(
    "vectors",
    _("Vectors of your taste"),
    _vectors,
    lambda user: UserEmbedding.objects.filter(user=user).count(),
)
SECTION = Section(
    "genre_affinities",
    _("Genre affinities"),
    _affinities,
    lambda user: GenreAffinity.objects.filter(user=user).count(),
)

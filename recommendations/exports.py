"""What was concluded about a person, and what they were shown, in that person's export."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.exports import Section, register
from accounts.models import User
from recommendations.models import GenreAffinity, ImpressionList


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


def _impressions(user: User) -> Iterator[dict[str, Any]]:
    lists = ImpressionList.objects.filter(user=user).prefetch_related("reactions")
    for shown in lists.order_by("pk").iterator(chunk_size=1_000):
        yield {
            "shown_at": shown.shown_at,
            "surface": shown.surface,
            "model_version": shown.run_id,
            "movie_ids": shown.movie_ids,
            "reactions": [
                {
                    "movie_id": shown.movie_ids[reaction.position - 1],
                    "reaction": reaction.kind,
                    "stars": reaction.half_stars / 2 if reaction.half_stars else None,
                    "reacted_at": reaction.reacted_at,
                }
                for reaction in shown.reactions.all()
            ],
        }


register(
    Section(
        "genre_affinities",
        _("Genre affinities"),
        _affinities,
        lambda user: GenreAffinity.objects.filter(user=user).count(),
    )
)
register(
    Section(
        "impressions",
        _("Lists you were shown"),
        _impressions,
        lambda user: ImpressionList.objects.filter(user=user).count(),
    )
)

"""The shown lists and reactions in a user's data export."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.exports import Section
from accounts.models import User
from recommendations.experiments.models import ImpressionList


def _impressions(user: User) -> Iterator[dict[str, Any]]:
    lists = ImpressionList.objects.filter(user=user).prefetch_related("reactions")
    for shown in lists.order_by("pk").iterator(chunk_size=1_000):
        yield {
            "shown_at": shown.shown_at,
            "surface": shown.surface,
            "model_version": shown.version_id,
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


SECTION = Section(
    "impressions",
    _("Lists you were shown"),
    _impressions,
    lambda user: ImpressionList.objects.filter(user=user).count(),
)

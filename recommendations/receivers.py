"""Receivers of recommendations. Connected by ``RecommendationsConfig``."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from accounts.models import User
from movies.models import PersonalImport
from movies.selectors.briefs import movies_brief
from recommendations.models import Activation
from recommendations.webhooks.member_services import (
    member_event_tell,
    member_webhooks_switch_off,
    members_event_tell,
    ratings_tell,
)
from recommendations.webhooks.models import MemberEvent, WebhookEvent
from recommendations.webhooks.services import event_tell

FILM_IDS: Final = ("movielens_id", "imdb_id", "tmdb_id")


def tell_version_activated(activation: Activation, **_kwargs: Any) -> None:
    """Report the version that is now active to webhooks."""
    by = activation.activated_by
    event_tell(
        WebhookEvent.VERSION_ACTIVATED,
        {
            "run": activation.version_id,
            "activated_at": activation.activated_at,
            "activated_by": by.get_username() if by else None,
            "reason": activation.reason,
        },
    )
    members_event_tell(
        event=MemberEvent.RECOMMENDATIONS_CHANGED, data={"model_version": activation.version_id}
    )


def tell_ratings_changed(
    user_id: int, half_stars_of: Mapping[int, tuple[int, datetime] | None], **_kwargs: Any
) -> None:
    """Report a member's changed ratings to the member's webhooks."""

    def ratings() -> list[dict[str, Any]]:
        films = movies_brief(half_stars_of)
        return [
            {
                "movie_id": movie_id,
                **{name: getattr(films.get(movie_id), name, None) for name in FILM_IDS},
                "stars": change[0] / 2 if change else None,
                "rated_at": change[1] if change else None,
            }
            for movie_id, change in half_stars_of.items()
        ]

    ratings_tell(user_id=user_id, ratings_of=ratings)


def tell_import_finished(job: PersonalImport, **_kwargs: Any) -> None:
    """Report a member's import that is over to the member's webhooks."""
    data = {
        "import": job.pk,
        "source": job.source,
        "status": job.status,
        "counts": job.counts,
        "error": job.error,
        "finished_at": job.finished_at,
    }
    member_event_tell(user_id=job.user_id, event=MemberEvent.IMPORT_FINISHED, data=data)


def switch_off_webhooks(user: User, **_kwargs: Any) -> None:
    """Switch a member's webhooks off when the password changes: an intruder may have made one."""
    member_webhooks_switch_off(user=user)

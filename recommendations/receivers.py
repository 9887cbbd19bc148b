"""What follows from what visitors do with films and from what happens to runs."""

from typing import Any

from django.dispatch import receiver
from django.http import HttpRequest

from movies.models import ListKind
from movies.signals import film_marked, film_opened, film_rated
from movies.visitors import Visitor
from recommendations.models import Activation, ModelRun, Reaction, Surface, WebhookEvent
from recommendations.services.impressions import SURFACE_PARAMETER, is_machine, reaction_record
from recommendations.services.split import split_end_for
from recommendations.services.webhooks import event_tell
from recommendations.signals import run_finished, version_activated


@receiver(film_opened)
def note_click(request: HttpRequest, movie_id: int, **_kwargs: Any) -> None:
    """A film's page, reached by the link of a recommended poster, is a click on it."""
    surface = request.GET.get(SURFACE_PARAMETER, "")
    if surface in Surface.values and not is_machine(request, surface):
        key = Visitor.from_request(request).key
        reaction_record(key, movie_id, Reaction.Kind.CLICK, surface=surface)


@receiver(film_rated)
def note_rating(
    visitor_key: str | None, movie_id: int, half_stars: int | None, **_kwargs: Any
) -> None:
    """A rating speaks of the list in which the film was shown last."""
    reaction_record(
        visitor_key,
        movie_id,
        Reaction.Kind.RATING,
        half_stars=half_stars,
        is_taken_back=half_stars is None,
    )


@receiver(film_marked)
def note_hide(
    visitor_key: str | None, movie_id: int, kind: ListKind, *, is_on: bool, **_kwargs: Any
) -> None:
    """So does "Not interested"."""
    if kind == ListKind.NOT_INTERESTED:
        reaction_record(visitor_key, movie_id, Reaction.Kind.HIDE, is_taken_back=not is_on)


@receiver(run_finished)
def tell_run_finished(run: ModelRun, **_kwargs: Any) -> None:
    """Webhooks hear of a run that is over, however it ended."""
    event_tell(
        WebhookEvent.RUN_FINISHED,
        {
            "run": run.pk,
            "kind": run.kind,
            "status": run.status,
            "error": run.error,
            "started_at": run.started_at,
            "finished_at": run.finished_at,
        },
    )


@receiver(version_activated)
def tell_version_activated(activation: Activation, **_kwargs: Any) -> None:
    """Webhooks hear of the version that serves from now on."""
    by = activation.activated_by
    event_tell(
        WebhookEvent.VERSION_ACTIVATED,
        {
            "run": activation.run_id,
            "activated_at": activation.activated_at,
            "activated_by": by.get_username() if by else None,
            "reason": activation.reason,
        },
    )


@receiver(version_activated)
def end_split(activation: Activation, **_kwargs: Any) -> None:
    """Whoever activates or rolls back wants that version to serve everybody."""
    split_end_for(activation)

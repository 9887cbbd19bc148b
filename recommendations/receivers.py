"""What visitors do with films, held against the lists in which they were shown them."""

from typing import Any

from django.dispatch import receiver
from django.http import HttpRequest

from movies.models import ListKind
from movies.signals import film_marked, film_opened, film_rated
from movies.visitors import Visitor
from recommendations.models import Reaction, Surface
from recommendations.services.impressions import SURFACE_PARAMETER, is_machine, reaction_record


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

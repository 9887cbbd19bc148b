"""Receivers that record reactions and end traffic splits. Connected by ``ExperimentsConfig``."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from movies.models import ListKind
from movies.visitors import Visitor
from recommendations.experiments.models import Reaction
from recommendations.experiments.services.impressions import (
    SURFACE_PARAMETER,
    films_shown,
    is_machine,
    reaction_record,
)
from recommendations.experiments.services.split import split_end_for
from recommendations.models import Activation
from recommendations.signals import Surface


def note_list(
    request: HttpRequest,
    movie_ids: Sequence[int],
    model_version: int | None,
    surface: str,
    **_kwargs: Any,
) -> None:
    """Note a shown list, to be written by the background thread."""
    films_shown(request, movie_ids, model_version, surface)


def note_click(request: HttpRequest, movie_id: int, **_kwargs: Any) -> None:
    """Record a click when a movie page is opened from a recommended poster."""
    surface = request.GET.get(SURFACE_PARAMETER, "")
    if surface in Surface.values and not is_machine(request, surface):
        key = Visitor.from_request(request).key
        reaction_record(key, movie_id, Reaction.Kind.CLICK, surface=surface)


def note_rating(
    visitor_key: str | None, movie_id: int, half_stars: int | None, **_kwargs: Any
) -> None:
    """Record a rating as a reaction to the list that last showed the movie."""
    reaction_record(
        visitor_key,
        movie_id,
        Reaction.Kind.RATING,
        half_stars=half_stars,
        is_taken_back=half_stars is None,
    )


def note_hide(
    visitor_key: str | None, movie_id: int, kind: ListKind, *, is_on: bool, **_kwargs: Any
) -> None:
    """Record a "Not interested" mark as a reaction to the list that last showed the movie."""
    if kind == ListKind.NOT_INTERESTED:
        reaction_record(visitor_key, movie_id, Reaction.Kind.HIDE, is_taken_back=not is_on)


def end_split(activation: Activation, **_kwargs: Any) -> None:
    """End the running split when a version is activated: it now serves every visitor."""
    split_end_for(activation)

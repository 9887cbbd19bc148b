"""What a visitor thinks of a film: loved, seen or not interested, and how to put it back."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from movies.models import HALF_STARS_MAX, HALF_STARS_MIN, ListKind

LOVED_HALF_STARS: Final = 9
"""The rating that the heart gives: 4.5 stars."""
LOVED_FROM: Final = 7
"""A film rated below 3.5 stars is never shown with a heart."""


def are_picks(half_stars: Iterable[int]) -> bool:
    """Return whether ratings come from the heart alone, so that nobody gave their stars.

    >>> are_picks([9, 9]), are_picks([9, 8]), are_picks([])
    (True, False, False)
    """
    given = list(half_stars)
    return bool(given) and all(one == LOVED_HALF_STARS for one in given)


class Opinion(models.TextChoices):
    """The states of a film that a visitor sees. They exclude each other."""

    LOVED = "loved", _("Love it")
    SEEN = "seen", _("Seen it")
    NOT_INTERESTED = "not_interested", _("Not interested")
    NONE = "none", _("No opinion")


@dataclass(frozen=True)
class FilmState:
    """A visitor's rating of one film and the list that the film is on."""

    half_stars: int | None = None
    kind: ListKind | None = None

    @property
    def opinion(self) -> Opinion:
        """Return the state that the page shows. A low rating is "seen", never "loved"."""
        if self.kind == ListKind.NOT_INTERESTED:
            return Opinion.NOT_INTERESTED
        if self.half_stars is not None:
            return Opinion.LOVED if self.half_stars >= LOVED_FROM else Opinion.SEEN
        return Opinion.SEEN if self.kind == ListKind.SEEN else Opinion.NONE

    @property
    def on_watch_later(self) -> bool:
        """Return whether the film is on the list "Watch later"."""
        return self.kind == ListKind.WATCH_LATER

    def after(self, choice: str) -> "FilmState":
        """Return the state after a press of one of the buttons under a film.

        Parameters
        ----------
        choice
            An `Opinion`, ``watch_later``, or ``not_later`` to leave that list.

        Raises
        ------
        ValidationError
            There is no such button.

        """
        states = {
            Opinion.LOVED: FilmState(LOVED_HALF_STARS),
            Opinion.SEEN: FilmState(kind=ListKind.SEEN),
            Opinion.NOT_INTERESTED: FilmState(kind=ListKind.NOT_INTERESTED),
            Opinion.NONE: FilmState(kind=self.kind if self.on_watch_later else None),
            "watch_later": replace(self, kind=ListKind.WATCH_LATER),
            "not_later": replace(self, kind=None),
        }
        if choice not in states:
            raise ValidationError(_("There is no such opinion."))
        return states[choice]

    def __str__(self) -> str:
        """Write the state as a form field, ``9:seen``."""
        return f"{self.half_stars or ''}:{self.kind or ''}"

    @classmethod
    def parse(cls, text: str) -> "FilmState":
        """Read what ``str`` has written.

        Raises
        ------
        ValidationError
            The text names no state.

        >>> FilmState.parse("9:").half_stars, FilmState.parse(":seen").kind.value
        (9, 'seen')

        """
        half_stars, _colon, kind = text.partition(":")
        valid = {"", *map(str, range(HALF_STARS_MIN, HALF_STARS_MAX + 1))}
        if half_stars not in valid or kind not in {"", *ListKind.values}:
            raise ValidationError(_("There is no such opinion."))
        return cls(int(half_stars) if half_stars else None, ListKind(kind) if kind else None)

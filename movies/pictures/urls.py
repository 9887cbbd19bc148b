"""The addresses of a picture's files, from its key alone: no query, no look into the storage."""

from dataclasses import dataclass
from typing import Final

from django.urls import reverse

WIDTHS: Final = (200, 400, 780)
"""Pixels: a card, a card on a dense screen or a phone's film page, the film page."""


@dataclass(frozen=True)
class Picture:
    """A picture that the site keeps, in several widths, each two wide and three high."""

    key: str
    """``HASH-WIDTH``: of the original's content, and the widest file there is."""

    @property
    def widths(self) -> tuple[int, ...]:
        """The widths there are, in pixels, the smallest first."""
        return widths_up_to(int(self.key.rpartition("-")[2]))

    @property
    def url(self) -> str:
        """One file for those who take one only."""
        return self._url(self.widths[min(1, len(self.widths) - 1)])

    @property
    def srcset(self) -> str:
        """Every file and its width, for a browser to choose from."""
        return ", ".join(f"{self._url(width)} {width}w" for width in self.widths)

    def _url(self, width: int) -> str:
        return reverse("movies:picture", args=[self.key, width])


def widths_up_to(widest: int) -> tuple[int, ...]:
    """Return the widths to make of a picture that is ``widest`` pixels wide.

    >>> widths_up_to(320), widths_up_to(780), widths_up_to(150)
    ((200, 320), (200, 400, 780), (150,))
    """
    return (*(width for width in WIDTHS if width < widest), widest)

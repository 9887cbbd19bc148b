"""Which motifs the posters of a page have, so that neighbours never have the same one."""

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

ROW: Final = 6
"""Neighbours on a page whose drawn posters have different motifs."""
MAX_MOTIFS: Final = 600
"""Motifs that a request may name; more are ignored."""


class PosterRow:
    """The motifs of the posters that a page has placed last, in the order of the page.

    Parameters
    ----------
    before
        Motifs of the posters that precede the first one, where a part of a page is asked for.

    """

    def __init__(self, before: Iterable[str] = ()) -> None:
        self._last: deque[str] = deque(before, maxlen=ROW - 1)

    def place(self, motifs: Sequence[str], shown: str = "", besides: Collection[str] = ()) -> int:
        """Return which of a film's motifs its poster has here: the first that no neighbour has.

        Parameters
        ----------
        motifs
            All motifs of the film, its own one first.
        shown
            The motif that the film's poster has on the page now, which it keeps if it may.
        besides
            Motifs of neighbours that are on the page already.

        """
        taken = {*self._last, *besides}
        wanted = sorted(range(len(motifs)), key=lambda number: motifs[number] != shown)
        number = next((one for one in wanted if motifs[one] not in taken), 0)
        self._last.append(motifs[number])
        return number

    def place_picture(self) -> None:
        """Place a film's own picture, which has no motif."""
        self._last.append("")


def read_motifs(text: str) -> list[str]:
    """Return the motifs of a list with commas, as a request names them.

    >>> read_motifs("sea,door,,hat")
    ['sea', 'door', '', 'hat']
    """
    return text.split(",")[-MAX_MOTIFS:] if text else []


def read_shown(text: str) -> Mapping[int, str]:
    """Return the motif by film of a list like ``12-sea,44-door``; anything else is ignored."""
    pairs = [part.split("-") for part in read_motifs(text)]
    return {int(pair[0]): pair[1] for pair in pairs if len(pair) == 2 and pair[0].isdecimal()}

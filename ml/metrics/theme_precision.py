"""Theme precision: how much of a list is of the theme that the ratings had in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def theme_precision(
    top: NDArray[np.int64], members: NDArray[np.bool_], seen: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the share of each list that belongs to its theme, 0 to 1.

    A theme with fewer than k unseen movies is measured by how many of them are listed, so that
    each theme can reach 1.

    Parameters
    ----------
    top
        [B, k] movie positions; -1 where the list is shorter.
    members
        [B, N] true on the movies of the theme.
    seen
        [B, N] true on the movies that were rated and so are never listed.

    Returns
    -------
    numpy.ndarray
        [B]; NaN where the theme has no unseen movie.
    """
    listed = (top >= 0) & np.take_along_axis(members, np.maximum(top, 0), axis=1)
    possible = np.minimum((members & ~seen).sum(axis=1), top.shape[1])
    share: NDArray[np.float64] = listed.sum(axis=1) / np.where(possible > 0, possible, np.nan)
    return share

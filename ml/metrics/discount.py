"""The logarithmic discount that the gain metrics share (Järvelin and Kekäläinen, 2002)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def discounts(k: int) -> NDArray[np.float64]:
    """Return 1 / log2(rank + 1) for ranks 1 to k.

    Examples
    --------
    >>> discounts(3).round(3).tolist()
    [1.0, 0.631, 0.5]
    """
    return 1.0 / np.log2(np.arange(2, k + 2))

"""Normalised discounted cumulative gain with binary gains."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.metrics.discount import discounts


def ndcg(hits: NDArray[np.bool_], n_relevant: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return DCG at k over the DCG of min(k, n_relevant) hits at the top, [B] in 0 to 1."""
    weights = discounts(hits.shape[1])
    ideal = np.cumsum(weights)[np.minimum(n_relevant, hits.shape[1]) - 1]
    share: NDArray[np.float64] = (hits @ weights) / ideal
    return share

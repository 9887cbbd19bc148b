"""Made-up people with chosen ratings, for protocols that hold no rating out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ml.data.dataset import Ratings


def visitors(histories: Sequence[Mapping[int, int]], train: Ratings) -> Ratings:
    """Return the ratings of people whom no model was trained on.

    All ratings carry the time of the latest training rating, as those of a visitor of today do.

    Parameters
    ----------
    histories
        Half stars by movie position, one mapping per visitor.
    train
        Ratings that the models were trained on.
    """
    rows = [
        (visitor, movie, half_stars)
        for visitor, rated in enumerate(histories)
        for movie, half_stars in sorted(rated.items())
    ]
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    first_id = int(train.user_ids.max()) + 1
    return Ratings(
        first_id + np.arange(len(histories)),
        train.n_movies,
        columns[0].astype(np.int32),
        columns[1].astype(np.int32),
        columns[2].astype(np.int8),
        np.full(columns.shape[1], train.timestamps.max(), dtype=np.int64),
    )

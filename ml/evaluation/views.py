"""Other views of one fitted model: sampled candidates, and the users of whom little is known.

They cost neither a second fit nor a second scoring. The full ranking stays the measure by which
models are chosen: these stand beside it, since published numbers are often sampled ones.

Legend: U measured users.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Ratings
from ml.data.splits import N_SAMPLED, Candidates, Split, joined
from ml.evaluation.evaluator import Evaluation

SAMPLED = f"sampled-{N_SAMPLED}"
"""Each user's latest relevant held-out film among it and 99 uniform films they never rated."""
FEW_RATINGS = "few-ratings"
"""The quarter of the measured users of whom training knew the fewest ratings; whole catalogue."""
FEW_SHARE = 0.25


def sampled(split: Split) -> Split:
    """Return the same users and histories, ranked as in He et al. (2017, section 4.1).

    The other held-out ratings count as seen, as there, so they are no negatives.
    """
    latest = _latest_of_each(split.relevant)
    is_latest = np.zeros(len(split.relevant), dtype=np.bool_)
    is_latest[latest] = True
    wanted = split.relevant.take(is_latest)
    key = _keys(split.held_out)
    others = split.held_out.take(~np.isin(key, _keys(wanted)))
    return replace(
        split,
        protocol=SAMPLED,
        train=joined(split.train, others),
        histories=split.histories,
        held_out=wanted,
        rule=Candidates.SAMPLED,
    )


def few_ratings(evaluation: Evaluation, split: Split) -> Evaluation:
    """Return the part of an evaluation for the users with the fewest ratings, ties included."""
    counts = np.diff(split.histories.offsets)[split.users]
    few = counts <= np.quantile(counts, FEW_SHARE, method="inverted_cdf")
    return Evaluation(
        evaluation.user_ids[few],
        {name: column[few] for name, column in evaluation.per_user.items()},
        {"users": float(few.sum())},
    )


def _latest_of_each(ratings: Ratings) -> NDArray[np.int64]:
    """Positions of each user's latest rating; of equal times the one of the later film."""
    order = np.lexsort((ratings.movie_index, ratings.timestamps, ratings.user_index))
    user = ratings.user_index[order]
    is_last = np.append(user[1:] != user[:-1], True) if len(user) else np.empty(0, np.bool_)
    latest: NDArray[np.int64] = order[is_last].astype(np.int64)
    return latest


def _keys(ratings: Ratings) -> NDArray[np.int64]:
    """One number for each pair of user and film."""
    keys: NDArray[np.int64] = ratings.user_index * np.int64(ratings.n_movies) + ratings.movie_index
    return keys

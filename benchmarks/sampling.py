"""Sampling four negatives for each positive: ours, the NCF paper's loop, and RecBole's sampler.

All three sample uniform films that the user has not rated, for the same positives, in one
process of one thread, and are timed by the processor time they take.
"""

from __future__ import annotations

import sys
from time import process_time
from types import SimpleNamespace
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from benchmarks.measuring import best_seconds, data_of, parser, print_machine
from ml.data.dataset import Ratings
from ml.data.labels import is_positive
from ml.data.sampling import sample_interactions

N_NEGATIVES = 4


def rated_pairs(ratings: Ratings) -> Any:
    """Return the ratings in the form in which the paper's program holds them."""
    known: Any = sp.dok_matrix((ratings.n_users, ratings.n_movies), dtype=np.float32)
    for user, film in zip(ratings.user_index, ratings.movie_index, strict=True):
        known[user, film] = 1.0
    return known


def papers_loop(known: Any, users: NDArray[np.int32]) -> list[int]:
    """Sample as the paper's published program does.

    It draws until the sparse matrix lacks the pair.
    """
    negatives = []
    for user in users.tolist():
        for _ in range(N_NEGATIVES):
            film = np.random.randint(known.shape[1])  # noqa: NPY002 - as it was written
            while (user, film) in known:
                film = np.random.randint(known.shape[1])  # noqa: NPY002
            negatives.append(film)
    return negatives


def recbole_sampler(ratings: Ratings) -> object | None:
    """RecBole's uniform sampler over the same ratings; None where RecBole is not installed."""
    try:
        import torch
        from recbole.sampler import Sampler
    except ImportError:
        return None
    interactions = {
        "user": torch.from_numpy(ratings.user_index.astype(np.int64)),
        "item": torch.from_numpy(ratings.movie_index.astype(np.int64) + 1),  # 0 is its padding
    }
    stand_in = SimpleNamespace(
        uid_field="user",
        iid_field="item",
        user_num=ratings.n_users,
        item_num=ratings.n_movies + 1,
        inter_feat=interactions,
    )
    sampler: object = Sampler(["train"], [stand_in], distribution="uniform").set_phase("train")
    return sampler


def main() -> None:
    """Print samples per second and ratios."""
    options = parser(__doc__).parse_args()
    ratings = data_of(options).ratings
    rows = is_positive(ratings.half_stars)
    users, films = ratings.user_index[rows], ratings.movie_index[rows]
    n_samples = len(users) * N_NEGATIVES
    print_machine()
    print(f"{len(ratings):,} ratings, {len(users):,} positives, {n_samples:,} samples")
    ours = best_seconds(
        lambda: sample_interactions(ratings, strategy="uniform", n_negatives=N_NEGATIVES, seed=0),
        options.repeat,
        process_time,
    )
    print(f"ours           {n_samples / ours:14,.0f} samples/s")
    known = rated_pairs(ratings)
    loop = best_seconds(lambda: papers_loop(known, users), 1, process_time)
    print(f"paper's loop   {n_samples / loop:14,.0f} samples/s   ours is {loop / ours:.0f} times")
    sampler = recbole_sampler(ratings)
    if sampler is None:
        print("RecBole        skipped: it is not installed", file=sys.stderr)
        return
    items = films.astype(np.int64) + 1
    theirs = best_seconds(
        lambda: sampler.sample_by_user_ids(users.astype(np.int64), items, N_NEGATIVES),  # type: ignore[attr-defined]
        options.repeat,
        process_time,
    )
    print(
        f"RecBole        {n_samples / theirs:14,.0f} samples/s   ours is {theirs / ours:.1f} times"
    )


if __name__ == "__main__":
    main()

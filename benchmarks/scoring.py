"""Scoring a visitor on the whole catalogue, against reading the model's item vectors once.

No scorer that looks at every film can be faster than memory: that time is the floor. `--run` is the
directory of a finished run, whose people's first ratings are the histories. One thread, processor
time, the mean over some people. For shortlists of several sizes (films that the members' prior
ranks first) the time of a list is told too, and the share of the ten of whole scoring that such a
shortlist holds, over all people and histories of several lengths. (`ServedModel.recommend` takes no
shortlist for who rated little.)
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from time import process_time

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from benchmarks.measuring import best_of_each, print_machine
from ml.data.dataset import Ratings
from ml.io.workspace import read_inputs
from ml.serving import model as serving
from ml.serving.model import History, ServedModel

READING = "reading the vectors once"
N_TIMED = 20
"""People whose histories are timed."""
SIZES = (200, 500, 1000, 2000)
LENGTHS = (0, 1, 3, 5, 10, 15, 20, 30, None)
"""Ratings in a history, the first ones by time; None all."""


def main() -> None:
    """Print milliseconds and ratios, and shares kept."""
    options_of = argparse.ArgumentParser(description=__doc__)
    options_of.add_argument("--run", type=Path, required=True)
    options_of.add_argument("--rated", type=int, default=30, help="films in the timed history")
    options_of.add_argument("--repeat", type=int, default=30)
    options = options_of.parse_args()
    model = ServedModel.load(options.run / "model")
    ratings = read_inputs(options.run).ratings
    people = np.flatnonzero(np.diff(ratings.offsets) >= options.rated)[:N_TIMED].tolist()
    histories = [_first(model, ratings, user, options.rated) for user in people]
    print_machine()
    with threadpool_limits(1):
        _print_times(model, histories, options.repeat)
        _print_shares(model, ratings)


def _print_times(model: ServedModel, histories: Sequence[History], repeat: int) -> None:
    vectors = model.item_vectors
    n_rated = len(histories[0].movie_ids)
    print(f"{len(vectors):,} films, {vectors.shape[1]} dimensions, {n_rated} rated films")
    timed: dict[str, Callable[[History], object]] = {
        READING: lambda _history: vectors.sum(),
        "score, fold-in included": model.score,
        "ten films with reasons": model.recommend,
    }
    for size in SIZES:
        timed[f"the same of {size:,}"] = partial(_with_shortlist, model, size)
    timed["the same, all scored"] = partial(_with_shortlist, model, len(vectors))
    rounds = [_best_of_each(timed, history, repeat) for history in histories]
    floor = min(seconds[READING] for seconds in rounds)
    print(f"{READING:24} {1e3 * floor:8.2f} ms ({vectors.nbytes / 1e6:.0f} MB)")
    for name in list(timed)[1:]:
        taken = float(np.mean([seconds[name] for seconds in rounds]))
        print(f"{name:24} {1e3 * taken:8.2f} ms   {taken / floor:.1f} times the floor")


def _best_of_each(
    timed: Mapping[str, Callable[[History], object]], history: History, repeat: int
) -> dict[str, float]:
    runs = {name: partial(run, history) for name, run in timed.items()}
    return best_of_each(runs, repeat, process_time)


def _with_shortlist(model: ServedModel, size: int, history: History) -> None:
    usual = serving.N_SHORTLIST
    setattr(serving, "N_SHORTLIST", size)  # noqa: B010 (a constant to all others)
    model.recommend(history)
    setattr(serving, "N_SHORTLIST", usual)  # noqa: B010


def _print_shares(model: ServedModel, ratings: Ratings) -> None:
    print("share of the ten kept by a shortlist of", *(f"{size:>7,}" for size in SIZES))
    for length in LENGTHS:
        people = range(1) if length == 0 else range(ratings.n_users)
        ranks = [_prior_ranks(model, _first(model, ratings, user, length)) for user in people]
        shares = [float((np.concatenate(ranks) < size).mean()) for size in SIZES]
        name = "all ratings" if length is None else f"the first {length}"
        print(f"{name:39}", *(f"{share:7.4f}" for share in shares), flush=True)


def _first(model: ServedModel, ratings: Ratings, user: int, length: int | None) -> History:
    rows = np.arange(*ratings.offsets[user : user + 2])
    rows = rows[np.argsort(ratings.timestamps[rows], kind="stable")][:length]
    return History(model.movie_ids[ratings.movie_index[rows]], ratings.half_stars[rows])


def _prior_ranks(model: ServedModel, history: History) -> NDArray[np.int64]:
    """[10] places, from 0, of the ten of whole scoring in the prior's order of unrated films."""
    ten = model.recommend(history, max_reasons=0, scores=model.score(history))
    prior = model.item_vectors @ model.query_vector(history)
    prior[np.isin(model.movie_ids, history.movie_ids)] = -np.inf
    places = np.searchsorted(model.movie_ids, [film.movie_id for film in ten])
    ranks: NDArray[np.int64] = (prior > prior[places, None]).sum(axis=1)
    return ranks


if __name__ == "__main__":
    main()

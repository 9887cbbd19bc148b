"""The protocols of docs/evaluation.md: `make_split` holds ratings out and says what is ranked.

A split is a pure function of ratings, protocol name and seed. `Split.inner` is the validation split
on which every choice is made: the same protocol applied to the training part alone.

Legend: U users, N films, B users of a batch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import DataError, Ratings
from ml.data.labels import HARD_POSITIVE_HALF_STARS
from ml.data.sampling import UnseenMovies

HELD_OUT_SHARE = 0.2
STRATIFIED_SHARE = 0.25
COLD_USER_SHARE = 0.2
NEW_ITEM_SHARE = 0.1
N_SAMPLED = 99

PROTOCOLS = (
    "full-random",
    "full-temporal",
    "loo-99",
    "rated",
    "stratified-75-25",
    "stratified-item-75-25",
    "global-timeline",
    "cold-5",
    "cold-10",
    "new-items",
)
"""Those that reports show. `cold-N` takes any N from 0, `cold-N-random` random ratings."""
COLD = re.compile(r"^cold-(?P<n>\d+)(?P<random>-random)?$")


class Candidates(Enum):
    """Which films a user's ranking is made of."""

    UNSEEN = "whole unseen catalogue"
    SAMPLED = f"the held-out film and {N_SAMPLED} uniform unseen ones"
    RATED = "the user's own held-out films"
    HIDDEN = "the films hidden from training"


@dataclass(frozen=True)
class Split:
    """Training ratings, histories to score from, and held-out ratings, of the same users and films.

    Nothing that is fitted may see anything but `train` and the catalogue.
    """

    protocol: str
    seed: int
    train: Ratings
    histories: Ratings
    """What a model may read of each user when it scores: `train`, or a cold user's few ratings."""
    held_out: Ratings
    rule: Candidates
    all_relevant: bool = False
    """Every held-out rating counts as relevant, not only those of four stars or more."""
    depth: int = 0
    """0 for a test split, 1 for the validation split inside its training part."""

    @cached_property
    def relevant(self) -> Ratings:
        """The held-out ratings that count as hits."""
        if self.all_relevant:
            return self.held_out
        return self.held_out.take(self.held_out.half_stars >= HARD_POSITIVE_HALF_STARS)

    @cached_property
    def users(self) -> NDArray[np.int64]:
        """Positions of the users who are measured: those with a relevant held-out film."""
        return np.flatnonzero(np.diff(self.relevant.offsets) > 0).astype(np.int64)

    @property
    def n_left_out(self) -> int:
        """How many people have held-out ratings, none of which is relevant."""
        return int((np.diff(self.held_out.offsets) > 0).sum()) - len(self.users)

    def limited(self, n_users: int) -> Split:
        """Return the split with at most `n_users` measured users.

        Users are drawn by a hash of their ids, so two runs measure nearly the same ones. A
        split of fewer users stays as it is; 0 keeps all.
        """
        if not 0 < n_users < len(self.users):
            return self
        chance = _mixed(np.full(len(self.users), self.seed), self.train.user_ids[self.users])
        is_drawn = np.zeros(self.train.n_users, dtype=np.bool_)
        is_drawn[self.users[np.argsort(chance, kind="stable")[:n_users]]] = True
        return replace(self, held_out=self.held_out.take(is_drawn[self.held_out.user_index]))

    def measurable(self) -> Split:
        """Itself, before a model is fitted for nothing.

        Raises
        ------
        DataError
            There is nothing to learn from, or nobody to measure.

        """
        if len(self.train) == 0:
            raise DataError(f"{self.protocol}: no rating is left to learn from")
        if len(self.users) == 0:
            raise DataError(f"{self.protocol}: no user has a relevant held-out film")
        return self

    def inner(self) -> Split:
        """Return the validation split: this protocol on the training part, for making choices."""
        return make_split(self.train, self.protocol, self.seed, depth=self.depth + 1)

    def candidates(self, users: NDArray[np.int64]) -> NDArray[np.bool_]:
        """[B, N] the films among which each of these users' lists are ranked."""
        if self.rule is Candidates.UNSEEN:
            return ~cells(self.histories, users)
        if self.rule is Candidates.RATED:
            return cells(self.held_out, users)
        if self.rule is Candidates.HIDDEN:
            hidden = np.bincount(self.held_out.movie_index, minlength=self.held_out.n_movies) > 0
            return np.repeat(hidden[None], len(users), axis=0)
        return self._sampled(users) | cells(self.held_out, users)

    def _sampled(self, users: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Drawn from a generator of each user's own, so that batches do not change the draw."""
        chosen = np.zeros((len(users), self.train.n_movies), dtype=np.bool_)
        for row, user in enumerate(users):
            rng = np.random.default_rng([self.seed, self.depth, N_SAMPLED, user])
            n_unseen = int(self._unseen.n_unseen[user])
            k = rng.choice(n_unseen, min(N_SAMPLED, n_unseen), replace=False)
            chosen[row, self._unseen.at(np.full(len(k), user), k)] = True
        return chosen

    @cached_property
    def _unseen(self) -> UnseenMovies:
        return UnseenMovies(joined(self.train, self.held_out))


def make_split(
    ratings: Ratings,
    protocol: str,
    seed: int,
    *,
    depth: int = 0,
    movie_ids: NDArray[np.int64] | None = None,
) -> Split:
    """Split by the named protocol; the same arguments give the same split on every machine.

    A user keeps at least one rating in training, so one with a single rating is not measured.
    Equal timestamps, of which MovieLens has many, are ordered at random by the seed.

    With `movie_ids` [N], each rating's chance in `full-random` is drawn from the ids of user and
    film, not from its row: ratings that come later leave the others where they are, so that models
    of this week and of last week are measured on nearly the same ratings.

    Raises
    ------
    ValueError
        No such protocol.

    """
    cold = COLD.match(protocol)
    if cold:
        return _cold(ratings, protocol, int(cold["n"]), bool(cold["random"]), seed, depth)
    if protocol in _WHOLE:
        return _WHOLE[protocol](ratings, seed, depth)
    if protocol not in PROTOCOLS:
        raise ValueError(f"no protocol {protocol}; there are {', '.join(PROTOCOLS)}, cold-N")
    chance = None if movie_ids is None else chance_by_ids(ratings, movie_ids, seed)
    return _per_user(ratings, protocol, seed, depth, chance)


def chance_by_ids(ratings: Ratings, movie_ids: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """[R] a number in [0, 1) of each user, film and seed: uniform, and the same in any data set."""
    key = np.full(len(ratings), seed)
    for ids in (ratings.user_ids[ratings.user_index], movie_ids[ratings.movie_index]):
        key = _mixed(key, ids)
    return (key >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mixed(key: NDArray[Any], ids: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return the hash of each key and id.

    The finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), which is a good hash.
    """
    mixed = (key.astype(np.uint64) ^ ids.astype(np.uint64)) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def places_from_the_end(
    ratings: Ratings,
    by_time: bool,
    rng: np.random.Generator,
    chance: NDArray[np.float64] | None = None,
) -> NDArray[np.int64]:
    """Each rating's place among its user's, 0 for the latest; by `chance` [R] unless `by_time`."""
    chance = rng.random(len(ratings)) if chance is None else chance
    keys = (chance, ratings.timestamps) if by_time else (chance,)
    order = np.lexsort((*keys, ratings.user_index))
    place = np.empty(len(ratings), dtype=np.int64)
    place[order] = ratings.offsets[1:][ratings.user_index[order]] - 1 - np.arange(len(ratings))
    return place


def drawn_people(
    ratings: Ratings, share: float, rng: np.random.Generator, at_most: int | None = None
) -> NDArray[np.bool_]:
    """[U] true for this share, rounded up, of the people who rated anything, drawn at random."""
    people = rng.permutation(np.flatnonzero(np.diff(ratings.offsets) > 0))
    is_drawn = np.zeros(ratings.n_users, dtype=np.bool_)
    is_drawn[people[: int(np.ceil(len(people) * share))][:at_most]] = True
    return is_drawn


def cells(ratings: Ratings, users: NDArray[np.int64]) -> NDArray[np.bool_]:
    """[B, N] true where the user rated the film."""
    row, rating = rows_of(ratings, users)
    mask = np.zeros((len(users), ratings.n_movies), dtype=np.bool_)
    mask[row, ratings.movie_index[rating]] = True
    return mask


def ratings_of(ratings: Ratings, users: NDArray[np.int64]) -> Ratings:
    """Return the ratings of these users alone, who are at the positions 0 to B - 1."""
    row, rating = rows_of(ratings, users)
    return replace(
        ratings.take(rating), user_ids=ratings.user_ids[users], user_index=row.astype(np.int32)
    )


def rows_of(
    ratings: Ratings, users: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For all ratings of these users: the place in `users`, and the row in `ratings`."""
    start, stop = ratings.offsets[users], ratings.offsets[users + 1]
    counts = stop - start
    row = np.repeat(np.arange(len(users)), counts)
    first = np.repeat(start - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    return row, first + np.arange(len(row))


def _per_user(
    ratings: Ratings, protocol: str, seed: int, depth: int, chance: NDArray[np.float64] | None
) -> Split:
    rng = np.random.default_rng([seed, depth])
    place = places_from_the_end(ratings, protocol in ("full-temporal", "loo-99"), rng, chance)
    share = STRATIFIED_SHARE if protocol == "stratified-75-25" else HELD_OUT_SHARE
    counts = np.diff(ratings.offsets)
    n_held = np.ones_like(counts) if protocol == "loo-99" else np.ceil(counts * share).astype(int)
    held = place < np.minimum(n_held, counts - 1)[ratings.user_index]
    train = ratings.take(~held)
    rules = {"loo-99": Candidates.SAMPLED, "rated": Candidates.RATED}
    return Split(
        protocol,
        seed,
        train,
        train,
        ratings.take(held),
        rules.get(protocol, Candidates.UNSEEN),
        all_relevant=protocol in ("loo-99", "stratified-75-25"),
        depth=depth,
    )


def _cold(
    ratings: Ratings, protocol: str, n_first: int, at_random: bool, seed: int, depth: int
) -> Split:
    rng = np.random.default_rng([seed, depth, 1])
    cold_rows = drawn_people(ratings, COLD_USER_SHARE, rng)[ratings.user_index]
    counts = np.diff(ratings.offsets)[ratings.user_index]
    place = counts - 1 - places_from_the_end(ratings, not at_random, rng)
    return Split(
        protocol,
        seed,
        ratings.take(~cold_rows),
        ratings.take(cold_rows & (place < n_first)),
        ratings.take(cold_rows & (place >= n_first)),
        Candidates.UNSEEN,
        depth=depth,
    )


def _new_items(ratings: Ratings, seed: int, depth: int) -> Split:
    rng = np.random.default_rng([seed, depth, 2])
    rated = np.flatnonzero(np.bincount(ratings.movie_index, minlength=ratings.n_movies))
    chosen = rng.permutation(rated)[: int(np.ceil(len(rated) * NEW_ITEM_SHARE))]
    hidden = np.zeros(ratings.n_movies, dtype=np.bool_)
    hidden[chosen] = True
    is_hidden = hidden[ratings.movie_index]
    train = ratings.take(~is_hidden)
    return Split(
        "new-items",
        seed,
        train,
        train,
        ratings.take(is_hidden),
        Candidates.HIDDEN,
        depth=depth,
    )


def _stratified_by_item(ratings: Ratings, seed: int, depth: int) -> Split:
    """Hold out a quarter of each movie's ratings, rounded as Microsoft Recommenders rounds it."""
    rng = np.random.default_rng([seed, depth, 8])
    counts = np.bincount(ratings.movie_index, minlength=ratings.n_movies)
    order = np.lexsort((rng.random(len(ratings)), ratings.movie_index))
    place = np.empty(len(ratings), dtype=np.int64)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    place[order] = np.arange(len(ratings)) - first[ratings.movie_index[order]]
    n_train = np.rint((1 - STRATIFIED_SHARE) * counts).astype(np.int64)
    held = place >= n_train[ratings.movie_index]
    train = ratings.take(~held)
    return Split(
        "stratified-item-75-25",
        seed,
        train,
        train,
        ratings.take(held),
        Candidates.UNSEEN,
        all_relevant=True,
        depth=depth,
    )


def _global_timeline(ratings: Ratings, seed: int, depth: int) -> Split:
    """One moment, before which a model is trained and after which everybody is measured.

    It is the time of the rating at four fifths of all. Later ratings of people without an earlier
    one are left out: `cold-N` measures those.
    """
    in_time = np.sort(ratings.timestamps)
    cut = in_time[min(int((1 - HELD_OUT_SHARE) * len(in_time)), len(in_time) - 1)]
    is_late = ratings.timestamps >= cut
    train = ratings.take(~is_late)
    is_known = np.diff(train.offsets) > 0
    held_out = ratings.take(is_late & is_known[ratings.user_index])
    return Split("global-timeline", seed, train, train, held_out, Candidates.UNSEEN, depth=depth)


_WHOLE: Mapping[str, Callable[[Ratings, int, int], Split]] = {
    "new-items": _new_items,
    "stratified-item-75-25": _stratified_by_item,
    "global-timeline": _global_timeline,
}
"""Protocols that cut all ratings together, not user by user."""


def joined(left: Ratings, right: Ratings) -> Ratings:
    """Both, sorted again by user and film; they share no pair."""
    user = np.concatenate([left.user_index, right.user_index])
    movie = np.concatenate([left.movie_index, right.movie_index])
    order = np.lexsort((movie, user))
    return replace(
        left,
        user_index=user[order],
        movie_index=movie[order],
        half_stars=np.concatenate([left.half_stars, right.half_stars])[order],
        timestamps=np.concatenate([left.timestamps, right.timestamps])[order],
    )

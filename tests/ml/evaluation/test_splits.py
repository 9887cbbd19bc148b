from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.data.dataset import Catalogue, Dataset, Ratings
from ml.data.splits import PROTOCOLS, Candidates, Split, chance_by_ids, make_split

USERS, FILMS = 10, 40


def ratings_of(n_users: int = USERS, n_movies: int = FILMS, seed: int = 0) -> Ratings:
    """Each user rates from 1 to 30 films, at times that increase with the draw."""
    rng = np.random.default_rng(seed)
    user, movie = [], []
    for person in range(n_users):
        chosen = rng.permutation(n_movies)[: 1 + person * 3]
        user += [person] * len(chosen)
        movie += chosen.tolist()
    catalogue = Catalogue.build(
        np.arange(n_movies), ["Film"] * n_movies, [2000.0] * n_movies, [["Drama"]] * n_movies
    )
    stars = rng.integers(1, 11, len(user))
    times = rng.integers(0, 5, len(user))
    return Dataset.build(catalogue, np.array(user), np.array(movie), stars, times).ratings


def pairs(ratings):
    return set(zip(ratings.user_index.tolist(), ratings.movie_index.tolist(), strict=True))


def times(ratings, user):
    return ratings.timestamps[ratings.user_index == user].tolist()


WITHOUT_CHANCE = "global-timeline"
"""It cuts by time alone, and leaves people out whom training does not know."""
DRAWN = [protocol for protocol in PROTOCOLS if protocol != WITHOUT_CHANCE]


@pytest.mark.parametrize("protocol", [*DRAWN, "cold-0", "cold-3-random"])
def test_no_rating_is_lost_and_none_is_both_seen_and_held_out(protocol):
    ratings = ratings_of()
    split = make_split(ratings, protocol, seed=1)

    seen = pairs(split.train) | pairs(split.histories)
    assert seen | pairs(split.held_out) == pairs(ratings)
    assert not seen & pairs(split.held_out)
    assert len(split.held_out) > 0


@pytest.mark.parametrize("protocol", DRAWN)
def test_the_same_seed_gives_the_same_split_and_another_seed_another(protocol):
    ratings = ratings_of()
    first, again, other = (make_split(ratings, protocol, seed) for seed in (1, 1, 2))

    assert pairs(first.held_out) == pairs(again.held_out)
    assert pairs(first.held_out) != pairs(other.held_out)


@pytest.mark.parametrize("protocol", DRAWN)
def test_the_validation_split_sees_nothing_but_the_training_part(protocol):
    split = make_split(ratings_of(), protocol, seed=0)
    inner = split.inner()

    known = pairs(inner.train) | pairs(inner.histories) | pairs(inner.held_out)
    assert known == pairs(split.train)
    assert inner.rule is split.rule
    assert inner.protocol == split.protocol


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_candidates_hold_every_relevant_film_and_nothing_the_history_holds(protocol):
    split = make_split(ratings_of(), protocol, seed=0)
    candidates = split.candidates(split.users)

    for row, user in enumerate(split.users):
        seen = split.histories.movie_index[split.histories.user_index == user]
        wanted = split.relevant.movie_index[split.relevant.user_index == user]
        assert candidates[row, wanted].all()
        assert not candidates[row, seen].any()


def test_a_fifth_of_each_users_ratings_rounded_up_is_held_out_but_never_the_only_one():
    ratings = ratings_of()
    held = np.bincount(make_split(ratings, "full-random", 0).held_out.user_index, minlength=USERS)

    counts = 1 + 3 * np.arange(USERS)  # 1, 4, 7, 10, ...
    assert held.tolist() == [0, 1, 2, 2, 3, 4, 4, 5, 5, 6]
    assert (held <= counts - 1).all()


@pytest.mark.parametrize("protocol", ["full-temporal", "loo-99"])
def test_what_is_held_out_is_never_older_than_what_is_trained_on(protocol):
    split = make_split(ratings_of(), protocol, seed=0)
    for user in range(1, USERS):
        assert min(times(split.held_out, user)) >= max(times(split.train, user))


def test_leave_one_out_ranks_the_latest_film_among_99_unseen_ones():
    split = make_split(ratings_of(n_movies=200), "loo-99", seed=0)
    candidates = split.candidates(split.users)

    assert np.bincount(split.held_out.user_index).tolist() == [0] + [1] * (USERS - 1)
    assert (candidates.sum(axis=1) == 100).all()
    assert len(split.relevant) == len(split.held_out), "the latest rating counts whatever its stars"


def test_sampled_candidates_do_not_depend_on_the_batch():
    split = make_split(ratings_of(n_movies=200), "loo-99", seed=0)
    together = split.candidates(split.users)
    alone = np.concatenate([split.candidates(split.users[[row]]) for row in range(len(together))])

    assert (together == alone).all()


def test_in_a_small_catalogue_all_unseen_films_are_sampled():
    split = make_split(ratings_of(n_movies=FILMS), "loo-99", seed=0)
    for user, candidates in zip(split.users, split.candidates(split.users), strict=True):
        seen = split.train.movie_index[split.train.user_index == user]
        assert set(np.flatnonzero(~candidates)) == set(seen.tolist())


def test_cold_users_are_absent_from_training_and_bring_their_first_ratings():
    ratings = ratings_of()
    split = make_split(ratings, "cold-2", seed=3)

    cold = set(split.histories.user_index.tolist())
    assert len(cold) == 2, "a fifth of ten users"
    assert not cold & set(split.train.user_index.tolist())
    for user in cold:
        first = times(split.histories, user)
        assert len(first) <= 2
        if user in set(split.held_out.user_index.tolist()):
            assert max(first) <= min(times(split.held_out, user))


def test_cold_zero_gives_empty_histories():
    split = make_split(ratings_of(), "cold-0", seed=0)
    assert len(split.histories) == 0
    assert len(split.users) > 0


def test_new_items_hides_every_rating_of_a_tenth_of_the_films():
    split = make_split(ratings_of(), "new-items", seed=0)
    hidden = set(split.held_out.movie_index.tolist())

    assert len(hidden) == 4
    assert not hidden & set(split.train.movie_index.tolist())
    assert set(np.flatnonzero(split.candidates(split.users)[0]).tolist()) == hidden


def test_only_four_stars_count_unless_the_protocol_counts_every_rating():
    ratings = ratings_of()
    assert make_split(ratings, "full-random", 0).relevant.half_stars.min() >= 8
    assert make_split(ratings, "stratified-75-25", 0).relevant.half_stars.min() < 8


def test_rated_holds_out_what_full_random_holds_out():
    ratings = ratings_of()
    rated, full = make_split(ratings, "rated", 0), make_split(ratings, "full-random", 0)
    assert pairs(rated.held_out) == pairs(full.held_out)
    assert rated.rule is Candidates.RATED


def test_stratified_by_item_holds_out_a_quarter_of_each_movies_ratings():
    ratings = ratings_of()
    split = make_split(ratings, "stratified-item-75-25", 0)
    counts = np.bincount(ratings.movie_index, minlength=FILMS)
    trained = np.bincount(split.train.movie_index, minlength=FILMS)
    # As Python rounds: three quarters of 1, 2, 3, 4, 5, 6 are 1, 2, 2, 3, 4, 4.
    assert trained.tolist() == [round(0.75 * n) for n in counts.tolist()]
    assert len(split.relevant) == len(split.held_out), "every rating is a hit"


class TestGlobalTimeline:
    """One moment cuts the ratings of all."""

    RATINGS = ratings_of(30, 200)
    SPLIT = make_split(RATINGS, "global-timeline", 0)

    def test_no_training_rating_is_as_late_as_a_held_out_one_of_anybody(self):
        assert self.SPLIT.train.timestamps.max() < self.SPLIT.held_out.timestamps.min()

    def test_about_four_fifths_are_trained_on(self):
        spread = replace(
            self.RATINGS, timestamps=np.random.default_rng(0).permutation(len(self.RATINGS))
        )
        split = make_split(spread, "global-timeline", 0)
        assert len(split.train) == int(0.8 * len(spread))

    def test_people_whom_training_does_not_know_are_left_out(self):
        known = set(self.SPLIT.train.user_index.tolist())
        assert set(self.SPLIT.held_out.user_index.tolist()) <= known
        late = self.RATINGS.timestamps >= self.SPLIT.held_out.timestamps.min()
        of_known = late & np.isin(self.RATINGS.user_index, list(known))
        assert len(self.SPLIT.held_out) == of_known.sum()


def test_of_more_users_than_the_limit_the_same_ones_are_measured_when_others_join():
    everybody = ratings_of(n_users=13)
    some = everybody.take(everybody.user_index < USERS)
    whole = make_split(some, "full-random", seed=0, movie_ids=np.arange(FILMS))
    limited = whole.limited(4)
    assert len(limited.users) == 4
    assert set(limited.users.tolist()) < set(whole.users.tolist())
    assert set(limited.held_out.user_index.tolist()) == set(limited.users.tolist())
    assert limited.train is whole.train

    more = make_split(everybody, "full-random", seed=0, movie_ids=np.arange(FILMS))
    joined_users = set(more.limited(4).users.tolist())
    assert {user for user in joined_users if user < USERS} <= set(limited.users.tolist())


@pytest.mark.parametrize("n_users", [0, USERS])
def test_without_a_limit_or_below_it_the_split_stays_what_it_is(n_users):
    split = make_split(ratings_of(), "full-random", seed=0)
    assert split.limited(n_users) is split


def test_an_unknown_protocol_is_refused_by_name():
    with pytest.raises(ValueError, match="no protocol full-moon"):
        make_split(ratings_of(), "full-moon", 0)


@settings(max_examples=25, deadline=None)
@given(protocol=st.sampled_from(PROTOCOLS), seed=st.integers(0, 99), users=st.integers(3, 9))
def test_candidates_are_what_the_rule_says_for_any_ratings(protocol, seed, users):
    split: Split = make_split(ratings_of(users, FILMS, seed), protocol, seed)
    n_seen = np.diff(split.histories.offsets)[split.users]
    n_held = np.diff(split.held_out.offsets)[split.users]
    expected = {
        Candidates.UNSEEN: FILMS - n_seen,
        Candidates.SAMPLED: FILMS - n_seen,  # fewer than 99 are unseen
        Candidates.RATED: n_held,
        Candidates.HIDDEN: np.full(len(split.users), len(np.unique(split.held_out.movie_index))),
    }
    found = split.candidates(split.users).sum(axis=1)
    assert found.tolist() == expected[split.rule].tolist()


class TestByIds:
    """`full-random` as runs are measured by it."""

    def test_a_fifth_of_each_users_ratings_is_held_out_and_another_seed_holds_out_others(self):
        ratings = ratings_of(30, 200)
        ids = np.arange(200)
        first, again, other = (
            make_split(ratings, "full-random", seed, movie_ids=ids) for seed in (1, 1, 2)
        )
        assert pairs(first.held_out) == pairs(again.held_out) != pairs(other.held_out)
        assert pairs(first.train) | pairs(first.held_out) == pairs(ratings)
        by_row = make_split(ratings, "full-random", 1)
        for user in range(30):
            n_held = (first.held_out.user_index == user).sum()
            assert n_held == (by_row.held_out.user_index == user).sum()

    def test_ratings_that_come_later_leave_the_others_where_they_are(self):
        ratings, ids = ratings_of(30, 200, seed=4), np.arange(200)
        before = ratings.take(np.arange(len(ratings)) % 50 > 0)  # two in a hundred come later
        early, late = (
            pairs(make_split(each, "full-random", 0, movie_ids=ids).held_out)
            for each in (before, ratings)
        )
        assert len(early & late) > 0.95 * len(early)
        by_row = [pairs(make_split(each, "full-random", 0).held_out) for each in (before, ratings)]
        assert len(by_row[0] & by_row[1]) < 0.5 * len(by_row[0])

    def test_films_that_come_later_change_nothing(self):
        ratings = ratings_of(10, 40)
        more = replace(ratings, n_movies=41, movie_index=ratings.movie_index + 1)
        ids = np.arange(100, 140)
        first = make_split(ratings, "full-random", 0, movie_ids=ids)
        second = make_split(more, "full-random", 0, movie_ids=np.concatenate([[7], ids]))
        assert {(u, m + 1) for u, m in pairs(first.held_out)} == pairs(second.held_out)

    def test_chances_are_uniform(self):
        ratings = ratings_of(40, 400)
        chance = chance_by_ids(ratings, np.arange(400) * 2**40, 0)
        assert len(np.unique(chance)) == len(ratings)
        assert ((chance >= 0) & (chance < 1)).all()
        np.testing.assert_allclose(
            np.histogram(chance, 5, (0, 1))[0] / len(ratings), 0.2, atol=0.05
        )

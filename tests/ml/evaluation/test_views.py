import numpy as np

from ml.data.splits import N_SAMPLED, make_split
from ml.evaluation.evaluator import evaluate
from ml.evaluation.views import SAMPLED, few_ratings, sampled
from tests.ml.evaluation.test_splits import pairs, ratings_of

RATINGS = ratings_of(n_users=12, n_movies=200)
SPLIT = make_split(RATINGS, "full-random", seed=3)


def scores_at_random(histories, users):
    rng = np.random.default_rng(1)
    return rng.random((len(users), histories.n_movies)).astype(np.float32)


def test_each_user_is_asked_for_one_relevant_film_among_unrated_ones():
    ranked = sampled(SPLIT)
    assert ranked.protocol == SAMPLED
    assert ranked.users.tolist() == SPLIT.users.tolist()
    candidates = ranked.candidates(ranked.users)
    assert (candidates.sum(axis=1) == 1 + N_SAMPLED).all()
    rated = pairs(RATINGS)
    for user, row in zip(ranked.users, candidates, strict=True):
        asked = {(int(user), int(film)) for film in np.flatnonzero(row)}
        assert len(asked & rated) == 1


def test_the_film_asked_for_is_the_latest_relevant_one():
    ranked = sampled(SPLIT)
    for user in ranked.users:
        relevant = SPLIT.relevant.take(SPLIT.relevant.user_index == user)
        asked = ranked.held_out.take(ranked.held_out.user_index == user)
        assert asked.timestamps.tolist() == [relevant.timestamps.max()]


def test_the_models_read_what_they_read_before():
    assert sampled(SPLIT).histories is SPLIT.histories


def test_few_ratings_are_the_users_of_whom_least_is_known():
    found = evaluate(scores_at_random, SPLIT, np.ones((200, 1), np.float32))
    few = few_ratings(found, SPLIT)
    counts = dict(zip(RATINGS.user_ids, np.diff(SPLIT.histories.offsets), strict=True))
    most = max(counts[user] for user in few.user_ids)
    others = set(found.user_ids) - set(few.user_ids)
    assert 0 < len(few.user_ids) < len(found.user_ids)
    assert all(counts[user] > most for user in others)
    assert few.values()["users"] == len(few.user_ids)

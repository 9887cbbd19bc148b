import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.dataset import Ratings
from ml.evaluation import evaluator
from ml.evaluation.evaluator import OVERALL, PER_USER, best, evaluate
from ml.evaluation.splits import Candidates, Split

N_MOVIES = 12
GENRES = np.zeros((N_MOVIES, 2), dtype=np.float32)
GENRES[:6, 0] = 1
GENRES[6:, 1] = 1


def ratings(*rows: tuple[int, int, int]) -> Ratings:
    user, movie, half_stars = np.array(sorted(rows)).reshape(-1, 3).T
    return Ratings(
        np.array([70, 71, 72]),
        N_MOVIES,
        user.astype(np.int32),
        movie.astype(np.int32),
        half_stars.astype(np.int8),
        np.zeros(len(user), dtype=np.int64),
    )


def split(train: Ratings, held_out: Ratings, rule: Candidates = Candidates.UNSEEN) -> Split:
    return Split("full-random", 0, train, train, held_out, rule)


# User 0 saw film 0 and will like 1 and 2; user 1 saw 6, will like 7, dislike 8; user 2 likes none.
SPLIT = split(
    ratings((0, 0, 10), (1, 6, 8), (2, 3, 9)),
    ratings((0, 1, 8), (0, 2, 9), (1, 7, 10), (1, 8, 2), (2, 4, 5)),
)


def by_position(_histories, users):
    """Film 0 first, then 1, 2, ... for everybody."""
    return np.tile(-np.arange(N_MOVIES, dtype=np.float32), (len(users), 1))


def test_a_hand_computed_case():
    result = evaluate(by_position, SPLIT, GENRES)

    # User 0 sees 1, 2, 3, ...: hits at 1 and 2. User 1 sees 0, 1, ..., 5, 7, 8, ...: hit at 7.
    assert result.user_ids.tolist() == [70, 71], "user 2 has no relevant held-out film"
    at_seven = 1 / np.log2(8)
    expected = {
        "ndcg@10": (1 + at_seven) / 2,
        "precision@1": 1 / 2,
        "precision@10": (2 / 10 + 1 / 10) / 2,
        "recall@10": 1,
        "hr@10": 1,
        "mrr": (1 + 1 / 7) / 2,
        "coverage": 11 / 12,
        "users": 2,
    }
    values = result.values()
    assert {name: values[name] for name in expected} == pytest.approx(expected)
    assert set(values) == {*PER_USER, *OVERALL}


def test_every_accuracy_metric_is_one_for_a_perfect_ranker():
    truth = np.zeros((3, N_MOVIES), dtype=np.float32)
    truth[0, [1, 2]] = truth[1, 7] = 1
    result = evaluate(lambda _, users: truth[users], SPLIT, GENRES).values()

    assert result["ndcg@10"] == result["mrr"] == result["recall@10"] == result["precision@1"] == 1


def test_batches_do_not_change_the_numbers(monkeypatch):
    scores = np.random.default_rng(0).normal(size=(3, N_MOVIES)).astype(np.float32)
    whole = evaluate(lambda _, users: scores[users], SPLIT, GENRES).values()
    monkeypatch.setattr(evaluator, "MAX_CELLS", N_MOVIES)
    assert evaluate(lambda _, users: scores[users], SPLIT, GENRES).values() == whole


def test_equal_scores_are_ordered_by_the_seed_not_by_the_films_ids():
    flat = np.zeros((1, 1000), dtype=np.float32)
    order = np.random.default_rng(0).permutation(1000)
    top = best(flat, np.ones((1, 1000), dtype=bool), 10, order)
    assert top[0].tolist() == np.argsort(order)[:10].tolist()


def test_lists_shorter_than_ten_are_padded_and_their_places_never_hit():
    rated = split(SPLIT.train, SPLIT.held_out, Candidates.RATED)
    result = evaluate(by_position, rated, GENRES).values()
    assert result["precision@10"] == pytest.approx((2 / 10 + 1 / 10) / 2)
    assert result["ndcg@10"] == 1


def test_a_measured_user_with_an_unknown_genre_truth_counts_in_ndcg_alone():
    result = evaluate(by_position, SPLIT, np.zeros_like(GENRES))
    assert np.isnan(result.values()["gndcg@10"])
    assert result.values()["ndcg@10"] > 0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_scores_that_are_not_finite_are_refused(bad):
    scores = np.zeros((3, N_MOVIES), dtype=np.float32)
    scores[0, 5] = bad
    with pytest.raises(ValueError, match="NaN or infinity"):
        evaluate(lambda _, users: scores[users], SPLIT, GENRES)


def test_scores_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="scores of shape"):
        evaluate(lambda _, users: np.zeros((len(users), 3), np.float32), SPLIT, GENRES)


def test_a_split_in_which_nobody_likes_anything_is_refused():
    with pytest.raises(ValueError, match="no user has a relevant held-out film"):
        evaluate(by_position, split(SPLIT.train, ratings((2, 4, 5))), GENRES)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), scale=st.floats(0.1, 100))
def test_metrics_stay_in_their_bounds_and_ignore_the_scale_of_scores(seed, scale):
    scores = np.random.default_rng(seed).normal(size=(3, N_MOVIES)).astype(np.float32)
    one = evaluate(lambda _, users: scores[users], SPLIT, GENRES).values()
    two = evaluate(lambda _, users: (scale * scores[users]).astype(np.float32), SPLIT, GENRES)

    assert all(0 <= one[name] <= 1 + 1e-9 for name in (*PER_USER, "coverage", "gini"))
    assert two.values() == pytest.approx(one)

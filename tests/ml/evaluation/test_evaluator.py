import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.data.dataset import Ratings
from ml.data.splits import Candidates, Split
from ml.evaluation import evaluator
from ml.evaluation.evaluator import (
    OVERALL,
    PER_USER,
    Measurable,
    best,
    evaluate,
    evaluate_together,
)

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


def fixed(scores):
    """Return a scorer that gives the users 70, 71 and 72 these rows."""
    return lambda histories, users: scores[histories.user_ids[users] - 70]


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
        "users_left_out": 1,
    }
    values = result.values()
    assert {name: values[name] for name in expected} == pytest.approx(expected)
    assert set(values) == {*PER_USER, *OVERALL}


def test_genre_metrics_of_a_hand_computed_case():
    """Of genres A and B; user 0 will like 1 and 2 of A, and 7 of both; user 1 only 7."""
    genres = GENRES.copy()
    genres[7] = 1
    liked = ratings((0, 1, 8), (0, 2, 9), (0, 7, 10), (1, 7, 8), (1, 8, 2))
    result = evaluate(by_position, split(SPLIT.train, liked, Candidates.UNSEEN), genres)
    place = 1 / np.log2(1 + np.arange(1, 11))

    # q of user 0: A has 1 + 1 + 1/2 of 3 films. Cosines with A, B and both, times the length of q.
    a, b, both = 5 / 6, 1 / 6, (5 / 6 + 1 / 6) / np.sqrt(2)
    # Listed: 1 to 5 of A, 6 of B, 7 of both, 8 to 10 of B. Unseen at all: those and 11, of B.
    listed = np.array([a, a, a, a, a, b, both, b, b, b])
    best = np.array([a, a, a, a, a, both, b, b, b, b])
    first = (listed @ place) / (best @ place)
    # q of user 1: half and half, whatever they dislike. Listed: 0 to 5 of A, 7 of both, 8 to 10.
    one, two = 1 / np.sqrt(2), 1.0
    listed = np.array([one, one, one, one, one, one, two, one, one, one])
    best = np.array([two, one, one, one, one, one, one, one, one, one])
    second = (listed @ place) / (best @ place)
    assert result.per_user["gndcg@10"] == pytest.approx([first, second], abs=1e-6)

    # A has 5 1/2 of user 0's places and 6 1/2 of user 1's, so it stands first, as in q.
    assert result.per_user["genre_rank_ndcg@10"] == pytest.approx([1, 1])


def test_what_a_user_rated_in_training_is_no_part_of_the_genre_ideal():
    genres = np.zeros((N_MOVIES, 2), dtype=np.float32)
    genres[[0, 5], 0], genres[[1, 2, 3], 1] = 1, 1
    seen_0 = split(ratings((0, 0, 10)), ratings((0, 5, 8)))
    found = evaluate(lambda _, users: by_position(_, users)[:, ::-1], seen_0, genres)
    # 11, 10, ..., 5: the only film of the genre that is left stands at place 7.
    assert found.per_user["gndcg@10"] == pytest.approx([1 / np.log2(8)])


def test_what_a_user_disliked_does_not_change_the_genres_they_are_measured_by():
    without = split(SPLIT.train, SPLIT.held_out.take(SPLIT.held_out.half_stars >= 8))
    whole = evaluate(by_position, SPLIT, GENRES)
    for metric in ("gndcg@10", "genre_rank_ndcg@10"):
        found = evaluate(by_position, without, GENRES).per_user[metric]
        assert found.tolist() == whole.per_user[metric].tolist()


def test_every_accuracy_metric_is_one_for_a_perfect_ranker():
    truth = np.zeros((3, N_MOVIES), dtype=np.float32)
    truth[0, [1, 2]] = truth[1, 7] = 1
    result = evaluate(fixed(truth), SPLIT, GENRES).values()

    assert result["ndcg@10"] == result["mrr"] == result["recall@10"] == result["precision@1"] == 1


def test_batches_do_not_change_the_numbers(monkeypatch):
    scores = np.random.default_rng(0).normal(size=(3, N_MOVIES)).astype(np.float32)
    whole = evaluate(fixed(scores), SPLIT, GENRES).values()
    monkeypatch.setattr(evaluator, "MAX_CELLS", N_MOVIES)
    assert evaluate(fixed(scores), SPLIT, GENRES).values() == whole


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
        evaluate(fixed(scores), SPLIT, GENRES)


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
    one = evaluate(fixed(scores), SPLIT, GENRES).values()
    two = evaluate(fixed((scale * scores).astype(np.float32)), SPLIT, GENRES)

    assert all(0 <= one[name] <= 1 + 1e-9 for name in (*PER_USER, "coverage", "gini"))
    assert two.values() == pytest.approx(one)


def moved(ratings_of: Ratings, films: np.ndarray, people: np.ndarray) -> Ratings:
    """Return the same ratings where film f has become films[f], and user u people[u]."""
    user, movie = people[ratings_of.user_index], films[ratings_of.movie_index]
    return ratings(*zip(user.tolist(), movie.tolist(), ratings_of.half_stars, strict=True))


@settings(max_examples=30, deadline=None)
@given(
    films=st.permutations(range(N_MOVIES)),
    people=st.permutations(range(3)),
    seed=st.integers(0, 99),
)
def test_how_films_and_people_are_numbered_changes_no_metric(films, people, seed):
    films, people = np.array(films), np.array(people)
    places = np.random.default_rng(seed).permutation(3 * N_MOVIES).reshape(3, N_MOVIES)
    scores = places.astype(np.float32)
    again, genres = np.empty_like(scores), np.empty_like(GENRES)
    again[people[:, None], films[None]] = scores
    genres[films] = GENRES
    other = split(moved(SPLIT.train, films, people), moved(SPLIT.held_out, films, people))
    one = evaluate(fixed(scores), SPLIT, GENRES).values()
    two = evaluate(fixed(again), other, genres).values()
    assert two == pytest.approx(one, nan_ok=True)


def test_a_scorer_is_given_the_histories_of_its_batch_alone(monkeypatch):
    monkeypatch.setattr(evaluator, "MAX_CELLS", N_MOVIES)
    seen = []

    def scorer(histories, users):
        seen.append((histories.user_ids.tolist(), histories.movie_index.tolist(), users.tolist()))
        return by_position(histories, users)

    evaluate(scorer, SPLIT, GENRES)
    assert seen == [([70], [0], [0]), ([71], [6], [0])]


RATED = split(SPLIT.train, SPLIT.held_out, Candidates.RATED)
"""The same people with other candidates."""
IN_RANDOM_ORDER = fixed(np.random.default_rng(1).normal(size=(3, N_MOVIES)).astype(np.float32))


def test_models_measured_together_on_several_splits_reach_what_each_reaches_alone(monkeypatch):
    monkeypatch.setattr(evaluator, "MAX_CELLS", N_MOVIES)
    scorers = {"by position": by_position, "in random order": IN_RANDOM_ORDER}
    models = {name: Measurable(scorer) for name, scorer in scorers.items()}
    found = evaluate_together(models, [SPLIT, RATED], GENRES)
    for each, by_model in zip([SPLIT, RATED], found, strict=True):
        for name, scorer in scorers.items():
            alone = evaluate(scorer, each, GENRES)
            assert by_model[name].values() == alone.values()
            assert by_model[name].top.tolist() == alone.top.tolist()


def test_a_model_scores_each_user_once_for_all_splits():
    seen = []

    def scorer(histories, users):
        seen.extend(histories.user_ids[users].tolist())
        return by_position(histories, users)

    evaluate_together({"one": Measurable(scorer)}, [SPLIT, RATED], GENRES)
    assert seen == [70, 71]


def test_lists_are_measured_where_the_whole_unseen_catalogue_is_ranked_and_scores_elsewhere():
    listed = Measurable(by_position, lambda scores, _histories: -scores)
    whole, rated = evaluate_together({"one": listed}, [SPLIT, RATED], GENRES)
    assert whole["one"].top[0].tolist() == list(range(N_MOVIES - 1, 1, -1))
    assert rated["one"].top[0, :2].tolist() == [1, 2]


def test_splits_of_other_users_are_not_measured_together():
    other = split(SPLIT.train, ratings((0, 1, 8)))
    with pytest.raises(ValueError, match="of other users"):
        evaluate_together({"one": Measurable(by_position)}, [SPLIT, other], GENRES)

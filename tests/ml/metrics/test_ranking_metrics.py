"""Each metric worked out by hand, at its edges, and under any permutation."""

from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import label_ranking_average_precision_score, ndcg_score

from ml import metrics

HITS_AT_1_AND_3 = np.array([[True, False, True]])
NONE = np.zeros((1, 3), dtype=bool)


def test_ndcg_discounts_by_the_logarithm_of_the_place():
    found = (1 / log2(2) + 1 / log2(4)) / (1 / log2(2) + 1 / log2(3))
    assert metrics.ndcg(HITS_AT_1_AND_3, np.array([2])) == pytest.approx([found])


def test_ndcg_is_1_for_a_perfect_list_also_when_more_is_relevant_than_fits():
    assert metrics.ndcg(~NONE, np.array([3])) == pytest.approx([1])
    assert metrics.ndcg(~NONE, np.array([50])) == pytest.approx([1])


def test_ndcg_and_reciprocal_rank_agree_with_scikit_learn():
    rng = np.random.default_rng(0)
    scores, relevant = rng.normal(size=(40, 60)), rng.random((40, 60)) < 0.15
    top = np.argsort(-scores, axis=1)
    hits = np.take_along_axis(relevant, top, axis=1)
    found = metrics.ndcg(hits[:, :10], relevant.sum(axis=1))
    each = [ndcg_score(relevant[[user]], scores[[user]], k=10) for user in range(len(scores))]
    assert found == pytest.approx(each)
    # With one relevant movie, average precision is the reciprocal of its rank.
    one = np.arange(60) == relevant.argmax(axis=1)[:, None]
    ranks = np.take_along_axis(one, top, axis=1).argmax(axis=1) + 1
    expected = label_ranking_average_precision_score(one, scores)
    assert metrics.reciprocal_rank(ranks).mean() == pytest.approx(expected)


def test_precision_divides_by_k_and_recall_by_the_relevant():
    assert metrics.precision(HITS_AT_1_AND_3) == pytest.approx([2 / 3])
    assert metrics.recall(HITS_AT_1_AND_3, np.array([8])) == pytest.approx([2 / 8])


def test_a_list_without_a_hit_scores_nothing():
    assert metrics.ndcg(NONE, np.array([4])).tolist() == [0]
    assert metrics.hit_rate(NONE).tolist() == [0]
    assert metrics.hit_rate(HITS_AT_1_AND_3).tolist() == [1]


def test_reciprocal_rank_counts_from_one():
    assert metrics.reciprocal_rank(np.array([1, 4])).tolist() == [1, 0.25]


@given(
    hnp.arrays(bool, st.tuples(st.integers(1, 5), st.integers(1, 12))),
    st.integers(0, 20),
    st.randoms(),
)
def test_accuracy_lies_between_0_and_1_and_only_ndcg_minds_the_order(hits, n_more, random):
    n_relevant = np.maximum(hits.sum(axis=1) + n_more, 1)
    order = list(range(hits.shape[1]))
    random.shuffle(order)
    shuffled = hits[:, order]
    for values in (metrics.ndcg(hits, n_relevant), metrics.recall(hits, n_relevant)):
        assert ((values >= 0) & (values <= 1 + 1e-12)).all()
    assert metrics.precision(hits).tolist() == metrics.precision(shuffled).tolist()
    assert metrics.recall(hits, n_relevant).tolist() == (
        metrics.recall(shuffled, n_relevant).tolist()
    )
    best = np.sort(hits, axis=1)[:, ::-1]
    assert (metrics.ndcg(best, n_relevant) >= metrics.ndcg(hits, n_relevant) - 1e-12).all()


def test_coverage_is_the_share_of_films_that_anybody_gets():
    assert metrics.coverage(np.array([[0, 1], [1, -1]]), 8) == 2 / 8


def test_novelty_is_the_mean_surprise_in_bits():
    seen_by = np.array([3, 0])
    assert metrics.novelty(np.array([[0, 1]]), seen_by, 7) == pytest.approx(
        (-log2(4 / 8) - log2(1 / 8)) / 2
    )


def test_gini_is_0_where_all_films_get_equal_places_and_grows_with_inequality():
    assert metrics.gini(np.array([[0, 1], [2, 3]]), 4) == pytest.approx(0)
    assert metrics.gini(np.array([[0], [0]]), 4) == pytest.approx(3 / 4)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_gini_does_not_depend_on_which_films_they_are(films):
    top = np.array([films])
    assert metrics.gini(top, 10) == pytest.approx(metrics.gini(9 - top, 10))
    assert 0 <= metrics.gini(top, 10) <= 1


class TestSnipsNdcg:
    """Gains of movies rated 0, 3, 8 and 24 times are 1, 1/2, 1/3 and 1/5."""

    N_RATINGS = np.array([0, 3, 8, 24])

    def test_a_hit_counts_by_the_root_of_the_movies_popularity(self):
        relevant = np.array([[False, True, True, True]])
        found = metrics.snips_ndcg(np.array([[3, 0, 1]]), relevant, self.N_RATINGS)
        # Hits at places 1 and 3; the best list holds the rarest first.
        listed = (1 / 5) / log2(2) + (1 / 2) / log2(4)
        best = (1 / 2) / log2(2) + (1 / 3) / log2(3) + (1 / 5) / log2(4)
        assert found == pytest.approx([listed / best])

    def test_it_is_1_for_the_rarest_relevant_movies_first_and_0_without_a_hit(self):
        relevant = np.array([[True, True, False, False], [False, False, True, False]])
        top = np.array([[0, 1, -1], [0, 1, 3]])
        assert metrics.snips_ndcg(top, relevant, self.N_RATINGS) == pytest.approx([1, 0])

    def test_the_popular_hit_that_ndcg_counts_as_much_as_a_rare_one_counts_less(self):
        relevant = np.array([[True, False, False, True]])
        rare, popular = (
            metrics.snips_ndcg(np.array([[movie, 1, 2]]), relevant, self.N_RATINGS)[0]
            for movie in (0, 3)
        )
        assert rare == pytest.approx(5 * popular)


def test_theme_precision_divides_by_what_could_be_listed():
    members = np.array([[True, True, True, False, False], [True, False, False, False, False]])
    seen = np.array([[True, False, False, False, False], [True, False, False, False, False]])
    top = np.array([[1, 3, 4], [1, 2, 3]])
    found = metrics.theme_precision(top, members, seen)
    assert found[0] == 1 / 2, "two unseen members, one of them listed"
    assert np.isnan(found[1]), "nothing of the theme is left to list"


def test_popularity_of_a_list_is_told_by_ranks():
    ranks = metrics.popularity_ranks(np.array([5, 9, 0, 5, 7]))
    assert ranks.tolist() == [3, 1, 5, 4, 2]
    top = np.array([[1, 2, 0], [2, 3, -1], [-1, -1, -1]])
    np.testing.assert_array_equal(metrics.median_rank(top, ranks), [3, 4.5, np.nan])
    np.testing.assert_array_equal(metrics.top_share(top, ranks, 3), [2 / 3, 0, np.nan])

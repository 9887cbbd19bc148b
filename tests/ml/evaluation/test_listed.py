from dataclasses import dataclass

import numpy as np
import pytest

from ml.data.splits import make_split
from ml.evaluation.evaluator import evaluate
from ml.evaluation.family import recommender
from ml.evaluation.listed import Listed, at_dials, evaluate_model
from ml.evaluation.results import NotComparableError, comparable
from ml.evaluation.runner import Plan, run
from ml.io.synthetic import World
from ml.metrics import intra_list_diversity
from ml.serving.reranking import ReRanker
from ml.serving.similarity import MovieSimilarity
from ml.training.protocol import TrainingData

DATA = World(n_users=60, n_movies=120, n_ratings=1_500, n_groups=4).dataset()
TEXT = np.random.default_rng(0).normal(size=(120, 6)).astype(np.float32)
TEXT /= np.linalg.norm(TEXT, axis=1, keepdims=True)
SPLIT = make_split(DATA.ratings, "full-random", 0)
POPULARITY = recommender("popularity").fit(TrainingData(SPLIT.train, DATA.catalogue, TEXT), seed=0)


def test_the_variety_of_a_list_is_one_minus_the_likeness_of_its_pairs():
    genres = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    alike = MovieSimilarity(np.zeros((3, 1), dtype=np.float32), genres)
    top = np.array([[0, 1, 2], [0, 1, -1], [2, -1, -1]])
    found = intra_list_diversity(top, alike)
    # Pairs: (0, 1) alike by genre, 1/2; (0, 2) and (1, 2) not at all.
    assert found[:2] == pytest.approx([1 - (1 / 2 + 0 + 0) / 3, 1 - 1 / 2])
    assert np.isnan(found[2]), "one film is no pair"


def test_a_dialled_list_holds_unseen_films_alone_and_stands_on_top():
    alike = MovieSimilarity(TEXT, DATA.catalogue.genres)
    users = SPLIT.users[:5]
    scores = Listed(POPULARITY.scores, ReRanker(alike), 0.7)(SPLIT.histories, users)
    for row, user in enumerate(users):
        best = np.argsort(-scores[row])[:10]
        seen = SPLIT.histories.movie_index[SPLIT.histories.user_index == user]
        assert not set(best.tolist()) & set(seen.tolist())


def test_at_nought_a_model_is_measured_as_it_is_and_above_it_lists_grow_more_varied():
    plain = evaluate(POPULARITY.scores, SPLIT, DATA.catalogue.genres)
    found = list(at_dials(POPULARITY, SPLIT, DATA, TEXT, [0, 0.5, 1]))
    assert [diversity for diversity, *_ in found] == [0, 0.5, 1]
    assert found[0][1].values() == plain.values()
    varied = [variety for *_, variety in found]
    assert varied[0] < varied[1] < varied[2]


def test_sampled_candidates_are_no_catalogue_to_choose_from():
    split = make_split(DATA.ratings, "loo-99", 0)
    with pytest.raises(ValueError, match="whole unseen catalogue"):
        list(at_dials(POPULARITY, split, DATA, TEXT, [0.5]))


def test_a_plan_with_dials_fits_once_and_tells_each_setting_from_the_first():
    plan = Plan("toy", DATA, TEXT, ["full-random"], ["popularity"], dials=[0, 0.5])
    *_, (rows, details) = run(plan)
    assert {(row.protocol, row.model) for row in rows} == {
        ("full-random-dial", "popularity-dial-0"),
        ("full-random-dial", "popularity-dial-0.5"),
    }
    assert {row.against for row in details.intervals if row.against} == {"popularity-dial-0"}
    with pytest.raises(NotComparableError):
        comparable([rows[0], type(rows[0])("toy", "full-random", "popularity", 0, "ndcg@10", 0.1)])


def test_a_model_that_makes_lists_is_measured_by_them_where_whole_catalogues_are_ranked():
    @dataclass(frozen=True)
    class Lists:
        re_ranker: ReRanker
        scores = POPULARITY.scores

    alike = MovieSimilarity(TEXT, DATA.catalogue.genres)
    plain, listed = Lists(ReRanker(alike)), Lists(ReRanker(alike, calibration=100.0))
    genres = DATA.catalogue.genres
    scored = evaluate(POPULARITY.scores, SPLIT, genres)
    assert evaluate_model(plain, SPLIT, genres).values() == scored.values()
    calibrated = evaluate_model(listed, SPLIT, genres).values()
    assert calibrated["genre_rank_ndcg@10"] > scored.values()["genre_rank_ndcg@10"]
    sampled = make_split(DATA.ratings, "loo-99", 0)
    assert (
        evaluate_model(listed, sampled, genres).values()
        == evaluate(POPULARITY.scores, sampled, genres).values()
    )

"""What somebody who rated nothing is answered with has to be sensible, not merely finite."""

from functools import cache

import numpy as np
import pytest

from ml.baselines.popularity import Popularity
from ml.data.dataset import Ratings
from ml.data.splits import make_split
from ml.evaluation.evaluator import Scorer, evaluate
from ml.io.synthetic import World
from ml.training.config import PipelineConfig
from ml.training.protocol import TrainingData
from ml.training.served import Served

WORLD = World(n_users=300, n_movies=400, n_ratings=9_000, n_groups=4)
DATA = WORLD.dataset()
SPLIT = make_split(DATA.ratings, "cold-0", 0)
SMALL = PipelineConfig(epochs=4, dimension=8, factors=8, linear_rank=16, threads=1)


@cache
def training() -> TrainingData:
    text = np.random.default_rng(0).normal(size=(WORLD.n_movies, 8)).astype(np.float32)
    text /= np.linalg.norm(text, axis=1, keepdims=True)
    return TrainingData(SPLIT.train, DATA.catalogue, text)


@cache
def served() -> Scorer:
    return Served(SMALL).fit(training(), seed=0).scores


def reached(scorer: Scorer) -> float:
    return evaluate(scorer, SPLIT, DATA.catalogue.genres).values()["ndcg@10"]


def at_random(histories: Ratings, users: np.ndarray) -> np.ndarray:
    one = np.random.default_rng(0).random(histories.n_movies)
    return np.tile(one.astype(np.float32), (len(users), 1))


def test_strangers_who_say_nothing_are_ranked_for_nearly_as_well_as_by_popularity():
    """Which is the best that can be known of them in this world."""
    popular = reached(Popularity().fit(training(), seed=0).scores)
    assert reached(served()) > 0.7 * popular
    assert reached(served()) > 4 * reached(at_random)


def test_the_ten_of_an_empty_history_are_films_that_many_like_and_few_dislike():
    ratings = SPLIT.train
    scores = served()(SPLIT.histories, SPLIT.users[:1])[0]
    ten = np.argsort(-scores)[:10]
    n_liked = np.bincount(ratings.movie_index, ratings.half_stars >= 8, minlength=WORLD.n_movies)
    n_rated = np.bincount(ratings.movie_index, minlength=WORLD.n_movies)
    assert n_liked[ten].min() > np.quantile(n_liked, 0.8)
    assert n_liked[ten].sum() / n_rated[ten].sum() > (ratings.half_stars >= 8).mean()


@pytest.mark.parametrize("seed", [1, 2])
def test_everybody_who_says_nothing_gets_the_same(seed):
    users = np.random.default_rng(seed).choice(SPLIT.users, 2)
    first, second = served()(SPLIT.histories, users)
    assert (first == second).all()

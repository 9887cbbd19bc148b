"""Our baselines against well-kept implementations on the same split: equal within noise."""

import numpy as np
import pytest
import scipy.sparse as sp

from ml.evaluation.evaluator import evaluate
from ml.evaluation.splits import Split, make_split
from ml.models.branches import Ease, Ials
from ml.models.itemknn import ItemKNN
from ml.models.linear import rating_matrix
from ml.models.protocol import Training
from ml.synthetic import World

WORLD = World(n_users=300, n_movies=500, n_ratings=9_000, n_groups=6)
FACTORS, REGULARISATION, ALPHA = 16, 5.0, 5.0
TOLERANCE = 0.02
"""Of NDCG@10. Two fits of one model from different random starts differ by as much."""


@pytest.fixture(scope="module")
def training() -> tuple[Split, Training]:
    data = WORLD.dataset()
    split = make_split(data.ratings, "full-random", 0)
    return split, Training(split.train, data.catalogue, np.zeros((500, 0), dtype=np.float32))


def ndcg(scorer, split: Split, training: Training) -> float:
    return evaluate(scorer, split, training.catalogue.genres).values()["ndcg@10"]


def binary(training: Training) -> sp.csr_array:
    return rating_matrix(training.ratings, np.ones(len(training.ratings), dtype=np.float32))


def test_ials_ranks_as_implicit_does(training):
    als = pytest.importorskip("implicit.als", reason="implicit is not installed")
    split, data = training
    theirs = als.AlternatingLeastSquares(
        factors=FACTORS,
        regularization=REGULARISATION,
        alpha=ALPHA,
        random_state=0,
        num_threads=1,
        use_gpu=False,
    )
    theirs.fit(sp.csr_matrix(binary(data)), show_progress=False)
    reference = theirs.user_factors @ theirs.item_factors.T
    ours = Ials(FACTORS, REGULARISATION, ALPHA, minimum_half_stars=1).fit(data, seed=0)

    expected = ndcg(lambda _, users: reference[users], split, data)
    assert ndcg(ours.scores, split, data) == pytest.approx(expected, abs=TOLERANCE)


@pytest.mark.filterwarnings("ignore:Method expects CSR input")  # its own fit passes it another
def test_itemknn_scores_as_implicit_does_without_shrinkage(training):
    nearest = pytest.importorskip("implicit.nearest_neighbours", reason="implicit is not installed")
    split, data = training
    theirs = nearest.CosineRecommender(K=WORLD.n_movies, num_threads=1)
    matrix = sp.csr_matrix(binary(data))
    theirs.fit(matrix, show_progress=False)
    similarity = theirs.similarity.toarray()
    np.fill_diagonal(similarity, 0)
    ours = ItemKNN(n_neighbours=WORLD.n_movies, shrinkage=0, minimum_half_stars=1)
    scores = ours.fit(data, seed=0).scores(data.ratings, np.arange(data.ratings.n_users))

    np.testing.assert_allclose(scores, matrix @ similarity, rtol=1e-4, atol=1e-5)
    assert ndcg(lambda _, users: scores[users], split, data) > 0.1


def test_ease_is_the_closed_form_of_the_paper(training):
    """B = I - P / diag(P), P = (X'X + lambda I)^-1, computed here as it is written."""
    split, data = training
    x = binary(data).toarray().astype(np.float64)
    inverse = np.linalg.inv(x.T @ x + 50 * np.eye(WORLD.n_movies))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    scores = Ease(regularisation=50, minimum_half_stars=1).fit(data, seed=0)
    unseen = x == 0
    ours = scores.scores(data.ratings, np.arange(data.ratings.n_users))
    np.testing.assert_allclose(ours[unseen], (x @ weights)[unseen], atol=1e-4)
    assert ndcg(scores.scores, split, data) > 0.1

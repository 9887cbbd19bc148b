"""Compare the baselines with well-kept implementations on the same split: equal within noise.

ALS, item-kNN and BPR are compared with implicit, EASE with the closed form of its paper. NeuMF is
compared with RecBole where RecBole is installed: it requires ray 2.6, which is too large and too
old for the pinned requirements.
"""

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from implicit.cpu.als import AlternatingLeastSquares
from implicit.cpu.bpr import BayesianPersonalizedRanking
from implicit.nearest_neighbours import CosineRecommender

from ml.baselines.bpr import BPR
from ml.baselines.ease import Ease
from ml.baselines.ials import Ials
from ml.baselines.itemknn import ItemKNN
from ml.baselines.neumf import FittedNeuMF, NeuMF
from ml.baselines.pair_training import UserRows
from ml.data.dataset import Ratings
from ml.data.labels import is_positive
from ml.data.splits import Split, make_split
from ml.evaluation.evaluator import evaluate
from ml.io.synthetic import World
from ml.training.linear import rating_matrix
from ml.training.protocol import TrainingData

WORLD = World(n_users=300, n_movies=500, n_ratings=9_000, n_groups=6)
FACTORS, REGULARISATION, ALPHA = 16, 5.0, 5.0
TOLERANCE = 0.02
"""Of NDCG@10. Two fits of one model from different random starts differ by as much."""


@pytest.fixture(scope="module")
def training() -> tuple[Split, TrainingData]:
    data = WORLD.dataset()
    split = make_split(data.ratings, "full-random", 0)
    return split, TrainingData(split.train, data.catalogue, np.zeros((500, 0), dtype=np.float32))


def ndcg(scorer, split: Split, training: TrainingData) -> float:
    return evaluate(scorer, split, training.catalogue.genres).values()["ndcg@10"]


def fixed(scores, training: TrainingData):
    """Return a scorer that gives each user of the training data a row."""
    known = training.ratings.user_ids
    return lambda histories, users: scores[np.searchsorted(known, histories.user_ids[users])]


def binary(training: TrainingData) -> sp.csr_array:
    return rating_matrix(training.ratings, np.ones(len(training.ratings), dtype=np.float32))


def test_ials_ranks_as_implicit_does(training):
    split, data = training
    theirs = AlternatingLeastSquares(
        factors=FACTORS,
        regularization=REGULARISATION,
        alpha=ALPHA,
        random_state=0,
        num_threads=1,
    )
    theirs.fit(sp.csr_matrix(binary(data)), show_progress=False)
    reference = theirs.user_factors @ theirs.item_factors.T
    ours = Ials(FACTORS, REGULARISATION, ALPHA, minimum_half_stars=1).fit(data, seed=0)

    expected = ndcg(fixed(reference, data), split, data)
    assert ndcg(ours.scores, split, data) == pytest.approx(expected, abs=TOLERANCE)


@pytest.mark.filterwarnings("ignore:Method expects CSR input")  # its own fit passes it another
def test_itemknn_scores_as_implicit_does_without_shrinkage(training):
    split, data = training
    theirs = CosineRecommender(K=WORLD.n_movies, num_threads=1)
    matrix = sp.csr_matrix(binary(data))
    theirs.fit(matrix, show_progress=False)
    similarity = theirs.similarity.toarray()
    np.fill_diagonal(similarity, 0)
    ours = ItemKNN(n_neighbours=WORLD.n_movies, shrinkage=0, minimum_half_stars=1)
    scores = ours.fit(data, seed=0).scores(data.ratings, np.arange(data.ratings.n_users))

    np.testing.assert_allclose(scores, matrix @ similarity, rtol=1e-4, atol=1e-5)
    assert ndcg(fixed(scores, data), split, data) > 0.1


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


class RecBole:
    """One of RecBole's models, trained on the same positives with the same settings."""

    def __init__(
        self, name: str, positives: Ratings, folder: Path, settings: dict[str, object]
    ) -> None:
        from recbole.config import Config
        from recbole.data import create_dataset, data_preparation
        from recbole.utils import get_model, get_trainer, init_seed

        (folder / "world").mkdir(exist_ok=True)
        pairs = zip(positives.user_index, positives.movie_index, strict=True)
        lines = ["user_id:token\titem_id:token", *(f"{user}\t{film}" for user, film in pairs)]
        # It insists on validation and test parts; nothing is read from them.
        for part, rows in (("train", lines), ("valid", lines[:2]), ("test", lines[:2])):
            path = folder / "world" / f"world.{part}.inter"
            path.write_text("\n".join(rows) + "\n")
        config = Config(
            model=name,
            dataset="world",
            config_dict={
                "data_path": str(folder),
                "benchmark_filename": ["train", "valid", "test"],
                "load_col": {"inter": ["user_id", "item_id"]},
                "use_gpu": False,
                "show_progress": False,
                "state": "ERROR",
                "checkpoint_dir": str(folder),
                **settings,
            },
        )
        init_seed(0, reproducibility=True)
        data, _, _ = data_preparation(config, create_dataset(config))
        self.model = get_model(name)(config, data.dataset)
        trainer = get_trainer(config["MODEL_TYPE"], name)(config, self.model)
        for epoch in range(config["epochs"]):
            trainer._train_epoch(data, epoch)
        users = [str(user) for user in range(positives.n_users)]
        films = [str(film) for film in range(positives.n_movies)]
        places = data.dataset.field2token_id
        self.users = np.array([places["user_id"].get(user, 0) for user in users])
        """[U] its row of each user; 0 pads."""
        self.films = np.array([places["item_id"].get(film, 0) for film in films])


@pytest.fixture
def recbole(monkeypatch, tmp_path):
    pytest.importorskip("recbole", reason="RecBole is not installed")
    for alias, kind in (("float_", np.float64), ("complex_", np.complex128), ("unicode_", np.str_)):
        monkeypatch.setattr(np, alias, kind, raising=False)  # NumPy 2 dropped what it reads
    monkeypatch.setattr("sys.argv", ["pytest"])  # which it reads too
    monkeypatch.chdir(tmp_path)  # it leaves logs where it runs
    return lambda name, positives, **settings: RecBole(name, positives, tmp_path, settings)


def test_bpr_ranks_as_implicit_does(training):
    split, data = training
    positives = data.ratings.take(is_positive(data.ratings.half_stars))
    ones = np.ones(len(positives), dtype=np.float32)
    theirs = BayesianPersonalizedRanking(
        factors=16,
        learning_rate=0.01,
        regularization=0.1,
        iterations=150,
        num_threads=1,
        random_state=0,
    )
    theirs.fit(sp.csr_matrix(rating_matrix(positives, ones)), show_progress=False)
    reference = theirs.user_factors @ theirs.item_factors.T
    ours = BPR(32, 60, 0.005, regularisation=0.001, minimum_half_stars=6).fit(data, seed=0)

    expected = ndcg(fixed(reference, data), split, data)
    assert expected > 0.2
    assert ndcg(ours.scores, split, data) > expected - TOLERANCE


NEUMF_LENGTHS = (40, 60, 80)
"""Epochs. NeuMF gets away from its plateau sooner or later by the seed: the best of them counts."""


@pytest.fixture
def neumf(training, recbole, tmp_path):
    """RecBole's NeuMF of so many epochs, and its scores of everybody and every film."""
    torch = pytest.importorskip("torch")
    _, data = training
    positives = data.ratings.take(is_positive(data.ratings.half_stars))

    def train(epochs: int) -> tuple[RecBole, np.ndarray]:
        theirs = recbole(
            "NeuMF",
            positives,
            mf_embedding_size=16,
            mlp_embedding_size=32,
            mlp_hidden_size=[32, 16, 8],
            dropout_prob=0.0,
            epochs=epochs,
            learning_rate=0.002,
            train_batch_size=2048,
            train_neg_sample_args={"distribution": "uniform", "sample_num": 4},
        )
        users = torch.from_numpy(theirs.users).repeat_interleave(len(theirs.films))
        films = torch.from_numpy(theirs.films).repeat(len(theirs.users))
        with torch.no_grad():
            scores = theirs.model.eval()(users, films).numpy()
        return theirs, scores.reshape(len(theirs.users), -1)

    return train


@pytest.mark.filterwarnings("ignore")
def test_neumf_with_recboles_weights_scores_as_recboles_does(training, neumf):
    _, data = training
    theirs, expected = neumf(3)
    given = {name: value.numpy() for name, value in theirs.model.state_dict().items()}
    first, *hidden = sorted({name.rpartition(".")[0] for name in given if "mlp_layers" in name})
    half = given["user_mlp_embedding.weight"].shape[1]
    weights = {
        f"{side}s_weight": np.hstack(
            [given[f"{name}_mf_embedding.weight"], given[f"{name}_mlp_embedding.weight"]]
        )[rows]
        for side, name, rows in (("user", "user", theirs.users), ("film", "item", theirs.films))
    }
    weights |= {
        "user_first_weight": given[f"{first}.weight"][:, :half],
        "user_first_bias": given[f"{first}.bias"],
        "film_first_weight": given[f"{first}.weight"][:, half:],
        "output_weight": given["predict_layer.weight"],
        "output_bias": given["predict_layer.bias"],
    }
    for number, layer in enumerate(hidden):
        weights[f"hidden_{number}_weight"] = given[f"{layer}.weight"]
        weights[f"hidden_{number}_bias"] = given[f"{layer}.bias"]
    ours = FittedNeuMF(UserRows(data.ratings.user_ids), weights)
    found = ours.scores(data.ratings, np.arange(data.ratings.n_users))
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.filterwarnings("ignore")
def test_neumf_learns_to_rank_as_well_as_recboles_does(training, neumf):
    split, data = training

    def theirs(epochs: int) -> float:
        trained, scores = neumf(epochs)
        scores[:, trained.films == 0] = scores.min()  # films that it never saw
        return ndcg(lambda _, rows: scores[rows], split, data)

    def ours(epochs: int) -> float:
        settings = NeuMF(16, (64, 32, 16, 8), epochs, 409, 0.002, weight_decay=0.0)
        return ndcg(settings.fit(data, seed=0).scores, split, data)

    expected = max(map(theirs, NEUMF_LENGTHS))
    assert expected > 0.2
    assert max(map(ours, NEUMF_LENGTHS)) > expected - 2 * TOLERANCE


def test_ease_reduces_its_rank_only_where_it_is_not_solved_exactly(training):
    exact = Ease(rank=50, scalable_rank=3).fit(training[1], seed=0)
    scalable = Ease(rank=50, scalable_rank=3, exact_limit=0).fit(training[1], seed=0)
    assert exact.base_model.items.vectors.shape[1] > 3
    assert scalable.base_model.items.vectors.shape[1] == 3

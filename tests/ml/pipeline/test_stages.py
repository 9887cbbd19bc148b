"""The pipeline on a small catalogue: every product, equal bytes, and what it says of bad input."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from ml.data.dataset import Catalogue, DataError, Dataset
from ml.evaluation import themes
from ml.io import workspace
from ml.pipeline.stages import BASELINES, STAGES, run_stage
from ml.progress import Cancelled, Progress, ignore_progress
from ml.serving.artifact import TENSORS_FILE, load_artifact, load_manifest
from ml.training import served
from ml.training.config import PipelineConfig

CONFIG = PipelineConfig(epochs=2, dimension=8, factors=8, linear_rank=16, threads=1)
GENRES = ("Action", "Comedy", "Drama")
N_USERS, N_FILMS, N_EACH = 30, 60, 14


def small_dataset() -> Dataset:
    rng = np.random.default_rng(0)
    films = Catalogue.build(
        10 + np.arange(N_FILMS),
        [f"Film {number}" for number in range(N_FILMS)],
        (1980 + np.arange(N_FILMS) % 40).astype(np.float32),
        [[GENRES[number % 3]] for number in range(N_FILMS)],
        [f"A story about {GENRES[number % 3].lower()} number {number}." for number in range(60)],
    )
    movie = np.concatenate([rng.choice(N_FILMS, N_EACH, replace=False) for _ in range(N_USERS)])
    return Dataset.build(
        films,
        np.repeat(1000 + np.arange(N_USERS), N_EACH),
        films.movie_ids[movie],
        rng.integers(1, 11, len(movie)),
        rng.integers(0, 10**8, len(movie)),
    )


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Path:
    return run_all(tmp_path_factory.mktemp("run"))


def run_all(folder: Path) -> Path:
    workspace.write_inputs(folder, small_dataset())
    for stage in STAGES:
        summary = run_stage(stage, folder, CONFIG, ignore_progress)
        json.dumps(summary)
    return folder


def columns(path: Path) -> list[str]:
    return pq.read_schema(path).names


def test_inputs_survive_the_files(tmp_path):
    dataset = small_dataset()
    workspace.write_inputs(tmp_path, dataset)
    assert workspace.read_inputs(tmp_path).content_hash == dataset.content_hash


def test_each_positive_has_four_negatives_of_the_same_user_in_the_file(finished):
    table = pq.read_table(finished / "interactions.parquet")
    assert table.column_names == ["index", "userid", "movieid", "interaction", "rating"]
    interaction = table.column("interaction").to_numpy().reshape(-1, 5)
    assert (interaction == [1, 0, 0, 0, 0]).all()
    users = table.column("userid").to_numpy().reshape(-1, 5)
    assert (users == users[:, :1]).all()
    stars = table.column("rating").to_numpy(zero_copy_only=False).reshape(-1, 5)
    assert (stars[:, 0] >= 3).all()
    assert not (stars[:, 1:] >= 3).any()


def test_sampled_interactions_survive_the_file(finished):
    dataset = small_dataset()
    there = workspace.read_interactions(finished, dataset, 4)
    liked = dataset.ratings.half_stars >= 6
    assert there.user_index.tolist() == dataset.ratings.user_index[liked].tolist()
    assert there.positive_index.tolist() == dataset.ratings.movie_index[liked].tolist()
    assert there.positive_half_stars.tolist() == dataset.ratings.half_stars[liked].tolist()
    assert (there.negative_index >= 0).all()


def test_embeddings_of_films_users_and_genres_are_written_with_their_keys(finished):
    films = pq.read_table(finished / "movie_embeddings.parquet")
    assert films.column_names == ["movieid", "embedding"]
    assert films.column("movieid").to_pylist() == list(range(10, 10 + N_FILMS))
    assert films.schema.field("embedding").type.list_size == 384
    assert columns(finished / "user_embeddings.parquet") == ["userid", "embedding"]
    genres = pq.read_table(finished / "genre_embeddings.parquet")
    assert genres.column("genre").to_pylist() == list(GENRES)


def test_the_genre_matrix_is_symmetric_with_ones_on_its_diagonal(finished):
    table = pacsv.read_csv(finished / "genre_similarity.csv")
    assert table.column_names == ["genre", *GENRES]
    matrix = np.array([table.column(name).to_numpy() for name in GENRES])
    assert matrix == pytest.approx(matrix.T, abs=1e-6)
    assert np.diag(matrix) == pytest.approx([1, 1, 1], abs=1e-5)


def test_every_user_has_a_similarity_a_median_and_a_label_for_each_genre(finished):
    table = pq.read_table(finished / "user_genre_similarity.parquet").to_pandas()
    assert list(table.columns[:6]) == [
        "userid",
        "genre",
        "similarity",
        "median",
        "label",
        "interacted",
    ]
    assert len(table) == N_USERS * len(GENRES)
    assert (np.sign(table["similarity"] - table["median"]) == table["label"]).all()


def test_the_genre_data_set_has_three_negatives_for_each_positive(finished):
    table = pq.read_table(finished / "genre_interactions.parquet").to_pandas()
    assert list(table.columns) == ["userid", "movieid", "interaction", "genre", "movie title"]
    n_positive = int((table["interaction"] == 1).sum())
    assert n_positive > 0
    assert len(table) == 4 * n_positive
    assert set(table["genre"]) <= set(GENRES)


def test_metrics_stand_beside_baselines_with_intervals_and_in_the_manifest(finished):
    metrics = json.loads((finished / "metrics.json").read_text())
    assert set(metrics) == {"served", *BASELINES}
    for values in metrics.values():
        assert values["ndcg@10 low"] <= values["ndcg@10"] <= values["ndcg@10 high"]
        assert values["users"] > 0
    assert load_manifest(finished / "model").metrics == metrics["served"]


def test_the_manifest_says_what_the_model_was_made_of(finished):
    _, manifest = load_artifact(finished / "model")
    assert PipelineConfig.from_dict(manifest.config) == CONFIG
    assert manifest.data_hash == small_dataset().content_hash
    assert (manifest.n_users, manifest.n_movies) == (N_USERS, N_FILMS)
    assert manifest.genre_names == GENRES
    assert manifest.embedding_dimension == 384


def test_the_same_seed_gives_the_same_bytes_in_another_process(finished, tmp_path):
    """Whose strings, and so whose sets, are hashed otherwise."""
    again = tmp_path / "again"
    hash_seed = "0" if os.environ.get("PYTHONHASHSEED") != "0" else "1"
    code = (
        "import runpy, sys; from pathlib import Path;"
        "runpy.run_path(sys.argv[1])['run_all'](Path(sys.argv[2]))"
    )
    subprocess.run(
        [sys.executable, "-c", code, __file__, again],
        check=True,
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )
    made = sorted(path.relative_to(finished) for path in finished.rglob("*") if path.is_file())
    assert len(made) > 12
    for path in made:
        assert (again / path).read_bytes() == (finished / path).read_bytes(), path


def test_another_seed_gives_another_model(finished, tmp_path):
    workspace.write_inputs(tmp_path, small_dataset())
    run_stage("sample", tmp_path, replace(CONFIG, seed=1), ignore_progress)
    name = "interactions.parquet"
    assert (tmp_path / name).read_bytes() != (finished / name).read_bytes()


def test_a_stage_that_is_cancelled_leaves_nothing(finished, tmp_path):
    for name in ("ratings.parquet", "movies.parquet", "interactions.parquet"):
        (tmp_path / name).write_bytes((finished / name).read_bytes())
    name = "movie_embeddings.parquet"
    (tmp_path / name).write_bytes((finished / name).read_bytes())

    def cancel(progress: Progress) -> None:
        if progress.unit == "epochs":
            raise Cancelled

    with pytest.raises(Cancelled):
        run_stage("train", tmp_path, CONFIG, cancel)
    assert not (tmp_path / "train").exists()


def test_a_stage_before_its_time_says_which_comes_first(tmp_path):
    with pytest.raises(DataError, match=r"ratings\.parquet|movies\.parquet"):
        run_stage("sample", tmp_path, CONFIG, ignore_progress)
    workspace.write_inputs(tmp_path, small_dataset())
    with pytest.raises(DataError, match=r"movie_embeddings\.parquet"):
        run_stage("train", tmp_path, CONFIG, ignore_progress)
    with pytest.raises(ValueError, match="no stage activate"):
        run_stage("activate", tmp_path, CONFIG, ignore_progress)


def test_products_of_other_inputs_are_refused(finished, tmp_path):
    workspace.write_inputs(tmp_path, small_dataset().rated_movies_only())
    fewer = small_dataset()
    fewer = Dataset(
        fewer.catalogue.take(np.arange(N_FILMS - 1)),
        replace(fewer.ratings.take(fewer.ratings.movie_index < N_FILMS - 1), n_movies=N_FILMS - 1),
    )
    workspace.write_inputs(tmp_path, fewer)
    name = "movie_embeddings.parquet"
    (tmp_path / name).write_bytes((finished / name).read_bytes())
    with pytest.raises(DataError, match="run the stage embed again"):
        run_stage("mine", tmp_path, CONFIG, ignore_progress)


def test_a_damaged_product_is_named(finished, tmp_path):
    workspace.write_inputs(tmp_path, small_dataset())
    (tmp_path / "movie_embeddings.parquet").write_bytes(b"PAR1 rubbish")
    with pytest.raises(DataError, match=r"movie_embeddings\.parquet cannot be read"):
        run_stage("mine", tmp_path, CONFIG, ignore_progress)


@pytest.mark.parametrize(
    "rows",
    [
        [(1, 10, 8)],
        [(1, 10 + film, 8) for film in range(5)],
        [(user, 10, 8) for user in range(5)],
        [(user, 10 + film, 7) for user in range(4) for film in range(6)],
        [(user, 10 + film, 2) for user in range(4) for film in range(6)],
    ],
    ids=["one rating", "one user", "one film rated", "all ratings equal", "nobody likes anything"],
)
def test_the_smallest_data_sets_still_make_a_model(finished, tmp_path, rows):
    user, movie, half_stars = np.array(rows).T
    dataset = Dataset.build(
        small_dataset().catalogue, user, movie, half_stars, np.arange(len(rows))
    )
    workspace.write_inputs(tmp_path, dataset)
    for stage in STAGES:
        if stage == "embed":
            copy_cache(finished, tmp_path)
        run_stage(stage, tmp_path, CONFIG, ignore_progress)
    assert (tmp_path / "model" / TENSORS_FILE).exists()
    assert (tmp_path / "metrics.json").exists()


@pytest.mark.parametrize(
    "genres",
    [
        [[]] * N_FILMS,
        [["Drama"], *[[]] * (N_FILMS - 1)],
        [*[["Drama"]] * (N_FILMS - 1), ["Western"]],
    ],
    ids=["no film has a genre", "one film has one", "a genre whose only film nobody rated"],
)
def test_a_catalogue_poor_in_genres_still_makes_a_model_that_is_measured(
    finished, tmp_path, genres
):
    whole = small_dataset()
    films = whole.catalogue
    poor = Catalogue.build(films.movie_ids, films.titles, films.years, genres, films.descriptions)
    rated = whole.ratings.take(whole.ratings.movie_index < N_FILMS - 1)
    workspace.write_inputs(tmp_path, Dataset(poor, rated))
    copy_cache(finished, tmp_path)
    for stage in STAGES:
        run_stage(stage, tmp_path, CONFIG, ignore_progress)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert 0 <= metrics["served"]["ndcg@10"] <= 1
    assert metrics["served"]["users"] > 0


def test_where_newcomers_are_to_be_measured_and_there_is_one_person_none_are(finished, tmp_path):
    user, movie = np.full(8, 7), 10 + np.arange(8)
    only = Dataset.build(small_dataset().catalogue, user, movie, np.full(8, 9), np.arange(8))
    workspace.write_inputs(tmp_path, only)
    copy_cache(finished, tmp_path)
    for stage in STAGES:
        run_stage(stage, tmp_path, replace(CONFIG, cold_ratings=2), ignore_progress)
    assert "cold-2" not in json.loads((tmp_path / "protocols.json").read_text())


def copy_cache(finished: Path, folder: Path) -> None:
    (folder / "text_embeddings").mkdir()
    for path in (finished / "text_embeddings").iterdir():
        (folder / "text_embeddings" / path.name).write_bytes(path.read_bytes())


def test_the_run_measures_whether_its_model_and_the_baselines_listen(
    finished, tmp_path, monkeypatch
):
    folder = shutil.copytree(finished, tmp_path / "run")
    monkeypatch.setattr(themes, "MINIMUM_MOVIES", 5)
    run_stage("evaluate", folder, CONFIG, ignore_progress)
    found = json.loads((folder / "protocols.json").read_text())
    for protocol in ("theme-5", "disliked-10"):
        assert {"served", "popularity", "ease"} <= found[protocol].keys()
        assert 0 <= found[protocol]["served"]["theme_precision@10"] <= 1
    assert (
        found["disliked-10"]["served"]["theme_precision@10"]
        < found["theme-5"]["served"]["theme_precision@10"]
    )
    assert "snips-ndcg@10" in json.loads((folder / "metrics.json").read_text())["served"]


def test_of_many_users_so_many_as_the_limit_are_measured_without_another_fit(
    finished, tmp_path, monkeypatch
):
    folder = shutil.copytree(finished, tmp_path / "run")
    monkeypatch.setattr(served, "MANY_PEOPLE", N_USERS)
    monkeypatch.setattr(served, "MAX_HELD_OUT", 3)
    run_stage("finetune", folder, CONFIG, ignore_progress)
    steps = []

    def report(progress: Progress) -> None:
        steps.append(progress.message)

    run_stage("evaluate", folder, replace(CONFIG, evaluation_users=10), report)
    assert json.loads((folder / "metrics.json").read_text())["served"]["users"] == 10
    few = json.loads((folder / "protocols.json").read_text())["few-ratings"]["served"]["users"]
    assert few <= 10
    assert any("training the head" in step for step in steps)
    assert not any("hold-out" in step for step in steps)

    run_stage("evaluate", folder, CONFIG, report)
    assert any("hold-out" in step for step in steps)

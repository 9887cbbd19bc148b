import json
from pathlib import Path

import numpy as np
import pytest

from ml.__main__ import main
from ml.data.splits import PROTOCOLS, make_split
from ml.evaluation.evaluator import OVERALL, PER_USER
from ml.evaluation.family import GRIDS
from ml.evaluation.formatting import COSTS, PROBED
from ml.evaluation.probes import PROBES
from ml.evaluation.results import details_path, read_results
from ml.evaluation.tuning import tuned
from ml.training.protocol import TrainingData

N_USERS, N_FILMS = 40, 60
LIKED, REGULARISATION = "minimum_half_stars", "regularisation"


@pytest.fixture
def movielens(tmp_path):
    """Return a directory in MovieLens' CSV form: two tastes, 15 ratings each."""
    rng = np.random.default_rng(0)
    directory = tmp_path / "ml-tiny"
    directory.mkdir()
    movies = [f"{film},Film {film} (1999),{('Comedy', 'Drama')[film % 2]}" for film in range(60)]
    ratings = []
    for user in range(N_USERS):
        for place, film in enumerate(rng.permutation(N_FILMS)[:15]):
            stars = 4.5 if film % 2 == user % 2 else 2.0
            ratings.append(f"{user},{film},{stars},{1000 + place}")
    (directory / "movies.csv").write_text("movieId,title,genres\n" + "\n".join(movies))
    (directory / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + "\n".join(ratings))
    return directory


def test_one_command_measures_every_protocol_and_writes_every_metric(movielens, tmp_path, capsys):
    out = tmp_path / "results.json"
    arguments = (
        f"--data {movielens} --protocol all --models popularity,ease,ials --seeds 2 --out {out}"
    )
    assert main(["evaluate", *arguments.split()]) == 0

    rows, details = read_results(out)
    assert {row.protocol for row in rows} == {*PROTOCOLS, *PROBES}
    assert {row.dataset for row in rows} == {"ml-tiny"}
    metrics = {row.metric for row in rows if row.protocol in PROTOCOLS}
    assert metrics == {*PER_USER, *OVERALL, "seconds", "peak_mb"}
    probed = {row.metric for row in rows if row.protocol in PROBES}
    assert probed <= {*PROBED, "users", "seconds", "peak_mb"}
    assert {"expected@10", "distinct@120", "top50_share"} <= probed
    assert {row.seed for row in rows} == {0, 1}
    assert details.machine["cores"]
    values = {(r.protocol, r.model, r.seed, r.metric): r.value for r in rows}
    assert (
        values["full-random", "ials", 0, "ndcg@10"]
        > values["full-random", "popularity", 0, "ndcg@10"]
    )
    against = [row for row in details.intervals if row.against == "ease"]
    assert {row.model for row in against} == {"popularity", "ials"}
    assert "full-random" in capsys.readouterr().out

    assert main(["report", str(out), "--out", str(tmp_path / "report")]) == 0
    page = (tmp_path / "report" / "ml-tiny.md").read_text()
    assert page.count("\n## ") == len(PROTOCOLS) + len(PROBES)


def test_the_same_command_writes_the_same_bytes_but_for_time_and_memory(movielens, tmp_path):
    def written(name: str) -> tuple[str, bytes]:
        out = tmp_path / name
        models = "popularity,itemknn,ease,ials,bpr,neumf"
        protocols = "full-random,loo-99,cold-5"
        arguments = f"--data {movielens} --protocol {protocols} --models {models} --out {out}"
        assert main(["evaluate", *arguments.split()]) == 0
        rows = [row for row in json.loads(out.read_text()) if row["metric"] not in COSTS]
        return json.dumps(rows), details_path(out).read_bytes()

    assert written("first.json") == written("second.json")


def test_appending_keeps_other_models_and_replaces_the_same(movielens, tmp_path):
    out = tmp_path / "results.json"
    common = ["--data", str(movielens), "--out", str(out)]
    main(["evaluate", *common, "--models", "popularity"])
    main(["evaluate", *common, "--models", "popularity,itemknn", "--append"])
    models = [row["model"] for row in json.loads(out.read_text()) if row["metric"] == "mrr"]
    assert models == ["popularity", "itemknn"]


def test_one_setting_can_be_measured_where_choices_are_made(movielens, tmp_path):
    def reached(*options: str) -> dict[str, float]:
        out = tmp_path / "results.json"
        common = ["--data", str(movielens), "--models", "ials", "--out", str(out)]
        main(["evaluate", *common, *options])
        rows, _ = read_results(out)
        return {row.protocol: row.value for row in rows if row.metric == "mrr"}

    inner = reached("--inner", "--set", "factors=4", "--set", "alpha=.25e1")
    assert list(inner) == ["full-random-inner"]
    assert inner != reached("--inner", "--set", "factors=4", "--set", "alpha=80")
    assert list(reached()) == ["full-random"]


def test_seeds_vary_the_models_alone_where_the_split_is_fixed(movielens, tmp_path):
    out = tmp_path / "results.json"
    common = ["--data", str(movielens), "--models", "ease,bpr", "--seeds", "2", "--out", str(out)]
    main(["evaluate", *common, "--set", "minimum_half_stars=8", "--split-seed", "3"])
    rows, _ = read_results(out)
    assert {row.protocol for row in rows} == {"full-random-fixed"}
    values = {(row.model, row.seed): row.value for row in rows if row.metric == "mrr"}
    assert values["ease", 0] == values["ease", 1], "a closed form on the same ratings"
    assert values["bpr", 0] != values["bpr", 1]


def test_settings_that_were_chosen_once_can_be_measured_again_without_choosing(movielens, tmp_path):
    chosen, again, usual = (tmp_path / f"{name}.json" for name in ("chosen", "again", "usual"))

    def reached(out: Path, *options: str) -> list[float]:
        command = ["evaluate", "--data", str(movielens), "--models", "ials", "--out", str(out)]
        assert main([*command, *options]) == 0
        return [row.value for row in read_results(out)[0] if row.metric not in COSTS]

    first = reached(chosen, "--set", "factors=4", "--set", "alpha=80")
    assert reached(again, "--settings-of", str(chosen)) == first != reached(usual)
    assert read_results(again)[1].settings == read_results(chosen)[1].settings


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (["--set", "factors"], "--set factors: NAME=VALUE is wanted"),
        (
            ["--models", "popularity", "--set", "size=3"],
            "--set size: popularity has no such setting",
        ),
        (["--protocol", "full-moon"], "no protocol full-moon"),
        (["--models", "svd"], "no model svd"),
        (["--data", "/nowhere"], "/nowhere is not a directory"),
    ],
)
def test_a_wrong_name_ends_in_one_line_and_exit_code_2(movielens, tmp_path, capsys, wrong, message):
    arguments = ["--data", str(movielens), "--out", str(tmp_path / "r.json"), *wrong]
    assert main(["evaluate", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "r.json").exists()


def test_tuning_takes_the_best_value_of_each_setting_on_the_inner_split_alone(
    movielens, monkeypatch
):
    from ml.evaluation import tuning
    from ml.io.readers import read_dataset

    data = read_dataset(movielens)
    split = make_split(data.ratings, "full-random", 0)
    inner = split.inner()
    seen = []

    def criterion(name, parameters, where, training):
        seen.append((where, training))
        return (
            -abs(parameters["regularisation"] - 200)
            if "regularisation" in parameters
            else parameters[LIKED]
        )

    monkeypatch.setattr(tuning, "_criterion", criterion)
    text = np.zeros((N_FILMS, 0), dtype=np.float32)
    training = TrainingData(inner.train, data.catalogue, text)
    assert tuned("ease", inner, training) == {LIKED: max(GRIDS["ease"][LIKED]), REGULARISATION: 200}
    held_out = set(zip(split.held_out.user_index, split.held_out.movie_index, strict=True))
    for where, known in seen:
        for part in (where.train, where.held_out, known.ratings):
            assert not held_out & set(zip(part.user_index, part.movie_index, strict=True))

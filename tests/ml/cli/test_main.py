import pytest

from ml.__main__ import main
from ml.training.config import PipelineConfig


def run(*arguments: str) -> int:
    return main(["run", *arguments])


def test_bad_data_ends_in_one_line_and_exit_code_2(tmp_path, capsys):
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,1,9,0\n")
    (tmp_path / "movies.csv").write_text("movieId,title,genres\n1,Heat (1995),Crime\n")
    assert run("--data", str(tmp_path), "--out", str(tmp_path / "out")) == 2
    said = capsys.readouterr().err
    assert said == "python -m ml: ratings.csv, line 2: the rating is 9, not 0.5 to 5\n"


HEADER = "userId,movieId,rating,timestamp\n"
GOOD = "1,1,4,0\n"


@pytest.mark.parametrize(
    ("ratings", "message"),
    [
        ("", "ratings.csv: Empty CSV file"),
        (HEADER, "ratings.csv: there are no ratings"),
        (HEADER + GOOD + "1,1,nan,0\n", "ratings.csv, line 3: "),
        (HEADER + GOOD + "-1,1,4,0\n", "ratings.csv, line 3: the rating is of user -1"),
        (HEADER + GOOD + "hello\n" + GOOD, "ratings.csv, line 3: "),
        (HEADER + GOOD + "1,1,4,1600000000000\n", "ratings.csv, line 3: "),
    ],
)
def test_bad_ratings_are_refused_with_their_line_before_anything_is_written(
    tmp_path, capsys, ratings, message
):
    (tmp_path / "ratings.csv").write_text(ratings)
    (tmp_path / "movies.csv").write_text("movieId,title,genres\n1,Heat (1995),Crime\n")
    assert run("--data", str(tmp_path), "--out", str(tmp_path / "out")) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"python -m ml: {message}")
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_to_is_named(tmp_path, capsys):
    (tmp_path / "ratings.csv").write_text(HEADER + GOOD)
    (tmp_path / "movies.csv").write_text("movieId,title,genres\n1,Heat (1995),Crime\n")
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "results.json").write_text("[]")
    out = str(tmp_path / "file" / "out")
    assert run("--data", str(tmp_path), "--out", out) == 2
    assert main(["report", str(tmp_path / "results.json"), "--out", out]) == 2
    first, second = capsys.readouterr().err.splitlines()
    for said in (first, second):
        assert said.startswith(f"python -m ml: {tmp_path}/file")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "/nowhere"], "/nowhere is not a directory"),
        (["--data", "builtin", "--embeddings", "/nowhere"], "neither minilm, lamini"),
        (["--data", "builtin", "--seed", "-1"], "seed must be 0 or more"),
        (["--data", "builtin", "--epochs", "0"], "epochs must be at least 1"),
        (["--data", "builtin", "--descriptions", "/nowhere.jsonl"], "/nowhere.jsonl"),
    ],
)
def test_a_wrong_option_is_refused_before_any_work(tmp_path, capsys, arguments, message):
    assert run(*arguments, "--out", str(tmp_path)) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_every_parameter_of_a_training_is_an_option_of_run(monkeypatch: pytest.MonkeyPatch):
    seen: list[PipelineConfig] = []
    monkeypatch.setattr("ml.__main__._run_stages", lambda _options, config: seen.append(config))
    values = {"learning_rate": 0.5, "uses_text": False, "fine_tune": "none", "seed": 4}
    options = [f"--{name.replace('_', '-')}={value}" for name, value in values.items()]
    assert run("--data=builtin", "--out=unused", *options) == 0
    assert seen == [PipelineConfig.from_dict(values)]


def test_the_epochs_of_an_update_are_not_those_of_a_training(monkeypatch: pytest.MonkeyPatch):
    seen: list[PipelineConfig] = []
    monkeypatch.setattr("ml.__main__._update_stages", lambda _options, config: seen.append(config))
    assert main(["update", "--model=m", "--data=builtin", "--out=o", "--epochs=2"]) == 0
    assert seen == [PipelineConfig(update_epochs=2)]

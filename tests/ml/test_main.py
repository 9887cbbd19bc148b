import pytest

from ml.__main__ import main


def run(*arguments: str) -> int:
    return main(["run", *arguments])


def test_bad_data_ends_in_one_line_and_exit_code_2(tmp_path, capsys):
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,1,9,0\n")
    (tmp_path / "movies.csv").write_text("movieId,title,genres\n1,Heat (1995),Crime\n")
    assert run("--data", str(tmp_path), "--out", str(tmp_path / "out")) == 2
    said = capsys.readouterr().err
    assert said == "python -m ml: ratings.csv, line 2: the rating is 9, not 0.5 to 5\n"


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

"""What `python -m ml evaluate` makes of odd and bad data: numbers, or a line and exit code 2."""

import math

import pytest

from ml.__main__ import EXIT_BAD_INPUT, main
from ml.evaluation.results import read_results

MOVIES = [
    *(f"{film},Film {film} (1999),Drama" for film in range(8)),
    "8,Nameless,(no genres listed)",
    "9,Unrated (1999),Western",
]
MANY = [f"{user},{film},4.5,{film}" for user in range(6) for film in range(9) if film != user]


def evaluate(folder, ratings, *options: str) -> int:
    folder = folder / "ml-odd"
    folder.mkdir()
    (folder / "movies.csv").write_text("\n".join(["movieId,title,genres", *MOVIES]) + "\n")
    lines = ["userId,movieId,rating,timestamp", *ratings]
    (folder / "ratings.csv").write_text("\n".join(lines) + "\n")
    out = folder.parent / "results.json"
    return main(["evaluate", "--data", str(folder), "--out", str(out), *options])


@pytest.mark.parametrize(
    ("ratings", "message"),
    [
        ([], "ratings.csv: there are no ratings"),
        ([*MANY, "1,1,nan,0"], "ratings.csv, line 50: no rating"),
        ([*MANY, "-1,1,4,0"], "ratings.csv, line 50: the rating is of user -1, a negative id"),
        ([*MANY[:20], "1,two,4,0", *MANY[20:]], "ratings.csv, line 22: "),
        ([*MANY[:20], "hello", *MANY[20:]], "ratings.csv, line 22: "),
        ([line.replace("4.5", "2.0") for line in MANY], "no user has a relevant held-out film"),
        ([f"{user},1,5,0" for user in range(5)], "no user has a relevant held-out film"),
        (["1,1,5,0"], "no user has a relevant held-out film"),
    ],
    ids=[
        "empty",
        "nan",
        "negative user",
        "no number in the middle",
        "no row in the middle",
        "nobody likes",
        "one film",
        "one rating",
    ],
)
def test_what_cannot_be_measured_is_said_in_one_line(tmp_path, capsys, ratings, message):
    assert evaluate(tmp_path, ratings, "--models", "popularity,ease") == EXIT_BAD_INPUT
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("python -m ml: ")
    assert message in said
    assert not (tmp_path / "results.json").exists()


@pytest.mark.parametrize("model", ["popularity", "bpr", "neumf", "history-ncf", "served"])
@pytest.mark.parametrize(
    ("protocol", "ratings"),
    [
        ("cold-2", [f"3,{film},4.5,{film}" for film in range(8)]),
        ("new-items", [f"{user},1,5,0" for user in range(5)]),
    ],
    ids=["the only user is cold", "the only film is hidden"],
)
def test_where_nothing_is_left_to_learn_from_that_is_said(
    tmp_path, capsys, model, protocol, ratings
):
    assert evaluate(tmp_path, ratings, "--protocol", protocol, "--models", model) == EXIT_BAD_INPUT
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == f"python -m ml: {protocol}: no rating is left to learn from"


@pytest.mark.parametrize(
    "ratings",
    [
        [f"3,{film},{4 + film % 2},0" for film in range(8)],
        MANY,
        [*MANY, *MANY],
        [*MANY, *(f"9,{film},1,0" for film in range(4))],
    ],
    ids=["one user", "all ratings equal", "each rating twice", "a user without a positive"],
)
@pytest.mark.parametrize(
    "options",
    [
        ("--models", "popularity,itemknn,ease,ials"),
        ("--models", "bpr,neumf,neumf-hard,neumf-mixed", "--set", "epochs=1"),
        ("--models", "served,served-no-words", "--set", "epochs=1", "--set", "dimension=4"),
    ],
    ids=["closed form", "trained", "served"],
)
def test_odd_data_are_measured(tmp_path, ratings, options):
    assert evaluate(tmp_path, ratings, *options) == 0
    rows, _ = read_results(tmp_path / "results.json")
    undefined = {row.metric for row in rows if not math.isfinite(row.value)}
    assert undefined <= {"gndcg@10", "genre_rank_ndcg@10"}, "where the liked film has no genre"


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--seeds=0", "--seeds 0: at least 1 is wanted"),
        ("--seeds=-1", "--seeds -1: at least 1 is wanted"),
        ("--against=nobody", "no model nobody; there are popularity, "),
        ("--set=regularization=3", "--set regularization: ease has no such setting; there are reg"),
        ("--set=regularisation=much", "--set regularisation=much: ease wants a number from 0 on"),
        ("--set=regularisation=-1", "--set regularisation=-1: ease wants a number from 0 on"),
        ("--set=regularisation=NaN", "--set regularisation=nan: ease wants a number from 0 on"),
        ("--set=rank=1.5", "--set rank=1.5: ease wants a whole number from 0 on"),
        ("--set=rank=true", "--set rank=True: ease wants a whole number from 0 on"),
        ("--settings-of=/nowhere.json", "cannot read /nowhere.json: No such file or directory"),
        ("--out=/proc/nobody/results.json", "/proc/nobody: No such file or directory"),
        ("--out=/", "/: Is a directory"),
    ],
)
def test_a_wrong_option_is_refused_in_one_line_before_any_work(tmp_path, capsys, option, message):
    assert evaluate(tmp_path, MANY, "--models=ease", option) == EXIT_BAD_INPUT
    said = capsys.readouterr().err
    assert said.startswith(f"python -m ml: {message}")
    assert said.count("\n") == 1
    assert not (tmp_path / "results.json").exists()


@pytest.mark.parametrize("model", ["served", "served-no-text", "neumf-hard"])
@pytest.mark.parametrize("setting", ["epocs=1", "epochs=few", "epochs=-1", "factors=2.5"])
def test_a_setting_that_a_model_cannot_have_is_refused_by_name(tmp_path, capsys, model, setting):
    options = ("--models", f"popularity,{model}", "--set", setting)
    assert evaluate(tmp_path, MANY, *options) == EXIT_BAD_INPUT
    assert f"--set {setting.partition('=')[0]}" in capsys.readouterr().err


@pytest.mark.parametrize("dial", ["much", "2", "-0.5", "0,,1", "nan"])
def test_a_dial_that_cannot_be_turned_so_is_refused_before_any_work(tmp_path, capsys, dial):
    options = ("--models", "popularity", f"--diversity={dial}")
    assert evaluate(tmp_path, MANY, *options) == EXIT_BAD_INPUT
    said = capsys.readouterr().err
    assert said == f"python -m ml: --diversity {dial}: numbers from 0 to 1 are wanted\n"

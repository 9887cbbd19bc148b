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
        ([*MANY, "1,1,nan,0"], "ratings.csv: row 49 has no rating"),
        ([*MANY, "-1,1,4,0"], "ratings.csv: user id -1 is negative"),
        ([*MANY, "1,-1,4,0"], "ratings.csv: rating 49 is of film -1, which is not listed"),
        ([line.replace("4.5", "2.0") for line in MANY], "no user has a relevant held-out film"),
        ([f"{user},1,5,0" for user in range(5)], "no user has a relevant held-out film"),
        (["1,1,5,0"], "no user has a relevant held-out film"),
    ],
    ids=[
        "empty",
        "nan",
        "negative user",
        "negative film",
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
        ("--models", "bpr,neumf,neumf-hard", "--set", "epochs=1"),
    ],
    ids=["closed form", "trained"],
)
def test_odd_data_are_measured(tmp_path, ratings, options):
    assert evaluate(tmp_path, ratings, *options) == 0
    rows, _ = read_results(tmp_path / "results.json")
    undefined = {row.metric for row in rows if not math.isfinite(row.value)}
    assert undefined <= {"gndcg@10", "genre_rank_ndcg@10"}, "where the liked film has no genre"


@pytest.mark.parametrize("dial", ["much", "2", "-0.5", "0,,1", "nan"])
def test_a_dial_that_cannot_be_turned_so_is_refused_before_any_work(tmp_path, capsys, dial):
    options = ("--models", "popularity", f"--diversity={dial}")
    assert evaluate(tmp_path, MANY, *options) == EXIT_BAD_INPUT
    said = capsys.readouterr().err
    assert said == f"python -m ml: --diversity {dial}: numbers from 0 to 1 are wanted\n"

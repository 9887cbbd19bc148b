"""The page of training parameters is the one that the specification prints."""

from pathlib import Path

from ml.__main__ import main
from ml.training.config import PARAMETERS

PAGE = Path(__file__).parents[2] / "docs" / "parameters.md"


def test_the_documentation_holds_the_table_that_the_command_prints(capsys):
    assert main(["parameters"]) == 0
    table = capsys.readouterr().out
    assert table.count("\n") == len(PARAMETERS) + 2
    assert PAGE.read_text(encoding="utf-8").endswith("\n\n" + table)

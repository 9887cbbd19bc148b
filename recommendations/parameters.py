"""The pipeline's parameters as a form shows them: their explanations are ``ml.config``'s own."""

import ast
import inspect
import re
import textwrap
from dataclasses import fields
from functools import cache
from typing import Any

from ml.config import NEGATIVE_STRATEGIES, PipelineConfig

CHOICES: dict[str, tuple[str, ...]] = {
    "negative_strategy": NEGATIVE_STRATEGIES,
    "device": ("auto", "cpu", "cuda"),
}
"""Parameters that take one of a few words; the text models depend on the site."""

MAX_TRIALS, N_TRIALS = 500, 20
"""Of a search: at most, and unless somebody says otherwise."""
MAX_MINUTES, N_MINUTES = 4 * 60, 60
"""A worker gives a stage five hours: one is left for the trial that was begun last."""


def defaults() -> dict[str, Any]:
    """Every parameter with its default, in the order of the configuration."""
    return PipelineConfig().to_dict()


@cache
def explanations() -> dict[str, str]:
    """What stands below each field of the configuration, in one line.

    >>> explanations()["epochs"]
    'Passes over the users when the neural branch is trained.'
    """
    tree = ast.parse(textwrap.dedent(inspect.getsource(PipelineConfig))).body[0]
    assert isinstance(tree, ast.ClassDef)  # noqa: S101 (for the type)
    found = {}
    for field, below in zip(tree.body, tree.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            text = ast.literal_eval(below.value) if isinstance(below, ast.Expr) else ""
            found[field.target.id] = re.sub(r"\s+", " ", text.replace("`", "")).strip()
    return {field.name: found.get(field.name, "") for field in fields(PipelineConfig)}

"""What the forms say of the pipeline's parameters."""

import ast
import inspect
import re
import textwrap

from django.utils.translation import override

from ml.training.config import PipelineConfig
from recommendations.training.forms import LABELS
from recommendations.training.parameters import EXPLANATIONS, defaults


def docstrings() -> dict[str, str]:
    """What stands below each field of the configuration, in one line."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(PipelineConfig))).body[0]
    assert isinstance(tree, ast.ClassDef)
    return {
        field.target.id: re.sub(r"\s+", " ", ast.literal_eval(below.value).replace("`", "")).strip()
        for field, below in zip(tree.body, tree.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr)
    }


def test_every_parameter_is_explained_in_its_docstrings_words():
    with override("en"):
        assert {name: str(text) for name, text in EXPLANATIONS.items()} == docstrings()
    assert set(EXPLANATIONS) == set(defaults())
    assert set(LABELS) <= set(defaults())

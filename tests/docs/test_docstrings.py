"""Check of docstrings what ruff does not: that they have at least four words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("accounts", "benchmarks", "common", "ml", "movies", "recommendations", "recsite")
MIN_WORDS = 4
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def public_docstrings(source: str) -> Iterator[tuple[str, str]]:
    """Yield the docstrings of a module and of everything public in it, with their names."""
    module = ast.parse(source)
    if text := ast.get_docstring(module):
        yield "module", text
    nodes = [("", node) for node in module.body]
    while nodes:
        prefix, node = nodes.pop()
        if not isinstance(node, DEFINITIONS) or node.name.startswith("_"):
            continue
        name = f"{prefix}{node.name}"
        if text := ast.get_docstring(node):
            yield name, text
        nodes += [(f"{name}.", child) for child in node.body]


def too_short(source: str) -> list[str]:
    return [
        f"{name}: {text}"
        for name, text in public_docstrings(source)
        if len(re.findall(r"\w[\w'`.@-]*", text)) < MIN_WORDS
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_docstring_has_at_least_four_words(package: str):
    files = [path for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts]
    assert files
    found = {str(path.relative_to(ROOT)): too_short(path.read_text("utf-8")) for path in files}
    assert {path: names for path, names in found.items() if names} == {}


def test_a_short_docstring_of_a_method_is_found():
    source = '''
"""Say what this module is for."""

class Model:
    """A model of four words."""

    def fit(self):
        """Fit it."""

    def _hidden(self):
        """Short."""
'''
    assert too_short(source) == ["Model.fit: Fit it."]

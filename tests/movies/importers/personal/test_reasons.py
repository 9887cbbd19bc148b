"""Every reason that an importer can give for a row is there in German."""

import ast
import re
from pathlib import Path

import pytest
from django.utils import translation

import movies.importers.personal
from movies.importers.personal.reasons import reason_text

FOLDER = Path(movies.importers.personal.__file__).parent
MIN_WORDS = 3


def reasons() -> set[str]:
    """Texts that the importers raise as ``BadRow``, give as reasons or return as notes."""
    found: set[str] = set()
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"BadRow", "Refused"}:
                found.update(text for argument in node.args if (text := text_of(argument)))
            elif isinstance(node, ast.keyword) and node.arg == "reason":
                found.add(text_of(node.value))
            elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
                for element in node.value.elts:
                    parts = [element.orelse] if isinstance(element, ast.IfExp) else [element]
                    found.update(map(text_of, parts))
            elif getattr(getattr(node, "func", None), "id", "") == "_unless_several":
                assert isinstance(node, ast.Call)
                found.add(text_of(node.args[1]))
    return {text for text in found if len(text.split()) >= MIN_WORDS}


def text_of(node: ast.expr) -> str:
    """Return a text with 7 for each value in it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [text_of(part) if isinstance(part, ast.Constant) else "7" for part in node.values]
        return "".join(parts).replace("7 with the year", "not in the catalogue with the year")
    return ""


def test_the_importers_give_reasons():
    found = reasons()
    assert len(found) > 20
    assert "7 films could be meant" in found
    assert "the date '7' is impossible" in found or "the date 7 is impossible" in found


def test_every_reason_is_there_in_german():
    with translation.override("de"):
        for reason in sorted(reasons()):
            german = reason_text(reason)
            assert german != reason
            assert re.findall(r"\d", german) == re.findall(r"\d", reason), reason


@pytest.mark.parametrize(
    ("note", "german"),
    [
        (
            "the years differ by one; 7.5 was rounded to 4 stars",
            "die Jahre liegen eines auseinander; 7.5 wurde auf 4 Sterne gerundet",
        ),
        ("TV Episode is not a film", "kein Film, sondern: TV Episode"),
        ("", ""),
        ("something new", "something new"),
    ],
)
def test_reasons_are_translated_one_by_one(note: str, german: str):
    with translation.override("de"):
        assert reason_text(note) == german
    with translation.override("en"):
        assert reason_text("the date is unknown") == "the date is unknown"

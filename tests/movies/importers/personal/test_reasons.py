"""Every reason that an importer can give for a row is there in German."""

import ast
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.utils import translation

import movies.importers.personal
import movies.services.personal_imports
from movies.importers.errors import ImportFailed
from movies.importers.files import readable
from movies.importers.personal.reading import read
from movies.importers.personal.reasons import error_text, label_text, reason_text
from movies.importers.progress import silent

FOLDER = Path(movies.importers.personal.__file__).parent
SERVICE = Path(movies.services.personal_imports.__file__)
MIN_WORDS = 3
COUNTED = {
    "a list of your own with": "films",
    "a file with": "entries",
    "The file has more than": "rows",
}
"""What stands before a number, and the noun after it."""


def reasons() -> set[str]:
    """Texts that the importers raise as ``BadRow``, give as reasons or return as notes."""
    found: set[str] = set()
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(getattr(node, "func", None), "id", "")
            if isinstance(node, ast.Call) and name in {"BadRow", "Refused", "LeftOut"}:
                found.update(texts_of(node.args))
            elif isinstance(node, ast.keyword) and node.arg == "reason":
                found.add(text_of(node.value))
            elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
                found.update(texts_of(node.value.elts))
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                found.update(assigned(node, {"reason", "LIKE"}))
            elif name == "_unless_several":
                assert isinstance(node, ast.Call)
                found.add(text_of(node.args[1]))
    return {text for text in found if len(text.split()) >= MIN_WORDS}


def errors() -> set[str]:
    """Texts with which an import fails."""
    found: set[str] = set()
    for path in [*FOLDER.glob("*.py"), SERVICE]:
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(getattr(node, "func", None), "id", "")
            if isinstance(node, ast.Call) and name in {"ImportFailed", "WrongAnswer", "_end"}:
                found.update(text for text in texts_of(node.args) if text[-1:] in ".:7")
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                found.update(assigned(node, {"no_rows", "text", "unused"}))
    return {text for text in found if len(text.split()) >= MIN_WORDS}


def assigned(node: ast.Assign | ast.AnnAssign, names: set[str]) -> set[str]:
    """Return the text that an assignment gives to one of these names."""
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    is_wanted = getattr(target, "id", "") in names and node.value is not None
    return texts_of([node.value] if is_wanted and node.value else [])


def texts_of(nodes: Iterable[ast.expr]) -> set[str]:
    """Return the texts among some expressions, both of a conditional one."""
    parts: list[ast.expr] = []
    for node in nodes:
        parts += [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]
    return {text for part in parts if (text := text_of(part))}


def text_of(node: ast.expr) -> str:
    """Return a text with 7 for each value in it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [text_of(part) if isinstance(part, ast.Constant) else "7" for part in node.values]
        text = "".join(parts).replace("7 with the year", "not in the catalogue with the year")
        for phrase, noun in COUNTED.items():
            text = text.replace(f"{phrase} 7", f"{phrase} 7 {noun}")
        return text.replace("was rounded to 7 7", "was rounded to 7 stars")
    return ""


def test_the_importers_give_reasons():
    found = reasons()
    assert len(found) > 20
    assert "7 films could be meant" in found
    assert "the date '7' is impossible" in found or "the date 7 is impossible" in found


def test_every_failure_is_there_in_german():
    found = errors()
    assert "7 is damaged: the zip is not complete." in found
    assert "Its worker died each time." in found
    assert len(found) > 15
    for error in sorted(found):
        with translation.override("de"):
            german = error_text(error)
        assert german != error, error


def test_a_refused_list_of_films_tells_in_german_what_to_do(tmp_path: Path):
    path = tmp_path / "films.txt"
    path.write_text("Heat\nAlien\nFargo\n")
    with pytest.raises(ImportFailed, match="write Title above it") as raised:
        read(path, path.name, {}, silent)
    with translation.override("de"):
        assert error_text(str(raised.value)).endswith("dann schreib Titel darüber.")
    path.write_text("Title\nHeat\nAlien\nFargo\n")
    assert read(path, path.name, {}, silent).questions["kind"] == "seen"


def test_what_a_damaged_file_says_is_there_in_german():
    with pytest.raises(ImportFailed) as raised, readable("a.zip"):
        raise zipfile.BadZipFile("Bad CRC-32")
    with translation.override("de"):
        assert error_text(str(raised.value)) == "a.zip ist beschädigt."
        assert reason_text(str(raised.value)) == error_text(str(raised.value))
    with pytest.raises(ImportFailed) as raised, readable("a.zip"):
        raise RuntimeError("File 'a' is encrypted, password required for extraction")
    with translation.override("de"):
        assert error_text(str(raised.value)) == "a.zip ist durch ein Passwort geschützt."
    with pytest.raises(ImportFailed) as raised, readable("a.zip"):
        raise OSError("no")
    with translation.override("de"):
        assert error_text(str(raised.value)) == "a.zip lässt sich nicht lesen."


@pytest.mark.parametrize(
    ("note", "english", "german"),
    [
        (
            "0.9 was rounded to 1 star",
            "0.9 was rounded to 1 star",
            "0.9 wurde auf 1 Stern gerundet",
        ),
        (
            "0.9 was rounded to 1 stars",
            "0.9 was rounded to 1 star",
            "0.9 wurde auf 1 Stern gerundet",
        ),
        (
            "a list of your own with 1 film that is not imported",
            "a list of your own with 1 film that is not imported",
            "eine eigene Liste mit 1 Film, die nicht übernommen wird",
        ),
    ],
)
def test_numbers_have_their_plural(note: str, english: str, german: str):
    assert reason_text(note) == english
    with translation.override("de"):
        assert reason_text(note) == german


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
        (
            "the id belongs to a film with another title",
            "die Nummer gehört zu einem Film mit anderem Titel",
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


@pytest.mark.parametrize(
    ("label", "german"),
    [
        ("column 2", "Spalte 2"),
        ("column 2 (no name)", "Spalte 2 (ohne Namen)"),
        ("Note (column 2)", "Note (Spalte 2)"),
        ("Titel", "Titel"),
    ],
)
def test_a_column_without_a_name_of_its_own_has_a_german_one(label: str, german: str):
    with translation.override("de"):
        assert label_text(label) == german
    with translation.override("en"):
        assert label_text(label) == label

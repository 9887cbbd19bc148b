"""Every text of the site has a German one, with the same places to fill in."""

import re
from pathlib import Path

import allauth
import pytest
from django.utils.translation import gettext, override

CATALOGUES = sorted(Path(__file__).resolve().parents[1].glob("locale/*/LC_MESSAGES/django.po"))
PLACEHOLDER = re.compile(r"%\(\w+\)[-+]?[\d.]*[sdf]|%%")


def entries(path: Path) -> list[dict[str, str]]:
    """Return the messages of a catalogue: keyword (msgid, msgstr, msgstr[0] ...) -> text."""
    found = []
    for block in path.read_text(encoding="utf-8").split("\n\n")[1:]:
        lines = [line for line in block.splitlines() if not line.startswith("#")]
        fields = re.findall(r'^(msg\S+) ((?:".*"\n?)+)', "\n".join(lines), re.MULTILINE)
        found.append({key: "".join(re.findall(r'"(.*)"', text)) for key, text in fields})
    return [entry for entry in found if entry]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_every_text_is_translated_and_keeps_its_placeholders(path: Path) -> None:
    messages = entries(path)
    assert len(messages) > (200 if path.parts[-3] == "de" else 20)
    for message in messages:
        translations = [text for key, text in message.items() if key.startswith("msgstr")]
        originals = [text for key, text in message.items() if key.startswith("msgid")]
        assert all(translations), message
        for text in translations:
            assert any(
                sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(original))
                for original in originals
            ), message


def texts_of_packages(language: str) -> list[str]:
    """Return what the package of accounts says on pages and in e-mails, as the site shows it."""
    package = Path(allauth.__file__).parent / "locale/de/LC_MESSAGES/django.po"
    texts = [message["msgid"] for message in entries(package) if message.get("msgid")]
    assert len(texts) > 200
    with override(language):
        return [gettext(text.encode().decode("unicode_escape")) for text in texts]


def test_german_texts_address_readers_alike_also_those_of_packages() -> None:
    familiar = re.compile(r"\b([Dd]u|[Dd]ein\w*|[Dd]ir|[Dd]ich|[Gg]ib|Bitte \w+e)\b")
    shown = texts_of_packages("de")
    [path] = (path for path in CATALOGUES if path.parts[-3] == "de")
    for message in entries(path)[1:]:
        shown += [text for key, text in message.items() if key.startswith("msgstr")]
    assert [text for text in shown if familiar.search(text)] == []


def test_there_is_a_second_language_and_an_english_of_packages() -> None:
    assert [path.parts[-3] for path in CATALOGUES] == ["de", "en"]


def test_the_english_of_packages_is_in_sentence_case() -> None:
    (path,) = (path for path in CATALOGUES if path.parts[-3] == "en")
    for message in entries(path)[1:]:
        if message.get("msgctxt") == "from a country":
            continue
        text = re.sub(
            r"<[^>]*>|%\(\w*link\)s|IP|JSON|PIN|Third-|Authenticator-", "", message["msgstr"]
        )
        for sentence in re.split(r"[.?!:] ", text):
            assert not any(word[:1].isupper() for word in sentence.split()[1:]), message


def test_the_english_of_packages_says_log_in_as_the_site_does() -> None:
    foreign = re.compile(r"\bsign(ed)?[- ](in|out)\b|third-party|two-factor", re.IGNORECASE)
    assert [text for text in texts_of_packages("en") if foreign.search(text)] == []

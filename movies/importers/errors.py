"""What goes wrong in an import: as a whole, or in one row."""

from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from common.sizes import size_text
from movies.models import ImportProblem

EXCERPT_CHARACTERS: Final = 200


class ImportFailed(Exception):  # noqa: N818 # "ImportError" is Python's
    """The import as a whole cannot be done; the message is for the person who started it."""


class FileTooLarge(ValidationError):  # noqa: N818 # a refusal, not an error of the program
    """An uploaded file is larger than the setting allows."""

    def __init__(self, max_bytes: int) -> None:
        text = _("The file is larger than %(n)s.")
        super().__init__({"file": text % {"n": size_text(max_bytes)}})
        self.max_bytes = max_bytes


class ImportCancelled(Exception):  # noqa: N818 # somebody's wish, not an error
    """The import was to stop; nothing of it was kept."""


class BadRow(Exception):  # noqa: N818 # one row, which is reported, not an error of the program
    """One row cannot be taken; the message is the reason in the report."""


class Problems:
    """The refused rows: every one counted, the first ``limit`` kept in words."""

    def __init__(self, limit: int = 10_000) -> None:
        self.limit = limit
        self.kept: list[ImportProblem] = []
        self.n_total = 0

    def add(self, file: str, line_number: int, reason: str, excerpt: str | bytes = "") -> None:
        """Note a refused row."""
        self.n_total += 1
        if len(self.kept) < self.limit:
            self.kept.append(
                ImportProblem(
                    file=file[:100],
                    line_number=line_number,
                    reason=reason[:200],
                    excerpt=printable(excerpt),
                )
            )

    def first_in(self, file: str) -> str:
        """Return why the first refused row of a file was refused, as a sentence; else ""."""
        first = next((one for one in self.kept if one.file == file[:100]), None)
        return f" The first one is line {first.line_number}: {first.reason}." if first else ""


def printable(text: str | bytes) -> str:
    """Return the beginning of a row as a person can read it and a database can store it."""
    text = text[:EXCERPT_CHARACTERS]
    if isinstance(text, bytes):
        text = text.decode(errors="backslashreplace")
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return shown[:EXCERPT_CHARACTERS]

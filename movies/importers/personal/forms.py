"""Files that people send although nothing can be read in them, known by their first bytes."""

from typing import Final

from django.utils.translation import gettext_noop

from movies.importers.errors import ImportFailed
from movies.importers.personal.files import ZIP_START, Member, Upload

_EXCEL: Final = gettext_noop(
    "%(name)s is an Excel workbook. Save the table as CSV and choose that file."
)
_OPEN_DOCUMENT: Final = gettext_noop(
    "%(name)s is an OpenDocument spreadsheet. Save the table as CSV and choose that file."
)
_NUMBERS: Final = gettext_noop(
    "%(name)s is a Numbers document. Export the table as CSV and choose that file."
)
_OFFICE: Final = gettext_noop(
    "%(name)s is a document of an old Office program. Save the table as CSV and choose that file."
)
_TEXT_DOCUMENT: Final = gettext_noop(
    "%(name)s is a text document. Choose the site's own export, or save a table as CSV."
)
_PDF: Final = gettext_noop(
    "%(name)s is a PDF. Choose the site's own export, or save a table as CSV."
)
_PAGE: Final = gettext_noop(
    "%(name)s is a web page. Choose the site's own export, or save a table as CSV."
)
_PICTURE: Final = gettext_noop(
    "%(name)s is a picture. Choose the site's own export, or save a table as CSV."
)
_VIDEO: Final = gettext_noop(
    "%(name)s is a video or a sound. Choose the site's own export, or save a table as CSV."
)
_ARCHIVE: Final = gettext_noop(
    "%(name)s is an archive that is no zip. Unpack it and choose the file in it, or pack it as zip."
)
_ZIP_IN_ZIP: Final = gettext_noop("%(name)s is a zip in a zip. Unpack it and choose the inner one.")
_DATABASE: Final = gettext_noop(
    "%(name)s is a database. Export the table as CSV and choose that file."
)
TEXTS: Final = (
    *(_EXCEL, _OPEN_DOCUMENT, _NUMBERS, _OFFICE, _TEXT_DOCUMENT, _PDF, _PAGE, _PICTURE, _VIDEO),
    *(_ARCHIVE, _ZIP_IN_ZIP, _DATABASE),
)
"""What each of these files is, and what to do instead."""
_STARTS: Final = {
    b"%PDF-": _PDF,
    b"{\\rtf": _TEXT_DOCUMENT,
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": _OFFICE,
    b"\x89PNG\r\n": _PICTURE,
    b"\xff\xd8\xff": _PICTURE,
    b"GIF8": _PICTURE,
    b"BM": _PICTURE,
    b"II*\0": _PICTURE,
    b"MM\0*": _PICTURE,
    b"ID3": _VIDEO,
    b"\x1aE\xdf\xa3": _VIDEO,
    b"Rar!\x1a\x07": _ARCHIVE,
    b"7z\xbc\xaf'\x1c": _ARCHIVE,
    b"\x1f\x8b": _ARCHIVE,
    b"BZh": _ARCHIVE,
    b"\xfd7zXZ\0": _ARCHIVE,
    b"\x28\xb5\x2f\xfd": _ARCHIVE,
    b"SQLite format 3\0": _DATABASE,
}
"""The first bytes of forms that have them."""
_TAR: Final = b"ustar"
_TAR_AT: Final = 257
"""Where a tar archive says what it is."""
_SHORTEST_SURE: Final = 4
"""Shorter first bytes, such as those of a bitmap, may also begin a text."""
_BOXES: Final = {b"heic": _PICTURE, b"heix": _PICTURE, b"mif1": _PICTURE, b"avif": _PICTURE}
"""Pictures among the files that begin with a box ``ftyp``; the others are videos."""
_PAGE_STARTS: Final = ("<!doctype html", "<html", "<head", "<body")
_MIME_STARTS: Final = ("mime-version:", "from: <saved by")
_PARTS: Final = {
    "xl/": _EXCEL,
    "word/": _TEXT_DOCUMENT,
    "ppt/": _TEXT_DOCUMENT,
    "Index/Document.iwa": _NUMBERS,
    "Index.zip": _NUMBERS,
}
"""Parts of a zip that is a document."""
_INNER: Final = {
    b"xl/workbook": _EXCEL,
    b"opendocument.spreadsheet": _OPEN_DOCUMENT,
    b"Document.iwa": _NUMBERS,
    b"word/": _TEXT_DOCUMENT,
}
"""Names in the bytes of a document that lies in a zip."""
_OPEN_DOCUMENTS: Final = {
    b"application/vnd.oasis.opendocument.spreadsheet": _OPEN_DOCUMENT,
    b"application/vnd.oasis.opendocument": _TEXT_DOCUMENT,
}


def require_readable(upload: Upload) -> None:
    """Refuse a document, a picture, an archive or a web page by its name.

    A zip is refused if it is a document itself, or if there is nothing else in it.

    Raises
    ------
    ImportFailed
        With what the file is, and what to choose instead.

    """
    if text := _of_parts(upload):
        raise ImportFailed(text % {"name": upload.name})
    forms = {member.path: form_of(member) for member in upload.members}
    if forms and all(forms.values()):
        path, text = next(iter(forms.items()))
        raise ImportFailed(text % {"name": path})


def form_of(member: Member) -> str:
    """Return what a file is in which nothing can be read; an empty text if it may be readable."""
    head = member.head
    if head.startswith(ZIP_START):
        return next((text for mark, text in _INNER.items() if mark in head), _ZIP_IN_ZIP)
    for start, text in _STARTS.items():
        is_binary = b"\0" in head or len(start) >= _SHORTEST_SURE or start[0] >= 0x80
        if head.startswith(start) and is_binary:
            return text
    if head[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR:
        return _ARCHIVE
    if head[4:8] == b"ftyp":
        return _BOXES.get(head[8:12], _VIDEO)
    if head.startswith(b"RIFF"):
        return _PICTURE if head[8:12] == b"WEBP" else _VIDEO
    text = member.head_text[:2_000].lstrip().casefold()
    while text.startswith("<!--"):  # how browsers note from where they saved a page
        text = text.partition("-->")[2].lstrip()
    return _PAGE if text.startswith((*_PAGE_STARTS, *_MIME_STARTS)) else ""


def _of_parts(upload: Upload) -> str:
    """Return which document a zip is by the names of its parts; an empty text if it is none."""
    by_path = {member.path: member for member in upload.members}
    if kind := by_path.get("mimetype"):
        return next((text for mark, text in _OPEN_DOCUMENTS.items() if mark in kind.head), "")
    is_office = "[Content_Types].xml" in by_path
    return next(
        (
            text
            for part, text in _PARTS.items()
            if any(path.startswith(part) for path in by_path) and (is_office or text is _NUMBERS)
        ),
        "",
    )

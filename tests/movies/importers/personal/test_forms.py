"""Files in which nothing can be read are called what they are, with what to choose instead."""

import io
import zipfile
from pathlib import Path

import pytest

from movies.importers.errors import ImportFailed
from movies.importers.personal.files import Upload
from movies.importers.personal.forms import require_readable
from tests.movies.importers.personal import exports


def zipped(*names: str, mimetype: str = "") -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype)
        for name in names:
            archive.writestr(name, b"<xml/>" if name.endswith("l") else b"\0\1\2\3")
    return content.getvalue()


OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
PAGE = "<html><body><table><tr><td>Alien</td><td>1979</td></tr></table>"
EXCEL = zipped("[Content_Types].xml", "docProps/app.xml", "xl/workbook.xml")
FILES = {
    "films.xlsx": (EXCEL, "an Excel workbook. Save the table as CSV and choose that file."),
    "films.ods": (
        zipped("content.xml", mimetype=f"{OPEN_DOCUMENT}spreadsheet"),
        "an OpenDocument spreadsheet. Save the table as CSV",
    ),
    "films.odt": (zipped("content.xml", mimetype=f"{OPEN_DOCUMENT}text"), "a text document"),
    "films.docx": (zipped("[Content_Types].xml", "word/document.xml"), "a text document"),
    "films.numbers": (
        zipped("Index/Document.iwa", "Metadata/Properties.plist"),
        "a Numbers document. Export the table as CSV",
    ),
    "films.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "an old Office program"),
    "films.pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj, 2, 3", "a PDF. Choose the site's own"),
    "films.rtf": (b"{\\rtf1\\ansi, a, b}", "a text document"),
    "films.html": (f"<!DOCTYPE html>\n{PAGE}".encode(), "a web page"),
    "saved.htm": (f"<!-- saved from url=(0014) -->\n{PAGE}".encode("utf-16"), "a web page"),
    "saved.mht": (b"From: <Saved by Blink>\r\nSnapshot-Content-Location: x", "a web page"),
    "photo.jpg": (b"\xff\xd8\xff\xe0" + bytes(99), "a picture"),
    "photo.png": (b"\x89PNG\r\n\x1a\n" + bytes(99), "a picture"),
    "photo.heic": (b"\0\0\0\x18ftypheic" + bytes(99), "a picture"),
    "photo.webp": (b"RIFF\0\0\0\0WEBPVP8 " + bytes(99), "a picture"),
    "film.mp4": (b"\0\0\0\x18ftypmp42" + bytes(99), "a video or a sound"),
    "films.rar": (b"Rar!\x1a\x07\x01\0" + bytes(99), "an archive that is no zip. Unpack it"),
    "films.7z": (b"7z\xbc\xaf'\x1c\0\4" + bytes(99), "an archive that is no zip. Unpack it"),
    "films.tar": (
        b"ratings.csv".ljust(257, b"\0") + b"ustar\0" + bytes(99),
        "an archive that is no zip. Unpack it",
    ),
    "films.tar.gz": (b"\x1f\x8b\x08\0" + bytes(99), "an archive that is no zip. Unpack it"),
    "library.db": (b"SQLite format 3\0" + bytes(99), "a database. Export the table as CSV"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_called_what_it_is_whatever_its_name(tmp_path: Path, name: str):
    content, what = FILES[name]
    for written in (name, "ratings.csv"):
        path = tmp_path / written
        path.write_bytes(content)
        with pytest.raises(ImportFailed, match=f"^{written} is .*{what}"):
            require_readable(Upload.open(path))


def test_a_zip_with_nothing_else_in_it_names_its_first_file(tmp_path: Path):
    path = exports.write_zip(tmp_path / "films.zip", {"films.xlsx": EXCEL, "a.pdf": b"%PDF-1.7\n"})
    with pytest.raises(ImportFailed, match=r"films.xlsx is an Excel workbook"):
        require_readable(Upload.open(path))
    inner = (exports.write_zip(tmp_path / "inner.zip", exports.LETTERBOXD)).read_bytes()
    path = exports.write_zip(tmp_path / "outer.zip", {"letterboxd.zip": inner})
    with pytest.raises(ImportFailed, match=r"letterboxd.zip is a zip in a zip. Unpack it"):
        require_readable(Upload.open(path))


def test_a_picture_beside_a_table_does_not_matter(tmp_path: Path):
    photo, _what = FILES["photo.jpg"]
    files: dict[str, str | bytes] = {"me.jpg": photo, **exports.LETTERBOXD}
    require_readable(Upload.open(exports.write_zip(tmp_path / "films.zip", files)))


@pytest.mark.parametrize("first", ["BM", "ID3", "BZh", "GIF", "from: here", "<MediaContainer/>"])
def test_a_text_that_begins_like_one_of_them_is_read(tmp_path: Path, first: str):
    path = tmp_path / "films.csv"
    path.write_text(f"{first},1979,4\nAlien,1979,4\n")
    require_readable(Upload.open(path))

import gzip
import tracemalloc
import zipfile

import pytest

from movies.importers.errors import ImportFailed, Problems, printable
from movies.importers.files import MAX_LINE_BYTES, SourceFile, open_file, open_source

MIB = 1024 * 1024


def lines_of(path, content: bytes):
    (path / "x.csv").write_bytes(content)
    return list(open_source(path).files["x.csv"].lines())


def test_lines_are_numbered_from_one_and_tell_how_much_is_read(tmp_path):
    lines = lines_of(tmp_path, b"one\r\n\ntwo")
    assert [(line.number, line.content, line.end) for line in lines] == [
        (1, b"one", 5),
        (2, b"", 6),
        (3, b"two", 9),
    ]


@pytest.mark.parametrize("extra", [-1, 0, 1, MAX_LINE_BYTES])
def test_a_line_that_is_too_long_is_cut_and_the_next_one_is_whole(tmp_path, extra):
    long = b"x" * (MAX_LINE_BYTES + extra)
    first, second = lines_of(tmp_path, long + b"\nnext\n")
    assert first.is_too_long == (extra >= 0)
    assert first.content == long[:MAX_LINE_BYTES]
    assert (second.number, second.content, second.is_too_long) == (2, b"next", False)


def test_a_line_of_200_megabytes_is_passed_over_in_little_memory(tmp_path):
    with (tmp_path / "x.csv").open("wb") as file:
        file.truncate(200 * MIB)
    file = open_source(tmp_path).files["x.csv"]
    tracemalloc.start()
    [line] = file.lines()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert line.is_too_long
    assert line.end == 200 * MIB
    assert peak < 2 * MIB


def test_a_folder_in_a_zip_does_not_matter(tmp_path):
    path = tmp_path / "ml-made.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ml-made/x.csv", "one\n")
        archive.writestr("__MACOSX/ml-made/x.csv", "rubbish")
    source = open_source(path)
    assert source.name == "ml-made"
    assert [line.content for line in source.files["x.csv"].lines()] == [b"one"]


def test_an_empty_file_is_said_to_be_empty(tmp_path):
    with pytest.raises(ImportFailed, match=r"x\.csv is empty"):
        lines_of(tmp_path, b"")


def test_what_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(ImportFailed, match="does not exist"):
        open_source(tmp_path / "nowhere")
    with pytest.raises(ImportFailed, match=r"movies\.csv is missing"):
        open_source(tmp_path).get("movies.csv")


def test_a_file_that_is_neither_folder_nor_zip_is_refused(tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text("userId")
    with pytest.raises(ImportFailed, match="neither a folder nor a zip"):
        open_source(path)


@pytest.mark.parametrize("position", [0.3, 0.6])
def test_a_damaged_zip_is_said_to_be_damaged(tmp_path, position):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.csv", "".join(f"{i * i}\n" for i in range(10_000)))
    content = bytearray(path.read_bytes())
    place = int(len(content) * position)
    content[place : place + 50] = b"\xff" * 50
    path.write_bytes(content)
    with pytest.raises(ImportFailed, match=r"x\.csv is damaged"):
        list(open_source(path).files["x.csv"].lines())


def test_an_encrypted_zip_is_said_to_be_locked(tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.csv", "one\n")
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the flag in the file's own header
    content[content.index(b"PK\x01\x02") + 8] |= 1  # and in the archive's list
    path.write_bytes(content)
    with pytest.raises(ImportFailed, match="encrypted"):
        list(open_source(path).files["x.csv"].lines())


def test_a_truncated_zip_is_refused(tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.csv", "one\n" * 100)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ImportFailed, match="neither a folder nor a zip"):
        open_source(path)


def test_a_file_that_may_not_be_read_is_said_so():
    def refuse():
        raise PermissionError(13, "Permission denied")

    with pytest.raises(ImportFailed, match=r"x\.csv cannot be read: Permission denied"):
        list(SourceFile("x.csv", 0, refuse).lines())


def test_every_problem_is_counted_and_the_first_are_kept():
    problems = Problems(limit=2)
    for number in range(5):
        problems.add("x.csv", number, "wrong")
    assert problems.n_total == 5
    assert [problem.line_number for problem in problems.kept] == [0, 1]


def test_an_excerpt_can_be_read_and_kept_whatever_the_bytes():
    assert printable(b"a\0b\xff\x1b[31m") == "a\ufffdb\\xff\ufffd[31m"
    assert len(printable(b"\xff" * 1000)) == 200


def test_a_packed_file_gives_no_more_than_it_may(tmp_path):
    path = tmp_path / "films.json.gz"
    with gzip.open(path, "wb") as target:
        target.write(b"a line\n" * 1000)
    assert len(list(open_file(path, 7000).lines())) == 1000
    with pytest.raises(ImportFailed, match="more than may be imported"):
        list(open_file(path, 6999).lines())

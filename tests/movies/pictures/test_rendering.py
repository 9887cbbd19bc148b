"""What is made of a picture."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from movies.pictures.download import PictureRefused
from movies.pictures.rendering import posters


def picture(width: int, height: int, kind: str = "JPEG", mode: str = "RGB") -> bytes:
    file = BytesIO()
    Image.effect_noise((width, height), 64).convert(mode).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize(
    ("size", "widths"),
    [
        ((1000, 1500), [200, 400, 780]),
        ((320, 480), [200, 320]),
        ((400, 600), [200, 400]),
        ((150, 225), [150]),
        ((900, 600), [200, 400]),  # wide: what is cropped is as wide as its height allows
        ((400, 2000), [200, 400]),
    ],
)
def test_posters_are_two_by_three_and_never_larger_than_the_original(size, widths):
    made = posters(picture(*size))
    assert list(made) == widths
    for width, content in made.items():
        poster = Image.open(BytesIO(content))
        assert (poster.format, poster.size) == ("WEBP", (width, round(width * 1.5)))


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("WEBP", "RGB"), ("JPEG", "L")]
)
def test_any_usual_kind_of_picture_is_taken(kind: str, mode: str):
    assert list(posters(picture(300, 450, kind, mode))) == [200, 300]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html>not a picture</html>",
        picture(300, 450)[:2000],
        picture(300, 450, "GIF"),
        picture(60, 90),
    ],
    ids=["empty", "svg", "page", "cut", "another kind", "tiny"],
)
def test_what_is_no_such_picture_is_refused(content: bytes):
    with pytest.raises(PictureRefused):
        posters(content)


def bomb(width: int, height: int) -> bytes:
    """Return a PNG whose header promises more pixels than anybody wants to unpack."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + crc

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [7_000, 12_000, 60_000])
def test_a_bomb_is_not_unpacked(side: int):
    with pytest.raises(PictureRefused, match="too many pixels"):
        posters(bomb(side, side))

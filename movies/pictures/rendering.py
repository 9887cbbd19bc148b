"""A picture made into posters: checked, cropped to two by three, in the widths that pages use.

Worker only. What a file is, its content says (not its name or its sender), and only three kinds
of decoder are ever asked.
"""

import warnings
from io import BytesIO
from typing import Final

from PIL import Image, ImageOps

from movies.pictures.download import PictureRefused
from movies.pictures.urls import WIDTHS, widths_up_to

FORMATS: Final = ("JPEG", "PNG", "WEBP")
MAX_PIXELS: Final = 40_000_000
"""More is no poster but a bomb: a small file that unpacks to gigabytes."""
MIN_WIDTH: Final = 100
QUALITY: Final = 80
"""Of WebP. AVIF of the same likeness (SSIM) was at most a fifth smaller at these widths, and took
three to ten times as long to write."""
CENTRING: Final = (0.5, 0.35)
"""What is cropped from a wide picture leaves the middle, from a high one rather its top: faces."""


def posters(content: bytes) -> dict[int, bytes]:
    """Width in pixels -> a WebP file of that width, half as high again.

    Raises
    ------
    PictureRefused
        It is no picture, a damaged one, or too small or too large a one.

    """
    image = _opened(content)
    # Never larger than the original: a browser enlarges as well as we do.
    widest = min(image.width, round(image.height * 2 / 3), WIDTHS[-1])
    if widest < MIN_WIDTH:
        raise PictureRefused(f"it is too small: {image.width} x {image.height}")
    return {width: _poster(image, width) for width in widths_up_to(widest)}


def _opened(content: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(BytesIO(content), formats=FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise PictureRefused(f"it has too many pixels: {image.width} x {image.height}")
        image.draft("RGB", (WIDTHS[-1] * 2, WIDTHS[-1] * 3))
        return _opaque(ImageOps.exif_transpose(image))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise PictureRefused("it has too many pixels") from error
    except (OSError, SyntaxError, ValueError) as error:  # what decoders raise of damage
        raise PictureRefused(f"it is no picture that can be read: {error}") from error


def _opaque(image: Image.Image) -> Image.Image:
    """In colour, on black where it was transparent."""
    return Image.alpha_composite(
        Image.new("RGBA", image.size, "black"), image.convert("RGBA")
    ).convert("RGB")


def _poster(image: Image.Image, width: int) -> bytes:
    size = (width, round(width * 3 / 2))
    poster = ImageOps.fit(image, size, Image.Resampling.LANCZOS, centering=CENTRING)
    file = BytesIO()
    poster.save(file, "WEBP", quality=QUALITY, method=4)
    return file.getvalue()

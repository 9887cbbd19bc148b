"""The encoding of texts that are not in Unicode: a guess, because nothing in such a file says it.

The person is told the guess with a sample (docs/adr/0057).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import chardet
from django.utils.translation import gettext_noop

READ_AS: Final = "read as "
"""How the note about a guess begins."""
LABELS: Final[Mapping[str, str]] = {
    "cp1252": gettext_noop("Western European (Windows-1252)"),
    "cp1250": gettext_noop("Central European (Windows-1250)"),
    "cp1251": gettext_noop("Cyrillic (Windows-1251)"),
    "cp1253": gettext_noop("Greek (Windows-1253)"),
    "cp1254": gettext_noop("Turkish (Windows-1254)"),
    "cp1257": gettext_noop("Baltic (Windows-1257)"),
    "cp1255": gettext_noop("Hebrew (Windows-1255)"),
    "cp1256": gettext_noop("Arabic (Windows-1256)"),
    "mac-roman": gettext_noop("Western European (Mac)"),
    "iso8859-2": gettext_noop("Central European (ISO 8859-2)"),
    "koi8-r": gettext_noop("Cyrillic (KOI8-R)"),
    "cp866": gettext_noop("Cyrillic (DOS)"),
    "cp850": gettext_noop("Western European (DOS)"),
    "cp874": gettext_noop("Thai (Windows-874)"),
    "shift_jis_2004": gettext_noop("Japanese (Shift JIS)"),
    "gb18030": gettext_noop("Chinese, simplified (GB 18030)"),
    "big5hkscs": gettext_noop("Chinese, traditional (Big5)"),
    "cp949": gettext_noop("Korean (EUC-KR)"),
    "euc_jis_2004": gettext_noop("Japanese (EUC-JP)"),
}
"""What may be guessed, by the codec's name, in words."""
N_SAMPLES: Final = 3
SAMPLE_CHARACTERS: Final = 40
_NEEDED: Final[Mapping[str, float]] = {"cp1252": 0.7, "mac-roman": 0.75, "cp850": 0.75}
"""What part of the best fit is enough for Western languages, by far the most frequent ones."""
_DELIMITER_BYTES: Final = re.compile(rb"[,;\t\r\n]")
"""What separates columns, without ``|``: that is a part of characters in Shift JIS as well."""
_DELIMITER: Final = re.compile(r"[,;\t|\r\n]")


def guessed(lines: Sequence[bytes]) -> str:
    """Return the encoding that fits lines with bytes above 127 best.

    Only values with such bytes are judged: the others say nothing about the encoding, and would
    make each one look like a language with few accents.

    >>> guessed(["Człowiek z żelaza".encode("cp1250")]), guessed(["À bout".encode("cp1252")])
    ('cp1250', 'cp1252')
    """
    values = (value for line in lines for value in _DELIMITER_BYTES.split(line))
    text = b"\n".join(value for value in values if not value.isascii())
    found = chardet.detect_all(
        text, ignore_threshold=True, include_encodings=LABELS, compat_names=False
    )
    fit = {one["encoding"]: one["confidence"] for one in found}
    fit |= {name: fit.get(name, 0) / needed for name, needed in _NEEDED.items()}
    return max(LABELS, key=lambda name: fit.get(name, 0))


def sample_of(lines: Sequence[bytes], encoding: str) -> str:
    """Return the first values that are not ASCII, as they look in an encoding.

    >>> sample_of(["Dług,1978,4".encode("cp1250")], "cp1250")
    'Dług'
    """
    words = [
        word.strip("\"' ")
        for line in lines
        for word in _DELIMITER.split(line.decode(encoding, "replace"))
        if not word.isascii()
    ]
    shown = [word[:SAMPLE_CHARACTERS] for word in dict.fromkeys(words)]
    return ", ".join(shown[:N_SAMPLES])

"""The encoding of texts that are not in Unicode: a guess by the letters of languages.

Nothing in such a file says its encoding. The guess is the encoding in which most lines consist of
letters of one language. The person is told the guess with a sample.
"""
# ruff: noqa: RUF001 # letters and signs of other scripts

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from django.utils.translation import gettext_noop

READ_AS: Final = "read as "
"""How the note about a guess begins."""
_CYRILLIC: Final = "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґўјљњћђџѓќѕ"
_LATIN_1: Final = (
    "àâæçéèêëîïôœùûüÿ",  # French
    "äöüß",  # German
    "áéíñóúü",  # Spanish
    "àèéìíòóùú",  # Italian
    "áàâãçéêíóôõúü",  # Portuguese
    "æøåäöéü",  # the Nordic languages
    "áéëïíóöúü",  # Dutch
)
_LATIN_2: Final = (
    "ąćęłńóśźż",  # Polish
    "áčďéěíňóřšťúůýž",  # Czech
    "áäčďéíľňóôšťúýž",  # Slovak
    "áéíóöőúüű",  # Hungarian
    "čćđšž",  # Croatian and its neighbours
)
LANGUAGES: Final[Mapping[str, Sequence[str]]] = {
    "cp1252": _LATIN_1,
    "cp1250": _LATIN_2,
    "cp1251": (_CYRILLIC,),
    "cp1253": ("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",),
    "cp1254": ("çğıiöşüâîû",),
    "cp1257": ("āčēģīķļņšūž", "ąčęėįšųūž", "äõöüšž"),
    "cp1255": ("".join(map(chr, range(0x05D0, 0x05EB))),),
    "cp1256": ("".join(map(chr, (*range(0x0621, 0x064B), *map(ord, "پچژگکی")))),),
    "mac_roman": _LATIN_1,
    "iso8859_2": _LATIN_2,
    "koi8_r": (_CYRILLIC,),
    "cp866": (_CYRILLIC,),
    "cp850": _LATIN_1,
    "cp874": ("".join(map(chr, (*range(0x0E01, 0x0E3B), *range(0x0E40, 0x0E4F)))),),
    "cp932": (),
    "euc_jp": (),
    "cp949": (),
    "gb18030": (),
    "big5": (),
}
"""Encodings that are tried, with the letters of their languages. Of two that fit alike the first
counts. Those without letters have too many: ``_COMMON`` tells the common ones."""
_RARE: Final[Mapping[str, Sequence[str]]] = {
    "cp1252": ("áðéíóúýþæö",),  # Icelandic
    "cp1250": ("ăâîşţ",),  # Romanian
}
"""Languages that only count if no other encoding fits."""
LABELS: Final[Mapping[str, str]] = {
    "cp1252": gettext_noop("Western European (Windows-1252)"),
    "cp1250": gettext_noop("Central European (Windows-1250)"),
    "cp1251": gettext_noop("Cyrillic (Windows-1251)"),
    "cp1253": gettext_noop("Greek (Windows-1253)"),
    "cp1254": gettext_noop("Turkish (Windows-1254)"),
    "cp1257": gettext_noop("Baltic (Windows-1257)"),
    "cp1255": gettext_noop("Hebrew (Windows-1255)"),
    "cp1256": gettext_noop("Arabic (Windows-1256)"),
    "mac_roman": gettext_noop("Western European (Mac)"),
    "iso8859_2": gettext_noop("Central European (ISO 8859-2)"),
    "koi8_r": gettext_noop("Cyrillic (KOI8-R)"),
    "cp866": gettext_noop("Cyrillic (DOS)"),
    "cp850": gettext_noop("Western European (DOS)"),
    "cp874": gettext_noop("Thai (Windows-874)"),
    "cp932": gettext_noop("Japanese (Shift JIS)"),
    "gb18030": gettext_noop("Chinese, simplified (GB 18030)"),
    "big5": gettext_noop("Chinese, traditional (Big5)"),
    "cp949": gettext_noop("Korean (EUC-KR)"),
    "euc_jp": gettext_noop("Japanese (EUC-JP)"),
}
_PUNCTUATION: Final = frozenset(
    "\N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}"
    "‘’‚“”„«»‹›–—…·•°ºª½¼¾№¿¡´×†、。・「」『』（）：！？，～ー"
)
"""Signs that say nothing about the language."""
_CASED: Final = frozenset({"cp1251", "cp1253", "koi8_r", "cp866"})
"""Encodings of two cases, in which most titles begin with a capital."""
_OF_OTHER_SCRIPTS: Final = _CASED | {"cp1255", "cp1256", "cp874"}
"""Encodings whose letters do not stand in one word with those of ASCII."""
_DELIMITER: Final = re.compile(r"[,;\t|\r\n]")
_WORD: Final = re.compile(r"[^\W\d_]+")
_BAD: Final = -3.0
_SECOND: Final = 0.3
N_SAMPLES: Final = 3
SAMPLE_CHARACTERS: Final = 40


def guessed(lines: Sequence[bytes]) -> str:
    """Return the encoding that fits lines with bytes above 127 best.

    >>> guessed(["Człowiek z żelaza".encode("cp1250")]), guessed(["À bout".encode("cp1252")])
    ('cp1250', 'cp1252')
    """
    return max(LANGUAGES, key=lambda encoding: _fit(encoding, lines))


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


def _fit(encoding: str, lines: Sequence[bytes]) -> float:
    """Return how well an encoding fits, 1 at best."""
    fits = [
        fit
        for line in lines
        if (fit := _fit_of_line(encoding, line.decode(encoding, "replace"))) is not None
    ]
    return sum(fits) / len(fits) if fits else 0.0


def _fit_of_line(encoding: str, text: str) -> float | None:
    """Return the mean fit of the letters of a line; None if there is no letter to judge."""
    signs = [c for c in text if not c.isascii() and c not in _PUNCTUATION]
    if not signs:
        return None
    n_bad = sum(map(_is_bad, signs))
    if common := _COMMON.get(encoding):
        total = sum(common(c) for c in signs if not _is_bad(c)) - _n_mixed(text)
    else:
        total = max(
            weight * sum(1 if c.lower() in letters or c == "İ" else -1 for c in signs)
            for weight, languages in ((1.0, LANGUAGES[encoding]), (0.9, _RARE.get(encoding, ())))
            for letters in languages
        )
        total -= _n_odd_capitals(text)
        total -= _n_mixed(text) if encoding in _OF_OTHER_SCRIPTS else 0
        is_lower = encoding in _CASED and not any(map(str.isupper, signs))
        total -= 0.2 * len(signs) if is_lower else 0
    return (total + _BAD * n_bad) / len(signs)


def _is_bad(c: str) -> bool:
    """Return whether no text has this character: a control, a private one, or none at all."""
    return c == "\N{REPLACEMENT CHARACTER}" or "\x7f" <= c <= "\x9f" or "\ue000" <= c <= "\uf8ff"


def _n_odd_capitals(text: str) -> int:
    """Return the number of capitals that are not ASCII, within words that have small letters."""
    words = (word for word in _WORD.findall(text) if not word.isupper())
    return sum(c.isupper() and not c.isascii() for word in words for c in word[1:])


def _n_mixed(text: str) -> int:
    """Return how often a letter of another script touches one of ASCII."""
    pairs = itertools.pairwise(text)
    return sum(a.isalpha() and b.isalpha() and a.isascii() != b.isascii() for a, b in pairs)


def _by_first_byte(codec: str, first: int, last: int) -> Callable[[str], float]:
    """Return the fit of a character by the first of its two bytes in a codec of common ones."""

    def fit(c: str) -> float:
        try:
            code = c.encode(codec)
        except UnicodeEncodeError:
            return -1
        if len(code) != 2 or not c.isalpha():
            return -1
        return 1 if first <= code[0] <= last else _SECOND if code[0] > last else -1

    return fit


_kanji: Final = _by_first_byte("euc_jp", 0xB0, 0xCF)


def _japanese(c: str) -> float:
    if "\u3041" <= c <= "\u30fe":
        return 1.2
    return 0.9 * _kanji(c)


_COMMON: Final[Mapping[str, Callable[[str], float]]] = {
    "cp932": _japanese,
    "euc_jp": _japanese,
    "gb18030": _by_first_byte("gb2312", 0xB0, 0xD7),
    "big5": _by_first_byte("big5", 0xA4, 0xC6),
    "cp949": lambda c: (
        1 if "가" <= c <= "힣" and _by_first_byte("euc_kr", 0xB0, 0xC8)(c) > 0 else -1
    ),
}
"""How common a character of an encoding of many characters is: 1, 0.3 or -1."""

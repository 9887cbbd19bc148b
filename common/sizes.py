"""Sizes of files in words, in the units in which limits are set."""

from django.utils.formats import number_format
from django.utils.translation import ngettext

_UNITS = (("GB", 10**9), ("MB", 10**6), ("kB", 10**3))


def size_text(n_bytes: int) -> str:
    """Return a size in powers of ten, with one decimal place where it is needed.

    >>> size_text(100_000_000), size_text(1_500_000_000), size_text(10)
    ('100 MB', '1.5 GB', '10 bytes')
    """
    for unit, n in _UNITS:
        if n_bytes >= n:
            value = round(n_bytes / n, 1)
            whole = value == int(value)
            return f"{number_format(value, 0 if whole else 1)} {unit}"
    return ngettext("%(n)s byte", "%(n)s bytes", n_bytes) % {"n": n_bytes}

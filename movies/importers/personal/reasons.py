"""Reasons of rows in the reader's language. The database and the API keep them in English."""

import re
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

_FIXED: Final = (
    gettext_noop("not in the catalogue"),
    gettext_noop("the years differ by one"),
    gettext_noop("the year is missing"),
    gettext_noop("the date is unknown"),
    gettext_noop("there is no rating"),
    gettext_noop("you gave no rating"),
    gettext_noop("neither rated nor watched"),
    gettext_noop("neither rated nor played"),
    gettext_noop("neither rated, watched nor on the list"),
    gettext_noop("neither id nor title"),
    gettext_noop("neither title nor id"),
    gettext_noop("the name of the film is missing"),
    gettext_noop("a home video, with neither id nor year"),
    gettext_noop("a list of your own is not imported"),
    gettext_noop("this is no entry"),
    gettext_noop("this is not a film"),
)
_WITH_VALUES: Final = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (r"(?P<n>\d+) films could be meant", gettext_noop("%(n)s films could be meant")),
        (
            r"not in the catalogue with the year (?P<year>\d+)",
            gettext_noop("not in the catalogue with the year %(year)s"),
        ),
        (
            r"(?P<value>.+) was rounded to (?P<stars>\S+) stars",
            gettext_noop("%(value)s was rounded to %(stars)s stars"),
        ),
        (
            r"the date (?P<value>.+) is impossible",
            gettext_noop("the date %(value)s is impossible"),
        ),
        (
            r"the date (?P<value>.+) is in the future",
            gettext_noop("the date %(value)s is in the future"),
        ),
        (
            r"the rating (?P<value>.+) is neither a thumb up nor a thumb down",
            gettext_noop("the rating %(value)s is neither a thumb up nor a thumb down"),
        ),
        (
            r"the rating (?P<value>.+) is not on the scale up to (?P<top>\S+)",
            gettext_noop("the rating %(value)s is not on the scale up to %(top)s"),
        ),
        (r"there is no list (?P<value>.+)", gettext_noop("there is no list %(value)s")),
        (r"(?:a )?(?P<what>.+) is not a film", gettext_noop("not a film but: %(what)s")),
    )
)


def reason_text(note: str) -> str:
    """Return the reasons of a row in the language of the moment; one that is not known stays.

    >>> reason_text("3 films could be meant; the date is unknown")
    '3 films could be meant; the date is unknown'
    """
    return "; ".join(map(_one, note.split("; "))) if note else ""


def _one(reason: str) -> str:
    if reason in _FIXED:
        return _(reason)
    for pattern, text in _WITH_VALUES:
        if match := pattern.fullmatch(reason):
            return _(text) % match.groupdict()
    return reason

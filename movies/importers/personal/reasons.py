"""Reasons of rows and of failed imports in the reader's language.

The database and the API keep them in English.
"""

import re
from collections.abc import Callable
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from movies.importers.personal import forms
from movies.importers.personal.encodings import LABELS

_FIXED: Final = (
    gettext_noop("not in the catalogue"),
    gettext_noop("the years differ by one"),
    gettext_noop("the id belongs to a film with another title"),
    gettext_noop("a number of TMDB without a title may be that of a series"),
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
    gettext_noop("the line is damaged: there is a NUL byte in it"),
    gettext_noop("the line is damaged: there is a byte in it that is no character"),
    gettext_noop("the line is damaged: a quotation mark is not closed"),
    gettext_noop("the line has more values than there are columns"),
    gettext_noop("the file breaks off in this line"),
    gettext_noop("the title is marked as a TV film or a short film"),
    gettext_noop("only the words in brackets are the title of a film"),
    gettext_noop("the words in brackets are no title of the film"),
    gettext_noop("the catalogue has the title in another form"),
    gettext_noop("the film is found without the number before the title"),
    gettext_noop("another film of this title and year is in the file"),
    gettext_noop("the watchlist must be called watchlist.json"),
    gettext_noop("this is not a film"),
    gettext_noop("a like counts as seen"),
    gettext_noop("the line is a heading or a comment"),
    gettext_noop("the box of the line is not ticked"),
    gettext_noop("an anime may be a series: only the JSON backup tells"),
)
_WITH_VALUES: Final = (
    (
        r"not in the catalogue with the year (?P<year>\d+)",
        gettext_noop("not in the catalogue with the year %(year)s"),
    ),
    (
        r"the date (?P<value>.+) is impossible",
        gettext_noop("the date %(value)s is impossible"),
    ),
    (
        r"the date (?P<value>.+) is not understood",
        gettext_noop("the date %(value)s is not understood"),
    ),
    (
        r"the date (?P<value>.+) could mean several days",
        gettext_noop("the date %(value)s could mean several days"),
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
    (
        r"the rating (?P<value>.+) is not among the grades from 1 to 6",
        gettext_noop("the rating %(value)s is not among the grades from 1 to 6"),
    ),
    (
        r"the rating (?P<value>.+) is not among the grades from A\+ to F",
        gettext_noop("the rating %(value)s is not among the grades from A+ to F"),
    ),
    (
        r"read as (?P<encoding>.+?): (?P<sample>.+)",
        gettext_noop("read as %(encoding)s: %(sample)s"),
    ),
    (
        r"a file of (?P<site>.+), which can be brought by itself",
        gettext_noop("a file of %(site)s, which can be brought by itself"),
    ),
    (
        r"the year (?P<value>.+) cannot be read",
        gettext_noop("the year %(value)s cannot be read"),
    ),
    (r"there is no list (?P<value>.+)", gettext_noop("there is no list %(value)s")),
    (r"(?:a )?(?P<what>.+) is not a film", gettext_noop("not a film but: %(what)s")),
)
_COUNTED: Final[tuple[tuple[str, Callable[[int], str]], ...]] = (
    (
        r"(?P<n>\d+) films could be meant",
        lambda n: ngettext("%(n)s film could be meant", "%(n)s films could be meant", n),
    ),
    (
        r"(?P<value>.+) was rounded to (?P<n>\S+) stars?",
        lambda n: ngettext(
            "%(value)s was rounded to %(n)s star", "%(value)s was rounded to %(n)s stars", n
        ),
    ),
    (
        r"a list of your own with (?P<n>[\d,]+) films? that is not imported",
        lambda n: ngettext(
            "a list of your own with %(n)s film that is not imported",
            "a list of your own with %(n)s films that is not imported",
            n,
        ),
    ),
    (
        r"a file with (?P<n>[\d,]+) (?:entry|entries) that is not imported",
        lambda n: ngettext(
            "a file with %(n)s entry that is not imported",
            "a file with %(n)s entries that is not imported",
            n,
        ),
    ),
)
_ERRORS: Final = (
    (
        (
            r"(?P<name>.+) is none of the exports that are known: (?P<known>.+), or a CSV table\. "
            r"If it is a list with one film in each line, write Title above it\."
        ),
        gettext_noop(
            "%(name)s is none of the exports that are known: %(known)s, or a CSV table. "
            "If it is a list with one film in each line, write Title above it."
        ),
    ),
    (
        r"(?P<name>.+) is none of the exports that are known: (?P<known>.+), or a CSV table\.",
        gettext_noop("%(name)s is none of the exports that are known: %(known)s, or a CSV table."),
    ),
    (r"There is no film in this file\.", gettext_noop("There is no film in this file.")),
    (
        r"(?P<name>.+) has column names but no rows\.",
        gettext_noop("%(name)s has column names but no rows."),
    ),
    (
        r"The file has more than (?P<n>\S+) rows?\.",
        gettext_noop("The file has more than %(n)s rows."),
    ),
    (
        r"There is no column (?P<column>.+) in this file\.",
        gettext_noop("There is no column %(column)s in this file."),
    ),
    (
        r"There is no field (?P<field>.+)\. Known are: (?P<known>.+)\.",
        gettext_noop("There is no field %(field)s. Known are: %(known)s."),
    ),
    (
        r"Say which column holds the title, or an id of IMDb or TMDB\.",
        gettext_noop("Say which column holds the title, or an id of IMDb or TMDB."),
    ),
    (
        r"Say which column holds your rating\.",
        gettext_noop("Say which column holds your rating."),
    ),
    (
        r"Films without ratings have neither a column of ratings nor a scale\.",
        gettext_noop("Films without ratings have neither a column of ratings nor a scale."),
    ),
    (
        r"Say which column holds the dates, or leave out their order\.",
        gettext_noop("Say which column holds the dates, or leave out their order."),
    ),
    (
        r"The dates in the column (?P<column>.+) need no order, or are in another one\.",
        gettext_noop("The dates in the column %(column)s need no order, or are in another one."),
    ),
    (
        r"Say on which scale your ratings are\.",
        gettext_noop("Say on which scale your ratings are."),
    ),
    (
        r"Say in which order day, month and year are in the column (?P<column>.+)\.",
        gettext_noop("Say in which order day, month and year are in the column %(column)s."),
    ),
    (
        r"Say of each of these types whether it is a film: (?P<values>.+)\.",
        gettext_noop("Say of each of these types whether it is a film: %(values)s."),
    ),
    (
        r"Nothing is asked about the type (?P<type>.+)\.",
        gettext_noop("Nothing is asked about the type %(type)s."),
    ),
    (
        r"There is no such choice of (?P<parameter>.+)\.",
        gettext_noop("There is no such choice of %(parameter)s."),
    ),
    (
        r"(?P<name>.+) declares a document type, which is not read\.",
        gettext_noop("%(name)s declares a document type, which is not read."),
    ),
    (
        r"(?P<name>.+) is damaged: it is not complete (?P<form>XML|JSON)\.",
        gettext_noop("%(name)s is damaged: it is not complete %(form)s."),
    ),
    (
        r"(?P<name>.+) is larger than (?P<n>\d+) MB\.",
        gettext_noop("%(name)s is larger than %(n)s MB."),
    ),
    (
        r"(?P<name>.+) is damaged in line (?P<n>\d+)\.",
        gettext_noop("%(name)s is damaged in line %(n)s."),
    ),
    (r"(?P<name>.+) is empty\.", gettext_noop("%(name)s is empty.")),
    (
        r"(?P<name>.+) has more than (?P<n>\S+) files\.",
        gettext_noop("%(name)s has more than %(n)s files."),
    ),
    (
        r"(?P<name>.+) unpacks to more than (?P<n>\S+) MB\.",
        gettext_noop("%(name)s unpacks to more than %(n)s MB."),
    ),
    (
        r"(?P<name>.+) unpacks to more than (?P<n>\S+) times its size\.",
        gettext_noop("%(name)s unpacks to more than %(n)s times its size."),
    ),
    (r"(?P<name>.+) has no file in it\.", gettext_noop("%(name)s has no file in it.")),
    (
        r"(?P<name>.+) is damaged: the zip is not complete\.",
        gettext_noop("%(name)s is damaged: the zip is not complete."),
    ),
    (
        r"(?P<name>.+) is encrypted with a password\.",
        gettext_noop("%(name)s is encrypted with a password."),
    ),
    (r"(?P<name>.+) is damaged\.", gettext_noop("%(name)s is damaged.")),
    (r"(?P<name>.+) cannot be read: .+", gettext_noop("%(name)s cannot be read.")),
    (r"Its worker died each time\.", gettext_noop("Its worker died each time.")),
    (
        r"The file was deleted because it was not used for a day\.",
        gettext_noop("The file was deleted because it was not used for a day."),
    ),
    (
        r"Something went wrong here\. Nothing was changed\.",
        gettext_noop("Something went wrong here. Nothing was changed."),
    ),
)
_FORMS: Final = tuple(
    (re.escape(text).replace(re.escape("%(name)s"), "(?P<name>.+)"), text) for text in forms.TEXTS
)
_LABELS: Final = (
    (r"column (?P<n>\d+)", gettext_noop("column %(n)s")),
    (r"column (?P<n>\d+) \(no name\)", gettext_noop("column %(n)s (no name)")),
    (r"(?P<name>.+) \(column (?P<n>\d+)\)", gettext_noop("%(name)s (column %(n)s)")),
)


def reason_text(note: str) -> str:
    """Return the reasons of a row in the language of the moment; one that is not known stays.

    >>> reason_text("3 films could be meant; the date is unknown")
    '3 films could be meant; the date is unknown'
    """
    return "; ".join(map(_one, note.split("; "))) if note else ""


def error_text(error: str) -> str:
    """Return why an import failed in the language of the moment; what is not known stays.

    >>> error_text("ratings.csv is damaged.")
    'ratings.csv is damaged.'
    """
    for pattern, text in (*_FORMS, *_ERRORS):
        if match := re.fullmatch(pattern, error, re.DOTALL):
            return _(text) % match.groupdict()
    return error


def label_text(label: str) -> str:
    """Return the label of a column in the language of the moment; its name in the file stays.

    >>> label_text("column 1 (no name)"), label_text("Titel")
    ('column 1 (no name)', 'Titel')
    """
    for pattern, text in _LABELS:
        if match := re.fullmatch(pattern, label, re.DOTALL):
            return _(text) % match.groupdict()
    return label


def _one(reason: str) -> str:
    if reason in _FIXED:
        return _(reason)
    for pattern, counted in _COUNTED:
        if match := re.fullmatch(pattern, reason):
            values = match.groupdict()
            return counted(1 if values["n"] == "1" else 2) % values
    for pattern, text in _WITH_VALUES:
        if match := re.fullmatch(pattern, reason):
            values = match.groupdict()
            if values.get("encoding") in LABELS.values():
                values["encoding"] = _(values["encoding"])
            return _(text) % values
    return error_text(reason)

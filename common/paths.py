"""How ids are written in paths."""

from django.urls.converters import IntConverter


class IdConverter(IntConverter):
    """An id in a path, written in one way: without leading zeros, with at most 18 digits.

    Every object has one address. Other spellings are no address of the site (404), and neither are
    numbers that no id in the database can be.
    """

    regex = "0|[1-9][0-9]{0,17}"

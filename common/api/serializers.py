"""Input that is taken as it stands: numbers are numbers, and nothing is ignored silently."""

import math
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from typing_extensions import override

_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,29}")
_FLOAT = re.compile(
    r"-?(?:(?:0|[1-9][0-9]{0,29})(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][-+]?[0-9]{1,3})?"
)
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})?)?"
)
_BOOLEANS = {"true": True, "false": False}

MAX_NAMED = 10
"""How many offenders an error names; a list of thousands helps nobody."""


def values_between_commas(texts: Iterable[str]) -> list[str]:
    """Return the values of a parameter that is repeated or has several between commas.

    Raises
    ------
    ValidationError
        One of them is empty: nobody can say what was meant.

    >>> values_between_commas(["Crime, Drama", "War"])
    ['Crime', 'Drama', 'War']
    """
    values = [value.strip(" ") for text in texts for value in str(text).split(",")]
    if "" in values:
        raise serializers.ValidationError(_("A value is empty. Leave it out."))
    return values


def not_known(name: str, known: Collection[str]) -> str:
    """Say that a word is not among the known ones, and which these are."""
    if not known:
        return _("“%(name)s” is not known: there is nothing of this kind yet.") % {"name": name}
    values = {"name": name, "known": ", ".join(known)}
    return _("“%(name)s” is not known. Known are: %(known)s.") % values


class StrictIntegerField(serializers.IntegerField):
    """A JSON number without a fraction, also spelt 1.0 or 1e0; strings and booleans are none."""

    @override
    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, float) and data.is_integer():
            data = int(data)
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class StrictFloatField(serializers.FloatField):
    """A finite JSON number; strings and booleans are none."""

    @override
    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        value = float(super().to_internal_value(data))
        if not math.isfinite(value):
            self.fail("invalid")
        return value


class StrictBooleanField(serializers.BooleanField):
    """A JSON boolean; neither a number nor a word."""

    @override
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictCharField(serializers.CharField):
    """A JSON string; a number is none."""

    @override
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class StrictChoiceField(serializers.ChoiceField):
    """One of several texts; a JSON value that is no string is none of them."""

    @override
    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            raise serializers.ValidationError(_("A JSON string is expected here."), "invalid")
        return super().to_internal_value(data)


class QueryIntegerField(serializers.IntegerField):
    """A whole number in a query or a form: ASCII digits, with a minus if need be."""

    @override
    def to_internal_value(self, data: Any) -> int:
        if not _INTEGER.fullmatch(str(data)):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class QueryFloatField(serializers.FloatField):
    """A number in a query: ASCII digits, with a point and an exponent if need be."""

    @override
    def to_internal_value(self, data: Any) -> float:
        if not _FLOAT.fullmatch(str(data)):
            self.fail("invalid")
        return float(super().to_internal_value(data))


class QueryBooleanField(serializers.BooleanField):
    """``true`` or ``false`` in a query or a form."""

    default_empty_html = serializers.empty  # DRF takes what is not named for false

    @override
    def to_internal_value(self, data: Any) -> bool:
        if data not in _BOOLEANS:
            self.fail("invalid", input=data)
        return _BOOLEANS[data]


class QueryListField(serializers.ListField):
    """Several values in a query: the parameter is repeated, or its values stand between commas.

    >>> QueryListField(child=QueryIntegerField()).to_internal_value(["1,2", "3"])
    [1, 2, 3]
    """

    @override
    def to_internal_value(self, data: Any) -> list[Any]:
        return list(super().to_internal_value(values_between_commas(data)))


class StrictDateTimeField(serializers.DateTimeField):
    """A time as RFC 3339 writes it; without an offset it is UTC, and a date alone is midnight.

    Fractions of a second are kept to the sixth digit.
    """

    @override
    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str) or not _TIME.fullmatch(value):
            self.fail("invalid", format="2014-04-05T15:27:00Z")
        time: datetime = super().to_internal_value(value.upper())
        return time


class QueryDateTimeField(StrictDateTimeField):
    """A time in a query, where a plus sign that is not encoded arrives as a space."""

    @override
    def to_internal_value(self, value: Any) -> datetime:
        start, space, offset = str(value).rpartition(" ")
        if space and "T" in start.upper() and _TIME.fullmatch(f"{start}+{offset}"):
            text = _("In an address, the + before an offset is written as %(code)s.")
            raise serializers.ValidationError(text % {"code": "%2B"})
        return super().to_internal_value(value)


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses keys it does not know: a typing error would otherwise be ignored silently."""

    @override
    def to_internal_value(self, data: Any) -> Any:
        unknown = self._unknown(data) if isinstance(data, Mapping) else {}
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if not unknown or not isinstance(error.detail, dict):
                raise
            raise serializers.ValidationError({**unknown, **error.detail}) from None
        if unknown:
            raise serializers.ValidationError(unknown)
        return values

    def _unknown(self, data: Mapping[Any, Any]) -> dict[str, list[str]]:
        names = sorted(set(map(str, data)) - set(self.fields))
        message = _("Unknown field. Known are: %(known)s.") % {"known": ", ".join(self.fields)}
        return {name: [message] for name in names[:MAX_NAMED]}

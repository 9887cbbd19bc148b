"""Input that is taken as it stands: numbers are numbers, and nothing is ignored silently."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from typing_extensions import override

MAX_NAMED = 10
"""How many offenders an error names; a list of thousands helps nobody."""


class StrictIntegerField(serializers.IntegerField):
    """A JSON integer; strings and booleans are none."""

    @override
    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses keys it does not know: a typing error would otherwise be ignored silently."""

    @override
    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = sorted(set(map(str, data)) - set(self.fields))
            if unknown:
                message = _("Unknown field. Known are: %(known)s.") % {
                    "known": ", ".join(self.fields)
                }
                raise serializers.ValidationError({key: [message] for key in unknown[:MAX_NAMED]})
        return super().to_internal_value(data)

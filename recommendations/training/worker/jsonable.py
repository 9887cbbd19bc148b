"""Numbers that PostgreSQL's JSON can hold."""

import math
from collections.abc import Mapping
from typing import Any


def jsonable(value: Any) -> Any:
    """Return the value with null in place of NaN and infinite numbers, at any depth.

    >>> jsonable({"loss": [0.5, float("nan")], "n": 3})
    {'loss': [0.5, None], 'n': 3}
    """
    if isinstance(value, Mapping):
        return {key: jsonable(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value

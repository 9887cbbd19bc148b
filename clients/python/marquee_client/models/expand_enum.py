from typing import Literal

ExpandEnum = Literal["movie"]

EXPAND_ENUM_VALUES: set[ExpandEnum] = {
    "movie",
}


def check_expand_enum(value: str) -> ExpandEnum:
    if value in EXPAND_ENUM_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {EXPAND_ENUM_VALUES!r}")

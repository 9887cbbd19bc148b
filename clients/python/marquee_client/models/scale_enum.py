from typing import Literal

ScaleEnum = Literal["10", "100", "5", "percent", "thumbs"]

SCALE_ENUM_VALUES: set[ScaleEnum] = {
    "10",
    "100",
    "5",
    "percent",
    "thumbs",
}


def check_scale_enum(value: str) -> ScaleEnum:
    if value in SCALE_ENUM_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SCALE_ENUM_VALUES!r}")

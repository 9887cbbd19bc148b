from typing import Literal

BecauseKindEnum = Literal["genre", "movies", "popular", "taste"]

BECAUSE_KIND_ENUM_VALUES: set[BecauseKindEnum] = {
    "genre",
    "movies",
    "popular",
    "taste",
}


def check_because_kind_enum(value: str) -> BecauseKindEnum:
    if value in BECAUSE_KIND_ENUM_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {BECAUSE_KIND_ENUM_VALUES!r}")

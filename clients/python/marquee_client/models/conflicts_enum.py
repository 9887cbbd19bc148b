from typing import Literal

ConflictsEnum = Literal["mine", "newer", "theirs"]

CONFLICTS_ENUM_VALUES: set[ConflictsEnum] = {
    "mine",
    "newer",
    "theirs",
}


def check_conflicts_enum(value: str) -> ConflictsEnum:
    if value in CONFLICTS_ENUM_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CONFLICTS_ENUM_VALUES!r}")

from typing import Literal

OutcomeEnum = Literal[
    "added",
    "changed",
    "declined",
    "kept",
    "left_out",
    "refused",
    "repeated",
    "same",
    "undone",
    "waiting",
]

OUTCOME_ENUM_VALUES: set[OutcomeEnum] = {
    "added",
    "changed",
    "declined",
    "kept",
    "left_out",
    "refused",
    "repeated",
    "same",
    "undone",
    "waiting",
}


def check_outcome_enum(value: str) -> OutcomeEnum:
    if value in OUTCOME_ENUM_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {OUTCOME_ENUM_VALUES!r}")

from typing import Literal, cast

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


def check_outcome_enum(value: str) -> OutcomeEnum:
    return cast(OutcomeEnum, value)

from typing import Literal, cast

ConfidenceEnum = Literal["chosen", "exact", "likely", "unmatched"]


def check_confidence_enum(value: str) -> ConfidenceEnum:
    return cast(ConfidenceEnum, value)

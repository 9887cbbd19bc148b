from typing import Literal, cast

ConflictsEnum = Literal["mine", "newer", "theirs"]


def check_conflicts_enum(value: str) -> ConflictsEnum:
    return cast(ConflictsEnum, value)

from typing import Literal, cast

ExpandEnum = Literal["movie"]


def check_expand_enum(value: str) -> ExpandEnum:
    return cast(ExpandEnum, value)

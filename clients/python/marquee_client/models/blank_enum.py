from typing import Literal, cast

BlankEnum = Literal[""]


def check_blank_enum(value: str) -> BlankEnum:
    return cast(BlankEnum, value)

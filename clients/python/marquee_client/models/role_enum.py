from typing import Literal, cast

RoleEnum = Literal["cast", "director", "writer"]


def check_role_enum(value: str) -> RoleEnum:
    return cast(RoleEnum, value)

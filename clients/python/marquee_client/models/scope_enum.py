from typing import Literal, cast

ScopeEnum = Literal["admin", "rate", "read"]


def check_scope_enum(value: str) -> ScopeEnum:
    return cast(ScopeEnum, value)

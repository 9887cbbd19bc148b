from typing import Literal

ScopeEnum = Literal["admin", "rate", "read"]

SCOPE_ENUM_VALUES: set[ScopeEnum] = {
    "admin",
    "rate",
    "read",
}


def check_scope_enum(value: str) -> ScopeEnum:
    if value in SCOPE_ENUM_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SCOPE_ENUM_VALUES!r}")

from typing import Literal

ListKindEnum = Literal["not_interested", "seen", "watch_later"]

LIST_KIND_ENUM_VALUES: set[ListKindEnum] = {
    "not_interested",
    "seen",
    "watch_later",
}


def check_list_kind_enum(value: str) -> ListKindEnum:
    if value in LIST_KIND_ENUM_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LIST_KIND_ENUM_VALUES!r}")

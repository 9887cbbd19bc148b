from typing import Literal

ListsAddKind = Literal["not_interested", "seen", "watch_later"]

LISTS_ADD_KIND_VALUES: set[ListsAddKind] = {
    "not_interested",
    "seen",
    "watch_later",
}


def check_lists_add_kind(value: str) -> ListsAddKind:
    if value in LISTS_ADD_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LISTS_ADD_KIND_VALUES!r}")

from typing import Literal

ListsListKind = Literal["not_interested", "seen", "watch_later"]

LISTS_LIST_KIND_VALUES: set[ListsListKind] = {
    "not_interested",
    "seen",
    "watch_later",
}


def check_lists_list_kind(value: str) -> ListsListKind:
    if value in LISTS_LIST_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LISTS_LIST_KIND_VALUES!r}")

from typing import Literal

ListsRemoveKind = Literal["not_interested", "seen", "watch_later"]

LISTS_REMOVE_KIND_VALUES: set[ListsRemoveKind] = {
    "not_interested",
    "seen",
    "watch_later",
}


def check_lists_remove_kind(value: str) -> ListsRemoveKind:
    if value in LISTS_REMOVE_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LISTS_REMOVE_KIND_VALUES!r}")

from typing import Literal

ListsRetrieveKind = Literal["not_interested", "seen", "watch_later"]

LISTS_RETRIEVE_KIND_VALUES: set[ListsRetrieveKind] = {
    "not_interested",
    "seen",
    "watch_later",
}


def check_lists_retrieve_kind(value: str) -> ListsRetrieveKind:
    if value in LISTS_RETRIEVE_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LISTS_RETRIEVE_KIND_VALUES!r}")

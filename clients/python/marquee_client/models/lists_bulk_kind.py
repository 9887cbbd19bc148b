from typing import Literal

ListsBulkKind = Literal["not_interested", "seen", "watch_later"]

LISTS_BULK_KIND_VALUES: set[ListsBulkKind] = {
    "not_interested",
    "seen",
    "watch_later",
}


def check_lists_bulk_kind(value: str) -> ListsBulkKind:
    if value in LISTS_BULK_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LISTS_BULK_KIND_VALUES!r}")

from typing import Literal, cast

ListsBulkKind = Literal["not_interested", "seen", "watch_later"]


def check_lists_bulk_kind(value: str) -> ListsBulkKind:
    return cast(ListsBulkKind, value)

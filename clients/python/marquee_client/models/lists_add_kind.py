from typing import Literal, cast

ListsAddKind = Literal["not_interested", "seen", "watch_later"]


def check_lists_add_kind(value: str) -> ListsAddKind:
    return cast(ListsAddKind, value)

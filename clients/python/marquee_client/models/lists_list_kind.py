from typing import Literal, cast

ListsListKind = Literal["not_interested", "seen", "watch_later"]


def check_lists_list_kind(value: str) -> ListsListKind:
    return cast(ListsListKind, value)

from typing import Literal, cast

ListsRemoveKind = Literal["not_interested", "seen", "watch_later"]


def check_lists_remove_kind(value: str) -> ListsRemoveKind:
    return cast(ListsRemoveKind, value)

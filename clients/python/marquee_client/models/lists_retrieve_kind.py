from typing import Literal, cast

ListsRetrieveKind = Literal["not_interested", "seen", "watch_later"]


def check_lists_retrieve_kind(value: str) -> ListsRetrieveKind:
    return cast(ListsRetrieveKind, value)

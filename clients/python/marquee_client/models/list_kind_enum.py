from typing import Literal, cast

ListKindEnum = Literal["not_interested", "seen", "watch_later"]


def check_list_kind_enum(value: str) -> ListKindEnum:
    return cast(ListKindEnum, value)

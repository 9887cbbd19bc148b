from typing import Literal, cast

BecauseKindEnum = Literal["country", "genre", "movies", "popular", "taste"]


def check_because_kind_enum(value: str) -> BecauseKindEnum:
    return cast(BecauseKindEnum, value)

from typing import Literal, cast

TokenKindEnum = Literal["oauth", "personal"]


def check_token_kind_enum(value: str) -> TokenKindEnum:
    return cast(TokenKindEnum, value)

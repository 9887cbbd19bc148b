from typing import Literal, cast

MeImportsRowsExpandItem = Literal["movie"]


def check_me_imports_rows_expand_item(value: str) -> MeImportsRowsExpandItem:
    return cast(MeImportsRowsExpandItem, value)

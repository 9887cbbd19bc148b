from typing import Literal

MeImportsRowsExpandItem = Literal["movie"]

ME_IMPORTS_ROWS_EXPAND_ITEM_VALUES: set[MeImportsRowsExpandItem] = {
    "movie",
}


def check_me_imports_rows_expand_item(value: str) -> MeImportsRowsExpandItem:
    if value in ME_IMPORTS_ROWS_EXPAND_ITEM_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {ME_IMPORTS_ROWS_EXPAND_ITEM_VALUES!r}"
    )

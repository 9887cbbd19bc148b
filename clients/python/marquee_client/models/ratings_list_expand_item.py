from typing import Literal

RatingsListExpandItem = Literal["movie"]

RATINGS_LIST_EXPAND_ITEM_VALUES: set[RatingsListExpandItem] = {
    "movie",
}


def check_ratings_list_expand_item(value: str) -> RatingsListExpandItem:
    if value in RATINGS_LIST_EXPAND_ITEM_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {RATINGS_LIST_EXPAND_ITEM_VALUES!r}"
    )

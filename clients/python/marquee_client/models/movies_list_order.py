from typing import Literal

MoviesListOrder = Literal["best", "id", "newest", "popular", "title"]

MOVIES_LIST_ORDER_VALUES: set[MoviesListOrder] = {
    "best",
    "id",
    "newest",
    "popular",
    "title",
}


def check_movies_list_order(value: str) -> MoviesListOrder:
    if value in MOVIES_LIST_ORDER_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {MOVIES_LIST_ORDER_VALUES!r}")

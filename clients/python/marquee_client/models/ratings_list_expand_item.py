from typing import Literal, cast

RatingsListExpandItem = Literal["movie"]


def check_ratings_list_expand_item(value: str) -> RatingsListExpandItem:
    return cast(RatingsListExpandItem, value)

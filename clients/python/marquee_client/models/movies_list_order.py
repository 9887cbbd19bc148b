from typing import Literal, cast

MoviesListOrder = Literal["best", "id", "newest", "popular", "title"]


def check_movies_list_order(value: str) -> MoviesListOrder:
    return cast(MoviesListOrder, value)

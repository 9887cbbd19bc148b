from typing import Literal

RecommendationsRetrieveExpandItem = Literal["movie"]

RECOMMENDATIONS_RETRIEVE_EXPAND_ITEM_VALUES: set[RecommendationsRetrieveExpandItem] = {
    "movie",
}


def check_recommendations_retrieve_expand_item(value: str) -> RecommendationsRetrieveExpandItem:
    if value in RECOMMENDATIONS_RETRIEVE_EXPAND_ITEM_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {RECOMMENDATIONS_RETRIEVE_EXPAND_ITEM_VALUES!r}"
    )

from typing import Literal, cast

RecommendationsRetrieveExpandItem = Literal["movie"]


def check_recommendations_retrieve_expand_item(value: str) -> RecommendationsRetrieveExpandItem:
    return cast(RecommendationsRetrieveExpandItem, value)

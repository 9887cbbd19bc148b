from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.new_rating_request import NewRatingRequest


T = TypeVar("T", bound="BulkRatingsRequest")


@_attrs_define
class BulkRatingsRequest:
    """Up to a thousand ratings, each answered by itself."""

    ratings: list[NewRatingRequest]
    """ Ratings of films, one object for each film. """

    def to_dict(self) -> dict[str, Any]:
        ratings = []
        for ratings_item_data in self.ratings:
            ratings_item = ratings_item_data.to_dict()
            ratings.append(ratings_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "ratings": ratings,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.new_rating_request import NewRatingRequest  # noqa: PLC0415

        d = dict(src_dict)
        ratings = []
        _ratings = d.pop("ratings")
        for ratings_item_data in _ratings:
            ratings_item = NewRatingRequest.from_dict(ratings_item_data)

            ratings.append(ratings_item)

        bulk_ratings_request = cls(
            ratings=ratings,
        )

        return bulk_ratings_request

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="OwnRating")


@_attrs_define
class OwnRating:
    """One's rating of a film."""

    movie_id: int
    """ Number of the film on this site. """
    stars: float
    """ From half a star to five stars, in halves. """
    rated_at: datetime.datetime
    """ Time at which the film was rated. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        movie_id = self.movie_id

        stars = self.stars

        rated_at = self.rated_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "movie_id": movie_id,
                "stars": stars,
                "rated_at": rated_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        movie_id = d.pop("movie_id")

        stars = d.pop("stars")

        rated_at = datetime.datetime.fromisoformat(d.pop("rated_at"))

        own_rating = cls(
            movie_id=movie_id,
            stars=stars,
            rated_at=rated_at,
        )

        own_rating.additional_properties = d
        return own_rating

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties

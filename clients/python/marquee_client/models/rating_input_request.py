from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="RatingInputRequest")


@_attrs_define
class RatingInputRequest:
    """A film and how much one likes it."""

    stars: float
    """ From half a star to five stars, in halves. """
    movie_id: int
    """ Number of the film on this site. """

    def to_dict(self) -> dict[str, Any]:
        stars = self.stars

        movie_id = self.movie_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "stars": stars,
                "movie_id": movie_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        stars = d.pop("stars")

        movie_id = d.pop("movie_id")

        rating_input_request = cls(
            stars=stars,
            movie_id=movie_id,
        )

        return rating_input_request

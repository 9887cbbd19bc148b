from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.movie_brief import MovieBrief


T = TypeVar("T", bound="ListedRating")


@_attrs_define
class ListedRating:
    """One's rating of a film in a list, with the film if it is asked for."""

    movie_id: int
    """ Number of the film on this site. """
    stars: float
    """ From half a star to five stars, in halves. """
    rated_at: datetime.datetime
    """ Time at which the film was rated. """
    movie: MovieBrief | Unset = UNSET
    """ A film inside other answers: what shows it and names it on other sites.

    Nothing in it changes when somebody rates. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        movie_id = self.movie_id

        stars = self.stars

        rated_at = self.rated_at.isoformat()

        movie: dict[str, Any] | Unset = UNSET
        if not isinstance(self.movie, Unset):
            movie = self.movie.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "movie_id": movie_id,
                "stars": stars,
                "rated_at": rated_at,
            }
        )
        if movie is not UNSET:
            field_dict["movie"] = movie

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.movie_brief import MovieBrief  # noqa: PLC0415

        d = dict(src_dict)
        movie_id = d.pop("movie_id")

        stars = d.pop("stars")

        rated_at = datetime.datetime.fromisoformat(d.pop("rated_at"))

        _movie = d.pop("movie", UNSET)
        movie: MovieBrief | Unset
        if isinstance(_movie, Unset):
            movie = UNSET
        else:
            movie = MovieBrief.from_dict(_movie)

        listed_rating = cls(
            movie_id=movie_id,
            stars=stars,
            rated_at=rated_at,
            movie=movie,
        )

        listed_rating.additional_properties = d
        return listed_rating

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

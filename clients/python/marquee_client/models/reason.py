from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.movie_brief import MovieBrief


T = TypeVar("T", bound="Reason")


@_attrs_define
class Reason:
    """A rated film and how much it raised the score."""

    movie_id: int
    """ A film that was rated. """
    contribution: float
    """ The score with this rating minus the score without it. """
    movie: MovieBrief | Unset = UNSET
    """ A film inside other answers: what shows it and names it on other sites.

    Nothing in it changes when somebody rates. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        movie_id = self.movie_id

        contribution = self.contribution

        movie: dict[str, Any] | Unset = UNSET
        if not isinstance(self.movie, Unset):
            movie = self.movie.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "movie_id": movie_id,
                "contribution": contribution,
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

        contribution = d.pop("contribution")

        _movie = d.pop("movie", UNSET)
        movie: MovieBrief | Unset
        if isinstance(_movie, Unset):
            movie = UNSET
        else:
            movie = MovieBrief.from_dict(_movie)

        reason = cls(
            movie_id=movie_id,
            contribution=contribution,
            movie=movie,
        )

        reason.additional_properties = d
        return reason

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

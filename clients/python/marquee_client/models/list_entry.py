from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.list_kind_enum import ListKindEnum, check_list_kind_enum

if TYPE_CHECKING:
    from ..models.movie_brief import MovieBrief


T = TypeVar("T", bound="ListEntry")


@_attrs_define
class ListEntry:
    """A film on a list."""

    list_: ListKindEnum
    """ * `watch_later` - Watch later
    * `not_interested` - Not interested
    * `seen` - Seen """
    movie: MovieBrief
    """ A film inside other answers: what shows it and names it on other sites.

    Nothing in it changes when somebody rates. """
    added_at: datetime.datetime
    """ When it was put on the list. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        list_: str = self.list_

        movie = self.movie.to_dict()

        added_at = self.added_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "list": list_,
                "movie": movie,
                "added_at": added_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.movie_brief import MovieBrief  # noqa: PLC0415

        d = dict(src_dict)
        list_ = check_list_kind_enum(d.pop("list"))

        movie = MovieBrief.from_dict(d.pop("movie"))

        added_at = datetime.datetime.fromisoformat(d.pop("added_at"))

        list_entry = cls(
            list_=list_,
            movie=movie,
            added_at=added_at,
        )

        list_entry.additional_properties = d
        return list_entry

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

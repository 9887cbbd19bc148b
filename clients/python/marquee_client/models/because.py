from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.because_kind_enum import BecauseKindEnum, check_because_kind_enum

T = TypeVar("T", bound="Because")


@_attrs_define
class Because:
    """What mostly explains a recommendation."""

    kind: BecauseKindEnum
    """ * `movies` - movies
    * `genre` - genre
    * `country` - country
    * `taste` - taste
    * `popular` - popular """
    genre: None | str
    """ The genre, where that is the reason. """
    country: None | str
    """ The country, where that is the reason. """
    share: float
    """ Share of the personal part of the score that the reason carries, 0 to 1. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kind: str = self.kind

        genre: None | str
        genre = self.genre

        country: None | str
        country = self.country

        share = self.share

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
                "genre": genre,
                "country": country,
                "share": share,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        kind = check_because_kind_enum(d.pop("kind"))

        def _parse_genre(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        genre = _parse_genre(d.pop("genre"))

        def _parse_country(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        country = _parse_country(d.pop("country"))

        share = d.pop("share")

        because = cls(
            kind=kind,
            genre=genre,
            country=country,
            share=share,
        )

        because.additional_properties = d
        return because

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

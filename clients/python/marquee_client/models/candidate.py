from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Candidate")


@_attrs_define
class Candidate:
    """A film that a row could mean, with what tells it from the others."""

    id: int
    """ Number of this object on this site. """
    title: str
    """ Title of the film. """
    genres: list[str]
    """ Names of the film's genres. """
    poster_url: str
    """ Where its poster is, with the host that this request came to. """
    directors: str
    """ Names of its directors, separated by commas. """
    year: int | None | Unset = UNSET
    """ Year of the first release; null if unknown. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        title = self.title

        genres = self.genres

        poster_url = self.poster_url

        directors = self.directors

        year: int | None | Unset
        if isinstance(self.year, Unset):
            year = UNSET
        else:
            year = self.year

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "title": title,
                "genres": genres,
                "poster_url": poster_url,
                "directors": directors,
            }
        )
        if year is not UNSET:
            field_dict["year"] = year

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        title = d.pop("title")

        genres = cast(list[str], d.pop("genres"))

        poster_url = d.pop("poster_url")

        directors = d.pop("directors")

        def _parse_year(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        year = _parse_year(d.pop("year", UNSET))

        candidate = cls(
            id=id,
            title=title,
            genres=genres,
            poster_url=poster_url,
            directors=directors,
            year=year,
        )

        candidate.additional_properties = d
        return candidate

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

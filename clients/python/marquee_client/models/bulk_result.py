from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="BulkResult")


@_attrs_define
class BulkResult:
    """What became of one rating."""

    index: int
    """ Its place in what was sent, from 0. """
    movie_id: int | None
    """ The film's id; null where no valid one was sent. """
    status: int
    """ 201 new, 200 replaced or there already, 204 taken away, 400 not valid, 404 no such film. """
    detail: str
    """ What to change; empty when all is well. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        index = self.index

        movie_id: int | None
        movie_id = self.movie_id

        status = self.status

        detail = self.detail

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "index": index,
                "movie_id": movie_id,
                "status": status,
                "detail": detail,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        index = d.pop("index")

        def _parse_movie_id(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        movie_id = _parse_movie_id(d.pop("movie_id"))

        status = d.pop("status")

        detail = d.pop("detail")

        bulk_result = cls(
            index=index,
            movie_id=movie_id,
            status=status,
            detail=detail,
        )

        bulk_result.additional_properties = d
        return bulk_result

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

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.index_entry_points import IndexEntryPoints


T = TypeVar("T", bound="Index")


@_attrs_define
class Index:
    """The API's entry points."""

    version: str
    """ Of the API: the number in its addresses. """
    entry_points: IndexEntryPoints
    """ Name -> address; the schema lists every operation. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        version = self.version

        entry_points = self.entry_points.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "version": version,
                "entry_points": entry_points,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.index_entry_points import IndexEntryPoints  # noqa: PLC0415

        d = dict(src_dict)
        version = d.pop("version")

        entry_points = IndexEntryPoints.from_dict(d.pop("entry_points"))

        index = cls(
            version=version,
            entry_points=entry_points,
        )

        index.additional_properties = d
        return index

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

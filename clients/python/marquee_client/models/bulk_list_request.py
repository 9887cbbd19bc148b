from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="BulkListRequest")


@_attrs_define
class BulkListRequest:
    """Films to put on a list and to take from it."""

    add: list[int] | Unset = UNSET
    """ Ids of films to put on it. """
    remove: list[int] | Unset = UNSET
    """ Ids of films to take from it. """

    def to_dict(self) -> dict[str, Any]:
        add: list[int] | Unset = UNSET
        if not isinstance(self.add, Unset):
            add = self.add

        remove: list[int] | Unset = UNSET
        if not isinstance(self.remove, Unset):
            remove = self.remove

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if add is not UNSET:
            field_dict["add"] = add
        if remove is not UNSET:
            field_dict["remove"] = remove

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        add = cast(list[int], d.pop("add", UNSET))

        remove = cast(list[int], d.pop("remove", UNSET))

        bulk_list_request = cls(
            add=add,
            remove=remove,
        )

        return bulk_list_request

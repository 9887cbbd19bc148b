from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.conflicts_enum import ConflictsEnum, check_conflicts_enum
from ..types import UNSET, Unset

T = TypeVar("T", bound="PersonalImportAcceptRequest")


@_attrs_define
class PersonalImportAcceptRequest:
    """How to import a checked file."""

    conflicts: ConflictsEnum | Unset = "mine"
    """ * `mine` - Keep the rating I have here
    * `theirs` - Take the rating from the file
    * `newer` - Take the newer one """
    likely: list[int] | Unset = UNSET
    """ Ids of the rows whose likely match is right; the others are left out. """

    def to_dict(self) -> dict[str, Any]:
        conflicts: str | Unset = UNSET
        if not isinstance(self.conflicts, Unset):
            conflicts = self.conflicts

        likely: list[int] | Unset = UNSET
        if not isinstance(self.likely, Unset):
            likely = self.likely

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if conflicts is not UNSET:
            field_dict["conflicts"] = conflicts
        if likely is not UNSET:
            field_dict["likely"] = likely

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        _conflicts = d.pop("conflicts", UNSET)
        conflicts: ConflictsEnum | Unset
        if isinstance(_conflicts, Unset):
            conflicts = UNSET
        else:
            conflicts = check_conflicts_enum(_conflicts)

        likely = cast(list[int], d.pop("likely", UNSET))

        personal_import_accept_request = cls(
            conflicts=conflicts,
            likely=likely,
        )

        return personal_import_accept_request

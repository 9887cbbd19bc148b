from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="PatchedRatingChangeRequest")


@_attrs_define
class PatchedRatingChangeRequest:
    """What to change of a rating; what is not named stays."""

    stars: float | Unset = UNSET
    """ From half a star to five stars, in halves. """
    rated_at: datetime.datetime | Unset = UNSET
    """ When it was rated, kept as it is sent. Without it: now, or the time of your present rating if that has the
    same stars. """

    def to_dict(self) -> dict[str, Any]:
        stars = self.stars

        rated_at: str | Unset = UNSET
        if not isinstance(self.rated_at, Unset):
            rated_at = self.rated_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if stars is not UNSET:
            field_dict["stars"] = stars
        if rated_at is not UNSET:
            field_dict["rated_at"] = rated_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        stars = d.pop("stars", UNSET)

        _rated_at = d.pop("rated_at", UNSET)
        rated_at: datetime.datetime | Unset
        if isinstance(_rated_at, Unset):
            rated_at = UNSET
        else:
            rated_at = datetime.datetime.fromisoformat(_rated_at)

        patched_rating_change_request = cls(
            stars=stars,
            rated_at=rated_at,
        )

        return patched_rating_change_request

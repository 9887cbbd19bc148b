from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.member_event_enum import MemberEventEnum, check_member_event_enum
from ..types import UNSET, Unset

T = TypeVar("T", bound="PatchedMyWebhookChangeRequest")


@_attrs_define
class PatchedMyWebhookChangeRequest:
    """What to change; what is not named stays."""

    events: list[MemberEventEnum] | Unset = UNSET
    """ Names of the events that are sent to the webhook. """
    is_active: bool | Unset = UNSET
    """ Whether it is in use. """

    def to_dict(self) -> dict[str, Any]:
        events: list[str] | Unset = UNSET
        if not isinstance(self.events, Unset):
            events = []
            for events_item_data in self.events:
                events_item: str = events_item_data
                events.append(events_item)

        is_active = self.is_active

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if events is not UNSET:
            field_dict["events"] = events
        if is_active is not UNSET:
            field_dict["is_active"] = is_active

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        _events = d.pop("events", UNSET)
        events: list[MemberEventEnum] | Unset = UNSET
        if _events is not UNSET:
            events = []
            for events_item_data in _events:
                events_item = check_member_event_enum(events_item_data)

                events.append(events_item)

        is_active = d.pop("is_active", UNSET)

        patched_my_webhook_change_request = cls(
            events=events,
            is_active=is_active,
        )

        return patched_my_webhook_change_request

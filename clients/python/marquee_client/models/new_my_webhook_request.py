from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.member_event_enum import MemberEventEnum, check_member_event_enum

T = TypeVar("T", bound="NewMyWebhookRequest")


@_attrs_define
class NewMyWebhookRequest:
    """The webhook to make."""

    url: str
    """ The address that is told. """
    events: list[MemberEventEnum]
    """ Names of the events that are sent to the webhook. """

    def to_dict(self) -> dict[str, Any]:
        url = self.url

        events = []
        for events_item_data in self.events:
            events_item: str = events_item_data
            events.append(events_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "url": url,
                "events": events,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        url = d.pop("url")

        events = []
        _events = d.pop("events")
        for events_item_data in _events:
            events_item = check_member_event_enum(events_item_data)

            events.append(events_item)

        new_my_webhook_request = cls(
            url=url,
            events=events,
        )

        return new_my_webhook_request

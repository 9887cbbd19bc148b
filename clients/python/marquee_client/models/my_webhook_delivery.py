from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.delivery_status_enum import DeliveryStatusEnum, check_delivery_status_enum
from ..models.member_event_enum import MemberEventEnum, check_member_event_enum

T = TypeVar("T", bound="MyWebhookDelivery")


@_attrs_define
class MyWebhookDelivery:
    """An event about the caller's own things, and whether it arrived."""

    id: int
    """ Number of this object on this site. """
    event_id: UUID
    """ The same in every attempt and every redelivery. """
    event: MemberEventEnum
    """ * `ratings.changed` - Your ratings changed
    * `import.finished` - Your import finished
    * `recommendations.changed` - Your recommendations changed """
    body: str
    """ JSON as it is sent and signed. """
    status: DeliveryStatusEnum
    """ * `waiting` - Waiting
    * `delivered` - Delivered
    * `failed` - Failed """
    n_attempts: int
    """ Number of attempts so far. """
    response_code: int | None
    """ Status that the receiver answered; null: none. """
    error: str
    """ What went wrong; empty if nothing did. """
    created_at: datetime.datetime
    """ Time at which this object was created. """
    next_attempt_at: datetime.datetime | None
    """ When it is tried again; null: not any more. """
    finished_at: datetime.datetime | None
    """ When it ended; null: not yet. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        event_id = str(self.event_id)

        event: str = self.event

        body = self.body

        status: str = self.status

        n_attempts = self.n_attempts

        response_code: int | None
        response_code = self.response_code

        error = self.error

        created_at = self.created_at.isoformat()

        next_attempt_at: None | str
        if isinstance(self.next_attempt_at, datetime.datetime):
            next_attempt_at = self.next_attempt_at.isoformat()
        else:
            next_attempt_at = self.next_attempt_at

        finished_at: None | str
        if isinstance(self.finished_at, datetime.datetime):
            finished_at = self.finished_at.isoformat()
        else:
            finished_at = self.finished_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "event_id": event_id,
                "event": event,
                "body": body,
                "status": status,
                "n_attempts": n_attempts,
                "response_code": response_code,
                "error": error,
                "created_at": created_at,
                "next_attempt_at": next_attempt_at,
                "finished_at": finished_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        event_id = UUID(d.pop("event_id"))

        event = check_member_event_enum(d.pop("event"))

        body = d.pop("body")

        status = check_delivery_status_enum(d.pop("status"))

        n_attempts = d.pop("n_attempts")

        def _parse_response_code(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        response_code = _parse_response_code(d.pop("response_code"))

        error = d.pop("error")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_next_attempt_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                next_attempt_at_type_0 = datetime.datetime.fromisoformat(data)

                return next_attempt_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        next_attempt_at = _parse_next_attempt_at(d.pop("next_attempt_at"))

        def _parse_finished_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                finished_at_type_0 = datetime.datetime.fromisoformat(data)

                return finished_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        finished_at = _parse_finished_at(d.pop("finished_at"))

        my_webhook_delivery = cls(
            id=id,
            event_id=event_id,
            event=event,
            body=body,
            status=status,
            n_attempts=n_attempts,
            response_code=response_code,
            error=error,
            created_at=created_at,
            next_attempt_at=next_attempt_at,
            finished_at=finished_at,
        )

        my_webhook_delivery.additional_properties = d
        return my_webhook_delivery

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

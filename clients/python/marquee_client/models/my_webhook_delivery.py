from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.delivery_status_enum import DeliveryStatusEnum, check_delivery_status_enum
from ..models.member_event_enum import MemberEventEnum, check_member_event_enum
from ..types import UNSET, Unset

T = TypeVar("T", bound="MyWebhookDelivery")


@_attrs_define
class MyWebhookDelivery:
    """An event about the caller's own things, and whether it arrived."""

    id: int
    """ Number of this object on this site. """
    event: MemberEventEnum
    """ * `ratings.changed` - Your ratings changed
    * `import.finished` - Your import finished
    * `recommendations.changed` - Your recommendations changed """
    body: str
    """ JSON as it is sent and signed. """
    created_at: datetime.datetime
    """ Time at which this object was created. """
    event_id: UUID | Unset = UNSET
    """ The same in every attempt and every redelivery. """
    status: DeliveryStatusEnum | Unset = UNSET
    """ * `waiting` - Waiting
    * `delivered` - Delivered
    * `failed` - Failed """
    n_attempts: int | Unset = UNSET
    """ Number of attempts so far. """
    response_code: int | None | Unset = UNSET
    """ Status that the receiver answered; null: none. """
    error: str | Unset = UNSET
    """ What went wrong; empty if nothing did. """
    next_attempt_at: datetime.datetime | None | Unset = UNSET
    """ When it is tried again; null: not any more. """
    finished_at: datetime.datetime | None | Unset = UNSET
    """ When it ended; null: not yet. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        event: str = self.event

        body = self.body

        created_at = self.created_at.isoformat()

        event_id: str | Unset = UNSET
        if not isinstance(self.event_id, Unset):
            event_id = str(self.event_id)

        status: str | Unset = UNSET
        if not isinstance(self.status, Unset):
            status = self.status

        n_attempts = self.n_attempts

        response_code: int | None | Unset
        if isinstance(self.response_code, Unset):
            response_code = UNSET
        else:
            response_code = self.response_code

        error = self.error

        next_attempt_at: None | str | Unset
        if isinstance(self.next_attempt_at, Unset):
            next_attempt_at = UNSET
        elif isinstance(self.next_attempt_at, datetime.datetime):
            next_attempt_at = self.next_attempt_at.isoformat()
        else:
            next_attempt_at = self.next_attempt_at

        finished_at: None | str | Unset
        if isinstance(self.finished_at, Unset):
            finished_at = UNSET
        elif isinstance(self.finished_at, datetime.datetime):
            finished_at = self.finished_at.isoformat()
        else:
            finished_at = self.finished_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "event": event,
                "body": body,
                "created_at": created_at,
            }
        )
        if event_id is not UNSET:
            field_dict["event_id"] = event_id
        if status is not UNSET:
            field_dict["status"] = status
        if n_attempts is not UNSET:
            field_dict["n_attempts"] = n_attempts
        if response_code is not UNSET:
            field_dict["response_code"] = response_code
        if error is not UNSET:
            field_dict["error"] = error
        if next_attempt_at is not UNSET:
            field_dict["next_attempt_at"] = next_attempt_at
        if finished_at is not UNSET:
            field_dict["finished_at"] = finished_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        event = check_member_event_enum(d.pop("event"))

        body = d.pop("body")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        _event_id = d.pop("event_id", UNSET)
        event_id: UUID | Unset
        if isinstance(_event_id, Unset):
            event_id = UNSET
        else:
            event_id = UUID(_event_id)

        _status = d.pop("status", UNSET)
        status: DeliveryStatusEnum | Unset
        if isinstance(_status, Unset):
            status = UNSET
        else:
            status = check_delivery_status_enum(_status)

        n_attempts = d.pop("n_attempts", UNSET)

        def _parse_response_code(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        response_code = _parse_response_code(d.pop("response_code", UNSET))

        error = d.pop("error", UNSET)

        def _parse_next_attempt_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                next_attempt_at_type_0 = datetime.datetime.fromisoformat(data)

                return next_attempt_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        next_attempt_at = _parse_next_attempt_at(d.pop("next_attempt_at", UNSET))

        def _parse_finished_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                finished_at_type_0 = datetime.datetime.fromisoformat(data)

                return finished_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        finished_at = _parse_finished_at(d.pop("finished_at", UNSET))

        my_webhook_delivery = cls(
            id=id,
            event=event,
            body=body,
            created_at=created_at,
            event_id=event_id,
            status=status,
            n_attempts=n_attempts,
            response_code=response_code,
            error=error,
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

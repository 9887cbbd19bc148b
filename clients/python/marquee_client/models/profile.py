from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.profile_email_addresses_item import ProfileEmailAddressesItem


T = TypeVar("T", bound="Profile")


@_attrs_define
class Profile:
    """The caller's own account."""

    username: str
    """ Name of the person. """
    email: str
    """ E-mail address; empty if none was given. """
    email_addresses: list[ProfileEmailAddressesItem]
    """ Every address, and whether it is verified. """
    date_joined: datetime.datetime
    """ Time at which the account was created. """
    last_login: datetime.datetime | None
    """ When the person logged in last. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        username = self.username

        email = self.email

        email_addresses = []
        for email_addresses_item_data in self.email_addresses:
            email_addresses_item = email_addresses_item_data.to_dict()
            email_addresses.append(email_addresses_item)

        date_joined = self.date_joined.isoformat()

        last_login: None | str
        if isinstance(self.last_login, datetime.datetime):
            last_login = self.last_login.isoformat()
        else:
            last_login = self.last_login

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "username": username,
                "email": email,
                "email_addresses": email_addresses,
                "date_joined": date_joined,
                "last_login": last_login,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.profile_email_addresses_item import ProfileEmailAddressesItem  # noqa: PLC0415

        d = dict(src_dict)
        username = d.pop("username")

        email = d.pop("email")

        email_addresses = []
        _email_addresses = d.pop("email_addresses")
        for email_addresses_item_data in _email_addresses:
            email_addresses_item = ProfileEmailAddressesItem.from_dict(email_addresses_item_data)

            email_addresses.append(email_addresses_item)

        date_joined = datetime.datetime.fromisoformat(d.pop("date_joined"))

        def _parse_last_login(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                last_login_type_0 = datetime.datetime.fromisoformat(data)

                return last_login_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        last_login = _parse_last_login(d.pop("last_login"))

        profile = cls(
            username=username,
            email=email,
            email_addresses=email_addresses,
            date_joined=date_joined,
            last_login=last_login,
        )

        profile.additional_properties = d
        return profile

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

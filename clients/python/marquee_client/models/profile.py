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
    first_name: str
    """ Given name, if there is one. """
    last_name: str
    """ Family name, if there is one. """
    email: str
    """ E-mail address; empty if none was given. """
    email_addresses: list[ProfileEmailAddressesItem]
    """ Every address, and whether it is verified. """
    date_joined: datetime.datetime
    """ Time at which the account was created. """
    last_login: datetime.datetime | None
    """ When the person logged in last. """
    is_staff: bool
    """ Whether the account may open the admin. """
    is_superuser: bool
    """ Whether it has every permission. """
    groups: list[str]
    """ Names of the groups that give it permissions. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        username = self.username

        first_name = self.first_name

        last_name = self.last_name

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

        is_staff = self.is_staff

        is_superuser = self.is_superuser

        groups = self.groups

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "username": username,
                "first_name": first_name,
                "last_name": last_name,
                "email": email,
                "email_addresses": email_addresses,
                "date_joined": date_joined,
                "last_login": last_login,
                "is_staff": is_staff,
                "is_superuser": is_superuser,
                "groups": groups,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.profile_email_addresses_item import ProfileEmailAddressesItem  # noqa: PLC0415

        d = dict(src_dict)
        username = d.pop("username")

        first_name = d.pop("first_name")

        last_name = d.pop("last_name")

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

        is_staff = d.pop("is_staff")

        is_superuser = d.pop("is_superuser")

        groups = cast(list[str], d.pop("groups"))

        profile = cls(
            username=username,
            first_name=first_name,
            last_name=last_name,
            email=email,
            email_addresses=email_addresses,
            date_joined=date_joined,
            last_login=last_login,
            is_staff=is_staff,
            is_superuser=is_superuser,
            groups=groups,
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

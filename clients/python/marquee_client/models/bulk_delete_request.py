from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="BulkDeleteRequest")


@_attrs_define
class BulkDeleteRequest:
    """Films whose ratings to take back."""

    movie_ids: list[int]
    """ Ids of films, each once. """

    def to_dict(self) -> dict[str, Any]:
        movie_ids = self.movie_ids

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "movie_ids": movie_ids,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        movie_ids = cast(list[int], d.pop("movie_ids"))

        bulk_delete_request = cls(
            movie_ids=movie_ids,
        )

        return bulk_delete_request

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="ChosenFilmRequest")


@_attrs_define
class ChosenFilmRequest:
    """The film that a row means, for a row whose film is not certain."""

    row_id: int
    """ Id of the row. """
    movie_id: int
    """ Any film: one of the row's candidates, or one that you found. """

    def to_dict(self) -> dict[str, Any]:
        row_id = self.row_id

        movie_id = self.movie_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "row_id": row_id,
                "movie_id": movie_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        row_id = d.pop("row_id")

        movie_id = d.pop("movie_id")

        chosen_film_request = cls(
            row_id=row_id,
            movie_id=movie_id,
        )

        return chosen_film_request

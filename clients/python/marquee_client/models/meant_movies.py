from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.movie_brief import MovieBrief


T = TypeVar("T", bound="MeantMovies")


@_attrs_define
class MeantMovies:
    """The films whose descriptions are nearest to the sentence, the best matches first."""

    reason: str
    """ Why there are none; else empty. """
    results: list[MovieBrief]
    """ The results, in order. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        reason = self.reason

        results = []
        for results_item_data in self.results:
            results_item = results_item_data.to_dict()
            results.append(results_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "reason": reason,
                "results": results,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.movie_brief import MovieBrief  # noqa: PLC0415

        d = dict(src_dict)
        reason = d.pop("reason")

        results = []
        _results = d.pop("results")
        for results_item_data in _results:
            results_item = MovieBrief.from_dict(results_item_data)

            results.append(results_item)

        meant_movies = cls(
            reason=reason,
            results=results,
        )

        meant_movies.additional_properties = d
        return meant_movies

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

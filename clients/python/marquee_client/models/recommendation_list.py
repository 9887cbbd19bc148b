from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.recommended_movie import RecommendedMovie


T = TypeVar("T", bound="RecommendationList")


@_attrs_define
class RecommendationList:
    """Films in order, the version of the model that ranked them, and how fresh both are."""

    model_version: int | None
    """ The run whose model it is; null: no model yet, popular films. """
    ratings_read_at: datetime.datetime | None
    """ The model was trained on ratings up to then. Yours count whenever you gave them. """
    computed_at: datetime.datetime
    """ When these films were ranked. """
    is_personal: bool
    """ Whether they follow from ratings; false: they suit most people. """
    results: list[RecommendedMovie]
    """ The results, in order. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        model_version: int | None
        model_version = self.model_version

        ratings_read_at: None | str
        if isinstance(self.ratings_read_at, datetime.datetime):
            ratings_read_at = self.ratings_read_at.isoformat()
        else:
            ratings_read_at = self.ratings_read_at

        computed_at = self.computed_at.isoformat()

        is_personal = self.is_personal

        results = []
        for results_item_data in self.results:
            results_item = results_item_data.to_dict()
            results.append(results_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "model_version": model_version,
                "ratings_read_at": ratings_read_at,
                "computed_at": computed_at,
                "is_personal": is_personal,
                "results": results,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.recommended_movie import RecommendedMovie  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_model_version(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        model_version = _parse_model_version(d.pop("model_version"))

        def _parse_ratings_read_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ratings_read_at_type_0 = datetime.datetime.fromisoformat(data)

                return ratings_read_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        ratings_read_at = _parse_ratings_read_at(d.pop("ratings_read_at"))

        computed_at = datetime.datetime.fromisoformat(d.pop("computed_at"))

        is_personal = d.pop("is_personal")

        results = []
        _results = d.pop("results")
        for results_item_data in _results:
            results_item = RecommendedMovie.from_dict(results_item_data)

            results.append(results_item)

        recommendation_list = cls(
            model_version=model_version,
            ratings_read_at=ratings_read_at,
            computed_at=computed_at,
            is_personal=is_personal,
            results=results,
        )

        recommendation_list.additional_properties = d
        return recommendation_list

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

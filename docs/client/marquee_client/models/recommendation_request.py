from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.rating_input_request import RatingInputRequest


T = TypeVar("T", bound="RecommendationRequest")


@_attrs_define
class RecommendationRequest:
    """Ratings of a person without an account, and what to recommend."""

    ratings: list[RatingInputRequest]
    genres: list[str] | Unset = UNSET
    """ Names; a film has at least one of them. """
    exclude_genres: list[str] | Unset = UNSET
    """ Names; a film has none of them. """
    diversity: float | Unset = 0.0
    """ 0 the best films, 1 the most different ones among good films. """
    novelty: float | Unset = 0.3
    """ 0 well-known films, 1 little-known films that fit. """
    k: int | Unset = 10
    year_min: int | None | Unset = UNSET
    year_max: int | None | Unset = UNSET
    exclude: list[int] | Unset = UNSET
    """ Ids of films that must not come. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        ratings = []
        for ratings_item_data in self.ratings:
            ratings_item = ratings_item_data.to_dict()
            ratings.append(ratings_item)

        genres: list[str] | Unset = UNSET
        if not isinstance(self.genres, Unset):
            genres = self.genres

        exclude_genres: list[str] | Unset = UNSET
        if not isinstance(self.exclude_genres, Unset):
            exclude_genres = self.exclude_genres

        diversity = self.diversity

        novelty = self.novelty

        k = self.k

        year_min: int | None | Unset
        if isinstance(self.year_min, Unset):
            year_min = UNSET
        else:
            year_min = self.year_min

        year_max: int | None | Unset
        if isinstance(self.year_max, Unset):
            year_max = UNSET
        else:
            year_max = self.year_max

        exclude: list[int] | Unset = UNSET
        if not isinstance(self.exclude, Unset):
            exclude = self.exclude

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "ratings": ratings,
            }
        )
        if genres is not UNSET:
            field_dict["genres"] = genres
        if exclude_genres is not UNSET:
            field_dict["exclude_genres"] = exclude_genres
        if diversity is not UNSET:
            field_dict["diversity"] = diversity
        if novelty is not UNSET:
            field_dict["novelty"] = novelty
        if k is not UNSET:
            field_dict["k"] = k
        if year_min is not UNSET:
            field_dict["year_min"] = year_min
        if year_max is not UNSET:
            field_dict["year_max"] = year_max
        if exclude is not UNSET:
            field_dict["exclude"] = exclude

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.rating_input_request import RatingInputRequest  # noqa: PLC0415

        d = dict(src_dict)
        ratings = []
        _ratings = d.pop("ratings")
        for ratings_item_data in _ratings:
            ratings_item = RatingInputRequest.from_dict(ratings_item_data)

            ratings.append(ratings_item)

        genres = cast(list[str], d.pop("genres", UNSET))

        exclude_genres = cast(list[str], d.pop("exclude_genres", UNSET))

        diversity = d.pop("diversity", UNSET)

        novelty = d.pop("novelty", UNSET)

        k = d.pop("k", UNSET)

        def _parse_year_min(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        year_min = _parse_year_min(d.pop("year_min", UNSET))

        def _parse_year_max(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        year_max = _parse_year_max(d.pop("year_max", UNSET))

        exclude = cast(list[int], d.pop("exclude", UNSET))

        recommendation_request = cls(
            ratings=ratings,
            genres=genres,
            exclude_genres=exclude_genres,
            diversity=diversity,
            novelty=novelty,
            k=k,
            year_min=year_min,
            year_max=year_max,
            exclude=exclude,
        )

        recommendation_request.additional_properties = d
        return recommendation_request

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

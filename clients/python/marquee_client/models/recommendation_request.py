from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.expand_enum import ExpandEnum, check_expand_enum
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.rating_input_request import RatingInputRequest


T = TypeVar("T", bound="RecommendationRequest")


@_attrs_define
class RecommendationRequest:
    """Ratings of a person without an account, and what to recommend."""

    genres: list[str] | Unset = UNSET
    """ Names or slugs; a film has at least one of them. """
    exclude_genres: list[str] | Unset = UNSET
    """ Names or slugs; a film has none of them. """
    novelty: float | Unset = 0.1
    """ 0 well-known films, 1 little-known films that fit. """
    ratings: list[RatingInputRequest] | Unset = UNSET
    """ Whose films to find. Left out, with a token: your own ratings. """
    k: int | Unset = 10
    """ Number of films. """
    year_min: int | None | Unset = UNSET
    """ Not older than this year. """
    year_max: int | None | Unset = UNSET
    """ Not newer than this year. """
    diversity: float | Unset = 0.0
    """ 0 the best films, 1 the most different ones among good films. """
    expand: list[ExpandEnum] | Unset = UNSET
    """ movie: each reason carries its film, too. """
    exclude: list[int] | Unset = UNSET
    """ Ids of films that must not come. """

    def to_dict(self) -> dict[str, Any]:
        genres: list[str] | Unset = UNSET
        if not isinstance(self.genres, Unset):
            genres = self.genres

        exclude_genres: list[str] | Unset = UNSET
        if not isinstance(self.exclude_genres, Unset):
            exclude_genres = self.exclude_genres

        novelty = self.novelty

        ratings: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.ratings, Unset):
            ratings = []
            for ratings_item_data in self.ratings:
                ratings_item = ratings_item_data.to_dict()
                ratings.append(ratings_item)

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

        diversity = self.diversity

        expand: list[str] | Unset = UNSET
        if not isinstance(self.expand, Unset):
            expand = []
            for expand_item_data in self.expand:
                expand_item: str = expand_item_data
                expand.append(expand_item)

        exclude: list[int] | Unset = UNSET
        if not isinstance(self.exclude, Unset):
            exclude = self.exclude

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if genres is not UNSET:
            field_dict["genres"] = genres
        if exclude_genres is not UNSET:
            field_dict["exclude_genres"] = exclude_genres
        if novelty is not UNSET:
            field_dict["novelty"] = novelty
        if ratings is not UNSET:
            field_dict["ratings"] = ratings
        if k is not UNSET:
            field_dict["k"] = k
        if year_min is not UNSET:
            field_dict["year_min"] = year_min
        if year_max is not UNSET:
            field_dict["year_max"] = year_max
        if diversity is not UNSET:
            field_dict["diversity"] = diversity
        if expand is not UNSET:
            field_dict["expand"] = expand
        if exclude is not UNSET:
            field_dict["exclude"] = exclude

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.rating_input_request import RatingInputRequest  # noqa: PLC0415

        d = dict(src_dict)
        genres = cast(list[str], d.pop("genres", UNSET))

        exclude_genres = cast(list[str], d.pop("exclude_genres", UNSET))

        novelty = d.pop("novelty", UNSET)

        _ratings = d.pop("ratings", UNSET)
        ratings: list[RatingInputRequest] | Unset = UNSET
        if _ratings is not UNSET:
            ratings = []
            for ratings_item_data in _ratings:
                ratings_item = RatingInputRequest.from_dict(ratings_item_data)

                ratings.append(ratings_item)

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

        diversity = d.pop("diversity", UNSET)

        _expand = d.pop("expand", UNSET)
        expand: list[ExpandEnum] | Unset = UNSET
        if _expand is not UNSET:
            expand = []
            for expand_item_data in _expand:
                expand_item = check_expand_enum(expand_item_data)

                expand.append(expand_item)

        exclude = cast(list[int], d.pop("exclude", UNSET))

        recommendation_request = cls(
            genres=genres,
            exclude_genres=exclude_genres,
            novelty=novelty,
            ratings=ratings,
            k=k,
            year_min=year_min,
            year_max=year_max,
            diversity=diversity,
            expand=expand,
            exclude=exclude,
        )

        return recommendation_request

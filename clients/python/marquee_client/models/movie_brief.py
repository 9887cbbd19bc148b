from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="MovieBrief")


@_attrs_define
class MovieBrief:
    """A film inside other answers: what shows it and names it on other sites.

    Nothing in it changes when somebody rates.

    """

    id: int
    """ Number of this object on this site. """
    title: str
    """ Title of the film. """
    genres: list[str]
    """ Names of the film's genres. """
    poster_url: str
    """ Where its poster is, with the host that this request came to. """
    year: int | None | Unset = UNSET
    """ Year of the first release; null if unknown. """
    movielens_id: int | None | Unset = UNSET
    """ Id in MovieLens; null if unknown. """
    imdb_id: str | Unset = UNSET
    """ Id at IMDb; empty if unknown. """
    tmdb_id: int | None | Unset = UNSET
    """ Id at TMDB; null if unknown. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        title = self.title

        genres = self.genres

        poster_url = self.poster_url

        year: int | None | Unset
        if isinstance(self.year, Unset):
            year = UNSET
        else:
            year = self.year

        movielens_id: int | None | Unset
        if isinstance(self.movielens_id, Unset):
            movielens_id = UNSET
        else:
            movielens_id = self.movielens_id

        imdb_id = self.imdb_id

        tmdb_id: int | None | Unset
        if isinstance(self.tmdb_id, Unset):
            tmdb_id = UNSET
        else:
            tmdb_id = self.tmdb_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "title": title,
                "genres": genres,
                "poster_url": poster_url,
            }
        )
        if year is not UNSET:
            field_dict["year"] = year
        if movielens_id is not UNSET:
            field_dict["movielens_id"] = movielens_id
        if imdb_id is not UNSET:
            field_dict["imdb_id"] = imdb_id
        if tmdb_id is not UNSET:
            field_dict["tmdb_id"] = tmdb_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        title = d.pop("title")

        genres = cast(list[str], d.pop("genres"))

        poster_url = d.pop("poster_url")

        def _parse_year(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        year = _parse_year(d.pop("year", UNSET))

        def _parse_movielens_id(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        movielens_id = _parse_movielens_id(d.pop("movielens_id", UNSET))

        imdb_id = d.pop("imdb_id", UNSET)

        def _parse_tmdb_id(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        tmdb_id = _parse_tmdb_id(d.pop("tmdb_id", UNSET))

        movie_brief = cls(
            id=id,
            title=title,
            genres=genres,
            poster_url=poster_url,
            year=year,
            movielens_id=movielens_id,
            imdb_id=imdb_id,
            tmdb_id=tmdb_id,
        )

        movie_brief.additional_properties = d
        return movie_brief

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

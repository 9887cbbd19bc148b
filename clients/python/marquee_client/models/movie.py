from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Movie")


@_attrs_define
class Movie:
    """A film in a list."""

    id: int
    """ Number of this object on this site. """
    title: str
    """ Title of the film. """
    year: int | None
    """ Year of the first release; null if unknown. """
    genres: list[str]
    """ Names of the film's genres. """
    poster_url: str
    """ Where its poster is, with the host that this request came to. """
    movielens_id: int | None
    """ Id in MovieLens; null if unknown. """
    imdb_id: str
    """ Id at IMDb; empty if unknown. """
    tmdb_id: int | None
    """ Id at TMDB; null if unknown. """
    mean_stars: float | None
    """ Mean of all ratings; null if there is none. """
    n_ratings: int
    """ Number of ratings. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        title = self.title

        year: int | None
        year = self.year

        genres = self.genres

        poster_url = self.poster_url

        movielens_id: int | None
        movielens_id = self.movielens_id

        imdb_id = self.imdb_id

        tmdb_id: int | None
        tmdb_id = self.tmdb_id

        mean_stars: float | None
        mean_stars = self.mean_stars

        n_ratings = self.n_ratings

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "title": title,
                "year": year,
                "genres": genres,
                "poster_url": poster_url,
                "movielens_id": movielens_id,
                "imdb_id": imdb_id,
                "tmdb_id": tmdb_id,
                "mean_stars": mean_stars,
                "n_ratings": n_ratings,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        title = d.pop("title")

        def _parse_year(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        year = _parse_year(d.pop("year"))

        genres = cast(list[str], d.pop("genres"))

        poster_url = d.pop("poster_url")

        def _parse_movielens_id(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        movielens_id = _parse_movielens_id(d.pop("movielens_id"))

        imdb_id = d.pop("imdb_id")

        def _parse_tmdb_id(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        tmdb_id = _parse_tmdb_id(d.pop("tmdb_id"))

        def _parse_mean_stars(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        mean_stars = _parse_mean_stars(d.pop("mean_stars"))

        n_ratings = d.pop("n_ratings")

        movie = cls(
            id=id,
            title=title,
            year=year,
            genres=genres,
            poster_url=poster_url,
            movielens_id=movielens_id,
            imdb_id=imdb_id,
            tmdb_id=tmdb_id,
            mean_stars=mean_stars,
            n_ratings=n_ratings,
        )

        movie.additional_properties = d
        return movie

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

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.credit import Credit


T = TypeVar("T", bound="MovieDetail")


@_attrs_define
class MovieDetail:
    """All that is known of a film."""

    id: int
    """ Number of this object on this site. """
    title: str
    """ Title of the film. """
    genres: list[str]
    """ Names of the film's genres. """
    poster_url: str
    """ Where its poster is, with the host that this request came to. """
    mean_stars: float | None
    """ Mean of all ratings; null if there is none. """
    n_ratings: int
    """ Number of ratings. """
    other_titles: list[str]
    """ Original and alternative titles. """
    people: list[Credit]
    """ Who directed, wrote and played in it. """
    year: int | None | Unset = UNSET
    """ Year of the first release; null if unknown. """
    movielens_id: int | None | Unset = UNSET
    """ Id in MovieLens; null if unknown. """
    imdb_id: str | Unset = UNSET
    """ Id at IMDb; empty if unknown. """
    tmdb_id: int | None | Unset = UNSET
    """ Id at TMDB; null if unknown. """
    description: str | Unset = UNSET
    """ What happens in the film; empty if unknown. """
    description_url: str | Unset = UNSET
    """ Where the text stands and its authors are named, as its licence asks. """
    runtime_minutes: int | None | Unset = UNSET
    """ Minutes; null if unknown. """
    countries: list[str] | Unset = UNSET
    """ Names of the countries that made it; empty if unknown. """
    languages: list[str] | Unset = UNSET
    """ Names of its languages; empty if unknown. """
    awards: str | Unset = UNSET
    """ Awards that the film won; empty if unknown. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        title = self.title

        genres = self.genres

        poster_url = self.poster_url

        mean_stars: float | None
        mean_stars = self.mean_stars

        n_ratings = self.n_ratings

        other_titles = self.other_titles

        people = []
        for people_item_data in self.people:
            people_item = people_item_data.to_dict()
            people.append(people_item)

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

        description = self.description

        description_url: str | Unset
        if isinstance(self.description_url, Unset):
            description_url = UNSET
        else:
            description_url = self.description_url

        runtime_minutes: int | None | Unset
        if isinstance(self.runtime_minutes, Unset):
            runtime_minutes = UNSET
        else:
            runtime_minutes = self.runtime_minutes

        countries: list[str] | Unset = UNSET
        if not isinstance(self.countries, Unset):
            countries = self.countries

        languages: list[str] | Unset = UNSET
        if not isinstance(self.languages, Unset):
            languages = self.languages

        awards = self.awards

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "title": title,
                "genres": genres,
                "poster_url": poster_url,
                "mean_stars": mean_stars,
                "n_ratings": n_ratings,
                "other_titles": other_titles,
                "people": people,
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
        if description is not UNSET:
            field_dict["description"] = description
        if description_url is not UNSET:
            field_dict["description_url"] = description_url
        if runtime_minutes is not UNSET:
            field_dict["runtime_minutes"] = runtime_minutes
        if countries is not UNSET:
            field_dict["countries"] = countries
        if languages is not UNSET:
            field_dict["languages"] = languages
        if awards is not UNSET:
            field_dict["awards"] = awards

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.credit import Credit  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        title = d.pop("title")

        genres = cast(list[str], d.pop("genres"))

        poster_url = d.pop("poster_url")

        def _parse_mean_stars(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        mean_stars = _parse_mean_stars(d.pop("mean_stars"))

        n_ratings = d.pop("n_ratings")

        other_titles = cast(list[str], d.pop("other_titles"))

        people = []
        _people = d.pop("people")
        for people_item_data in _people:
            people_item = Credit.from_dict(people_item_data)

            people.append(people_item)

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

        description = d.pop("description", UNSET)

        def _parse_description_url(data: object) -> str | Unset:
            if isinstance(data, Unset):
                return data
            return cast(str | Unset, data)

        description_url = _parse_description_url(d.pop("description_url", UNSET))

        def _parse_runtime_minutes(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        runtime_minutes = _parse_runtime_minutes(d.pop("runtime_minutes", UNSET))

        countries = cast(list[str], d.pop("countries", UNSET))

        languages = cast(list[str], d.pop("languages", UNSET))

        awards = d.pop("awards", UNSET)

        movie_detail = cls(
            id=id,
            title=title,
            genres=genres,
            poster_url=poster_url,
            mean_stars=mean_stars,
            n_ratings=n_ratings,
            other_titles=other_titles,
            people=people,
            year=year,
            movielens_id=movielens_id,
            imdb_id=imdb_id,
            tmdb_id=tmdb_id,
            description=description,
            description_url=description_url,
            runtime_minutes=runtime_minutes,
            countries=countries,
            languages=languages,
            awards=awards,
        )

        movie_detail.additional_properties = d
        return movie_detail

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

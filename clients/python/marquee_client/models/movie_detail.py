from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

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
    other_titles: list[str]
    """ Original and alternative titles. """
    description: str
    """ What happens in the film; empty if unknown. """
    description_url: str
    """ Where the text stands and its authors are named, as its licence asks. """
    runtime_minutes: int | None
    """ Minutes; null if unknown. """
    countries: list[str]
    """ Names of the countries that made it; empty if unknown. """
    languages: list[str]
    """ Names of its languages; empty if unknown. """
    awards: str
    """ Awards that the film won; empty if unknown. """
    people: list[Credit]
    """ Who directed, wrote and played in it. """
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

        other_titles = self.other_titles

        description = self.description

        description_url: str
        description_url = self.description_url

        runtime_minutes: int | None
        runtime_minutes = self.runtime_minutes

        countries = self.countries

        languages = self.languages

        awards = self.awards

        people = []
        for people_item_data in self.people:
            people_item = people_item_data.to_dict()
            people.append(people_item)

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
                "other_titles": other_titles,
                "description": description,
                "description_url": description_url,
                "runtime_minutes": runtime_minutes,
                "countries": countries,
                "languages": languages,
                "awards": awards,
                "people": people,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.credit import Credit  # noqa: PLC0415

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

        other_titles = cast(list[str], d.pop("other_titles"))

        description = d.pop("description")

        def _parse_description_url(data: object) -> str:
            return cast(str, data)

        description_url = _parse_description_url(d.pop("description_url"))

        def _parse_runtime_minutes(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        runtime_minutes = _parse_runtime_minutes(d.pop("runtime_minutes"))

        countries = cast(list[str], d.pop("countries"))

        languages = cast(list[str], d.pop("languages"))

        awards = d.pop("awards")

        people = []
        _people = d.pop("people")
        for people_item_data in _people:
            people_item = Credit.from_dict(people_item_data)

            people.append(people_item)

        movie_detail = cls(
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
            other_titles=other_titles,
            description=description,
            description_url=description_url,
            runtime_minutes=runtime_minutes,
            countries=countries,
            languages=languages,
            awards=awards,
            people=people,
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

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.movie_brief import MovieBrief


T = TypeVar("T", bound="SimilarMovie")


@_attrs_define
class SimilarMovie:
    """A film and its likeness."""

    movie: MovieBrief
    """ A film inside other answers: what shows it and names it on other sites.

    Nothing in it changes when somebody rates. """
    similarity: float
    """ Cosine of the descriptions' embeddings. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        movie = self.movie.to_dict()

        similarity = self.similarity

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "movie": movie,
                "similarity": similarity,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.movie_brief import MovieBrief  # noqa: PLC0415

        d = dict(src_dict)
        movie = MovieBrief.from_dict(d.pop("movie"))

        similarity = d.pop("similarity")

        similar_movie = cls(
            movie=movie,
            similarity=similarity,
        )

        similar_movie.additional_properties = d
        return similar_movie

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

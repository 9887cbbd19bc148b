from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="GenreTaste")


@_attrs_define
class GenreTaste:
    """A genre's place in a person's taste."""

    genre: str
    """ Name of the genre. """
    similarity: float
    """ Cosine of the embeddings. """
    label: int
    """ 1 above the median of the person's genres, -1 below, 0 at it. """
    n_rated: int
    """ Films of the genre that you rated. """
    n_positive: int
    """ Films of the genre that you liked: three stars or more. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        genre = self.genre

        similarity = self.similarity

        label = self.label

        n_rated = self.n_rated

        n_positive = self.n_positive

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "genre": genre,
                "similarity": similarity,
                "label": label,
                "n_rated": n_rated,
                "n_positive": n_positive,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        genre = d.pop("genre")

        similarity = d.pop("similarity")

        label = d.pop("label")

        n_rated = d.pop("n_rated")

        n_positive = d.pop("n_positive")

        genre_taste = cls(
            genre=genre,
            similarity=similarity,
            label=label,
            n_rated=n_rated,
            n_positive=n_positive,
        )

        genre_taste.additional_properties = d
        return genre_taste

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

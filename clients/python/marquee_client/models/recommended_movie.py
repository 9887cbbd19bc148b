from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.because import Because
    from ..models.movie_brief import MovieBrief
    from ..models.reason import Reason


T = TypeVar("T", bound="RecommendedMovie")


@_attrs_define
class RecommendedMovie:
    """A recommended film, its score, and the ratings that speak for it most."""

    movie: MovieBrief
    """ A film inside other answers: what shows it and names it on other sites.

    Nothing in it changes when somebody rates. """
    score: float
    """ How well the film fits, as the model scores it; comparable within one list. Lists of recommendations are not
    strictly in its order: they keep to the genres of the liked films and limit the films of a series, which are
    found by their titles. """
    reasons: list[Reason]
    """ The rated films that raised the score most, the strongest first. """
    because: Because
    """ What mostly explains a recommendation. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        movie = self.movie.to_dict()

        score = self.score

        reasons = []
        for reasons_item_data in self.reasons:
            reasons_item = reasons_item_data.to_dict()
            reasons.append(reasons_item)

        because = self.because.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "movie": movie,
                "score": score,
                "reasons": reasons,
                "because": because,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.because import Because  # noqa: PLC0415
        from ..models.movie_brief import MovieBrief  # noqa: PLC0415
        from ..models.reason import Reason  # noqa: PLC0415

        d = dict(src_dict)
        movie = MovieBrief.from_dict(d.pop("movie"))

        score = d.pop("score")

        reasons = []
        _reasons = d.pop("reasons")
        for reasons_item_data in _reasons:
            reasons_item = Reason.from_dict(reasons_item_data)

            reasons.append(reasons_item)

        because = Because.from_dict(d.pop("because"))

        recommended_movie = cls(
            movie=movie,
            score=score,
            reasons=reasons,
            because=because,
        )

        recommended_movie.additional_properties = d
        return recommended_movie

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

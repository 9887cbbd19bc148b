from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.conflicts_enum import ConflictsEnum, check_conflicts_enum
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.chosen_film_request import ChosenFilmRequest


T = TypeVar("T", bound="PersonalImportAcceptRequest")


@_attrs_define
class PersonalImportAcceptRequest:
    """How to import a checked file."""

    conflicts: ConflictsEnum | Unset = "mine"
    """ * `mine` - Keep the rating I have here
    * `theirs` - Take the rating from the file
    * `newer` - Take the newer one """
    likely: list[int] | Unset = UNSET
    """ Ids of the rows whose likely match is right; the others are left out. """
    films: list[ChosenFilmRequest] | Unset = UNSET
    """ The films of rows whose film is not certain (likely or unmatched). Rows with candidates and without a choice
    are left out. """

    def to_dict(self) -> dict[str, Any]:
        conflicts: str | Unset = UNSET
        if not isinstance(self.conflicts, Unset):
            conflicts = self.conflicts

        likely: list[int] | Unset = UNSET
        if not isinstance(self.likely, Unset):
            likely = self.likely

        films: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.films, Unset):
            films = []
            for films_item_data in self.films:
                films_item = films_item_data.to_dict()
                films.append(films_item)

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if conflicts is not UNSET:
            field_dict["conflicts"] = conflicts
        if likely is not UNSET:
            field_dict["likely"] = likely
        if films is not UNSET:
            field_dict["films"] = films

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.chosen_film_request import ChosenFilmRequest  # noqa: PLC0415

        d = dict(src_dict)
        _conflicts = d.pop("conflicts", UNSET)
        conflicts: ConflictsEnum | Unset
        if isinstance(_conflicts, Unset):
            conflicts = UNSET
        else:
            conflicts = check_conflicts_enum(_conflicts)

        likely = cast(list[int], d.pop("likely", UNSET))

        _films = d.pop("films", UNSET)
        films: list[ChosenFilmRequest] | Unset = UNSET
        if _films is not UNSET:
            films = []
            for films_item_data in _films:
                films_item = ChosenFilmRequest.from_dict(films_item_data)

                films.append(films_item)

        personal_import_accept_request = cls(
            conflicts=conflicts,
            likely=likely,
            films=films,
        )

        return personal_import_accept_request

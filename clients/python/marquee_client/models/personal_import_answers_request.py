from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..models.blank_enum import BlankEnum, check_blank_enum
from ..models.personal_import_answers_kind_enum import (
    PersonalImportAnswersKindEnum,
    check_personal_import_answers_kind_enum,
)
from ..models.scale_enum import ScaleEnum, check_scale_enum
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.personal_import_answers_request_columns import PersonalImportAnswersRequestColumns


T = TypeVar("T", bound="PersonalImportAnswersRequest")


@_attrs_define
class PersonalImportAnswersRequest:
    """What the columns of an unknown table are."""

    columns: PersonalImportAnswersRequestColumns | Unset = UNSET
    """ A column of the file for each of: title, year, rating, date, imdb_id, tmdb_id, original_title, people. """
    scale: BlankEnum | ScaleEnum | Unset = ""
    """ The scale of the file's ratings. """
    kind: PersonalImportAnswersKindEnum | Unset = "rating"
    """ * `rating` - rating
    * `seen` - seen
    * `not_interested` - not_interested
    * `watch_later` - watch_later """

    def to_dict(self) -> dict[str, Any]:
        columns: dict[str, Any] | Unset = UNSET
        if not isinstance(self.columns, Unset):
            columns = self.columns.to_dict()

        scale: str | Unset
        if isinstance(self.scale, Unset):
            scale = UNSET
        elif isinstance(self.scale, str):
            scale = self.scale
        else:
            scale = self.scale

        kind: str | Unset = UNSET
        if not isinstance(self.kind, Unset):
            kind = self.kind

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if columns is not UNSET:
            field_dict["columns"] = columns
        if scale is not UNSET:
            field_dict["scale"] = scale
        if kind is not UNSET:
            field_dict["kind"] = kind

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.personal_import_answers_request_columns import (
            PersonalImportAnswersRequestColumns,  # noqa: PLC0415
        )

        d = dict(src_dict)
        _columns = d.pop("columns", UNSET)
        columns: PersonalImportAnswersRequestColumns | Unset
        if isinstance(_columns, Unset):
            columns = UNSET
        else:
            columns = PersonalImportAnswersRequestColumns.from_dict(_columns)

        def _parse_scale(data: object) -> BlankEnum | ScaleEnum | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                scale_type_0 = check_scale_enum(data)

                return scale_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, str):
                raise TypeError()
            scale_type_1 = check_blank_enum(data)

            return scale_type_1

        scale = _parse_scale(d.pop("scale", UNSET))

        _kind = d.pop("kind", UNSET)
        kind: PersonalImportAnswersKindEnum | Unset
        if isinstance(_kind, Unset):
            kind = UNSET
        else:
            kind = check_personal_import_answers_kind_enum(_kind)

        personal_import_answers_request = cls(
            columns=columns,
            scale=scale,
            kind=kind,
        )

        return personal_import_answers_request

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.blank_enum import BlankEnum, check_blank_enum
from ..models.date_order_enum import DateOrderEnum, check_date_order_enum
from ..models.encoding_enum import EncodingEnum, check_encoding_enum
from ..models.personal_import_answers_kind_enum import (
    PersonalImportAnswersKindEnum,
    check_personal_import_answers_kind_enum,
)
from ..models.scale_enum import ScaleEnum, check_scale_enum
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.personal_import_answers_request_columns import PersonalImportAnswersRequestColumns
    from ..models.personal_import_answers_request_types import PersonalImportAnswersRequestTypes


T = TypeVar("T", bound="PersonalImportAnswersRequest")


@_attrs_define
class PersonalImportAnswersRequest:
    """What the columns of an unknown table are."""

    columns: PersonalImportAnswersRequestColumns | Unset = UNSET
    """ A column of the file, as `available` in the questions spells it, for each of: title, year, rating, date,
    imdb_id, tmdb_id, original_title, people, type. Empty: not in this file. """
    scale: BlankEnum | ScaleEnum | Unset = ""
    """ The scale of the file's ratings. """
    kind: PersonalImportAnswersKindEnum | Unset = "rating"
    """ * `rating` - rating
    * `seen` - seen
    * `not_interested` - not_interested
    * `watch_later` - watch_later """
    date_order: BlankEnum | DateOrderEnum | Unset = ""
    """ Order of day, month and year; needed for a column of which `date_orders` in the questions names several.

    * `dmy` - dmy
    * `mdy` - mdy
    * `ymd` - ymd """
    types: PersonalImportAnswersRequestTypes | Unset = UNSET
    """ Whether each value of the column of types means a film; needed for the values that `types` in the questions
    names for this column. """
    encoding: BlankEnum | EncodingEnum | Unset = ""
    """ How the letters of the file are written, where `encoding` in the questions says that this was guessed. If
    another encoding comes alone, the columns of a table are asked about again.

    * `cp1252` - cp1252
    * `cp1250` - cp1250
    * `cp1251` - cp1251
    * `cp1253` - cp1253
    * `cp1254` - cp1254
    * `cp1257` - cp1257
    * `cp1255` - cp1255
    * `cp1256` - cp1256
    * `mac-roman` - mac-roman
    * `iso8859-2` - iso8859-2
    * `koi8-r` - koi8-r
    * `cp866` - cp866
    * `cp850` - cp850
    * `cp874` - cp874
    * `shift_jis_2004` - shift_jis_2004
    * `gb18030` - gb18030
    * `big5hkscs` - big5hkscs
    * `cp949` - cp949
    * `euc_jis_2004` - euc_jis_2004 """
    has_header: bool | None | Unset = UNSET
    """ Whether the first line names the columns; by default as the questions suggest. """

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

        date_order: str | Unset
        if isinstance(self.date_order, Unset):
            date_order = UNSET
        elif isinstance(self.date_order, str):
            date_order = self.date_order
        else:
            date_order = self.date_order

        types: dict[str, Any] | Unset = UNSET
        if not isinstance(self.types, Unset):
            types = self.types.to_dict()

        encoding: str | Unset
        if isinstance(self.encoding, Unset):
            encoding = UNSET
        elif isinstance(self.encoding, str):
            encoding = self.encoding
        else:
            encoding = self.encoding

        has_header: bool | None | Unset
        if isinstance(self.has_header, Unset):
            has_header = UNSET
        else:
            has_header = self.has_header

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if columns is not UNSET:
            field_dict["columns"] = columns
        if scale is not UNSET:
            field_dict["scale"] = scale
        if kind is not UNSET:
            field_dict["kind"] = kind
        if date_order is not UNSET:
            field_dict["date_order"] = date_order
        if types is not UNSET:
            field_dict["types"] = types
        if encoding is not UNSET:
            field_dict["encoding"] = encoding
        if has_header is not UNSET:
            field_dict["has_header"] = has_header

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.personal_import_answers_request_columns import (
            PersonalImportAnswersRequestColumns,  # noqa: PLC0415
        )
        from ..models.personal_import_answers_request_types import PersonalImportAnswersRequestTypes  # noqa: PLC0415

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

        def _parse_date_order(data: object) -> BlankEnum | DateOrderEnum | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                date_order_type_0 = check_date_order_enum(data)

                return date_order_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, str):
                raise TypeError()
            date_order_type_1 = check_blank_enum(data)

            return date_order_type_1

        date_order = _parse_date_order(d.pop("date_order", UNSET))

        _types = d.pop("types", UNSET)
        types: PersonalImportAnswersRequestTypes | Unset
        if isinstance(_types, Unset):
            types = UNSET
        else:
            types = PersonalImportAnswersRequestTypes.from_dict(_types)

        def _parse_encoding(data: object) -> BlankEnum | EncodingEnum | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                encoding_type_0 = check_encoding_enum(data)

                return encoding_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, str):
                raise TypeError()
            encoding_type_1 = check_blank_enum(data)

            return encoding_type_1

        encoding = _parse_encoding(d.pop("encoding", UNSET))

        def _parse_has_header(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        has_header = _parse_has_header(d.pop("has_header", UNSET))

        personal_import_answers_request = cls(
            columns=columns,
            scale=scale,
            kind=kind,
            date_order=date_order,
            types=types,
            encoding=encoding,
            has_header=has_header,
        )

        return personal_import_answers_request

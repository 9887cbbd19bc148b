from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.conflicts_enum import ConflictsEnum, check_conflicts_enum
from ..models.personal_import_status_enum import (
    PersonalImportStatusEnum,
    check_personal_import_status_enum,
)

if TYPE_CHECKING:
    from ..models.personal_import_counts import PersonalImportCounts
    from ..models.personal_import_questions import PersonalImportQuestions


T = TypeVar("T", bound="PersonalImport")


@_attrs_define
class PersonalImport:
    """An import of the caller's own ratings."""

    id: int
    """ Number of this object on this site. """
    source: str
    """ The site or program whose export the file is, such as `letterboxd`; `table` is any other table; empty until
    the file is read. """
    file_name: str
    """ Name of the file that was sent. """
    status: PersonalImportStatusEnum
    """ * `asking` - Needs an answer
    * `checking` - Is being read
    * `ready` - Ready to import
    * `queued` - Waits to be imported
    * `running` - Is being imported
    * `done` - Imported
    * `undone` - Undone
    * `failed` - Failed
    * `cancelled` - Cancelled """
    conflicts: ConflictsEnum
    """ * `mine` - Keep the rating I have here
    * `theirs` - Take the rating from the file
    * `newer` - Take the newer one """
    counts: PersonalImportCounts
    """ Numbers of rows: by kind and match before the import, by outcome after it. """
    questions: PersonalImportQuestions
    """ Of an unknown table: suggested columns, scale and kind, ratings far above the others (outliers), and the
    orders of day, month and year that its columns leave open. Of a file that is not in Unicode: the encoding that
    was guessed. Answer them while the status is asking, or again while it is ready. """
    error: str
    """ What went wrong; empty if nothing did. """
    step: str
    """ What a worker does now; empty while nothing is in work. """
    percent: int
    """ How far the step is: 0 while nothing is in work, 100 once the import is done. """
    created_at: datetime.datetime
    """ Time at which this object was created. """
    finished_at: datetime.datetime | None
    """ When it ended; null: not yet. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        source = self.source

        file_name = self.file_name

        status: str = self.status

        conflicts: str = self.conflicts

        counts = self.counts.to_dict()

        questions = self.questions.to_dict()

        error = self.error

        step = self.step

        percent = self.percent

        created_at = self.created_at.isoformat()

        finished_at: None | str
        if isinstance(self.finished_at, datetime.datetime):
            finished_at = self.finished_at.isoformat()
        else:
            finished_at = self.finished_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "source": source,
                "file_name": file_name,
                "status": status,
                "conflicts": conflicts,
                "counts": counts,
                "questions": questions,
                "error": error,
                "step": step,
                "percent": percent,
                "created_at": created_at,
                "finished_at": finished_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.personal_import_counts import PersonalImportCounts  # noqa: PLC0415
        from ..models.personal_import_questions import PersonalImportQuestions  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        source = d.pop("source")

        file_name = d.pop("file_name")

        status = check_personal_import_status_enum(d.pop("status"))

        conflicts = check_conflicts_enum(d.pop("conflicts"))

        counts = PersonalImportCounts.from_dict(d.pop("counts"))

        questions = PersonalImportQuestions.from_dict(d.pop("questions"))

        error = d.pop("error")

        step = d.pop("step")

        percent = d.pop("percent")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_finished_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                finished_at_type_0 = datetime.datetime.fromisoformat(data)

                return finished_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        finished_at = _parse_finished_at(d.pop("finished_at"))

        personal_import = cls(
            id=id,
            source=source,
            file_name=file_name,
            status=status,
            conflicts=conflicts,
            counts=counts,
            questions=questions,
            error=error,
            step=step,
            percent=percent,
            created_at=created_at,
            finished_at=finished_at,
        )

        personal_import.additional_properties = d
        return personal_import

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

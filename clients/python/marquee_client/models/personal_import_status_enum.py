from typing import Literal, cast

PersonalImportStatusEnum = Literal[
    "asking", "cancelled", "checking", "done", "failed", "queued", "ready", "running", "undone"
]


def check_personal_import_status_enum(value: str) -> PersonalImportStatusEnum:
    return cast(PersonalImportStatusEnum, value)

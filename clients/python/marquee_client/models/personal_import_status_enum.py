from typing import Literal

PersonalImportStatusEnum = Literal[
    "asking", "cancelled", "checking", "done", "failed", "queued", "ready", "running", "undone"
]

PERSONAL_IMPORT_STATUS_ENUM_VALUES: set[PersonalImportStatusEnum] = {
    "asking",
    "cancelled",
    "checking",
    "done",
    "failed",
    "queued",
    "ready",
    "running",
    "undone",
}


def check_personal_import_status_enum(value: str) -> PersonalImportStatusEnum:
    if value in PERSONAL_IMPORT_STATUS_ENUM_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {PERSONAL_IMPORT_STATUS_ENUM_VALUES!r}"
    )

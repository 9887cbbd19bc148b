from typing import Literal

PersonalImportAnswersKindEnum = Literal["not_interested", "rating", "seen", "watch_later"]

PERSONAL_IMPORT_ANSWERS_KIND_ENUM_VALUES: set[PersonalImportAnswersKindEnum] = {
    "not_interested",
    "rating",
    "seen",
    "watch_later",
}


def check_personal_import_answers_kind_enum(value: str) -> PersonalImportAnswersKindEnum:
    if value in PERSONAL_IMPORT_ANSWERS_KIND_ENUM_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {PERSONAL_IMPORT_ANSWERS_KIND_ENUM_VALUES!r}"
    )

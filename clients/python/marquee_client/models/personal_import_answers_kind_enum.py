from typing import Literal, cast

PersonalImportAnswersKindEnum = Literal["not_interested", "rating", "seen", "watch_later"]


def check_personal_import_answers_kind_enum(value: str) -> PersonalImportAnswersKindEnum:
    return cast(PersonalImportAnswersKindEnum, value)

from typing import Literal, cast

PersonalImportAnswersRequestTypesAdditionalProperty = Literal["film", "other"]


def check_personal_import_answers_request_types_additional_property(
    value: str,
) -> PersonalImportAnswersRequestTypesAdditionalProperty:
    return cast(PersonalImportAnswersRequestTypesAdditionalProperty, value)

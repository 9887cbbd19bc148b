from typing import Literal

MemberEventEnum = Literal["import.finished", "ratings.changed", "recommendations.changed"]

MEMBER_EVENT_ENUM_VALUES: set[MemberEventEnum] = {
    "import.finished",
    "ratings.changed",
    "recommendations.changed",
}


def check_member_event_enum(value: str) -> MemberEventEnum:
    if value in MEMBER_EVENT_ENUM_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {MEMBER_EVENT_ENUM_VALUES!r}")

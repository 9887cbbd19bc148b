from typing import Literal, cast

MemberEventEnum = Literal["import.finished", "ratings.changed", "recommendations.changed"]


def check_member_event_enum(value: str) -> MemberEventEnum:
    return cast(MemberEventEnum, value)

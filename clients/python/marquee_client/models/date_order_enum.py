from typing import Literal, cast

DateOrderEnum = Literal["dmy", "mdy", "ymd"]


def check_date_order_enum(value: str) -> DateOrderEnum:
    return cast(DateOrderEnum, value)

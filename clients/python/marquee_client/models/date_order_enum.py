from typing import Literal

DateOrderEnum = Literal["dmy", "mdy", "ymd"]

DATE_ORDER_ENUM_VALUES: set[DateOrderEnum] = {
    "dmy",
    "mdy",
    "ymd",
}


def check_date_order_enum(value: str) -> DateOrderEnum:
    if value in DATE_ORDER_ENUM_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DATE_ORDER_ENUM_VALUES!r}")

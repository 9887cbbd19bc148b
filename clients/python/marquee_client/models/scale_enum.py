from typing import Literal, cast

ScaleEnum = Literal["10", "100", "20", "4", "5", "grades", "letters", "percent", "thumbs"]


def check_scale_enum(value: str) -> ScaleEnum:
    return cast(ScaleEnum, value)

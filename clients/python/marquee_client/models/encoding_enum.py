from typing import Literal, cast

EncodingEnum = Literal[
    "big5hkscs",
    "cp1250",
    "cp1251",
    "cp1252",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp1257",
    "cp850",
    "cp866",
    "cp874",
    "cp949",
    "euc_jis_2004",
    "gb18030",
    "iso8859-2",
    "koi8-r",
    "mac-roman",
    "shift_jis_2004",
]


def check_encoding_enum(value: str) -> EncodingEnum:
    return cast(EncodingEnum, value)

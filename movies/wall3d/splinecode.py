"""The ``.splinecode`` container: one msgpack value in the record notation of msgpackr.

A document consists of

===========  =============================  ====================================================
in Python    in the file                    in the runtime
===========  =============================  ====================================================
``dict``     ``d4 72 40``, array of keys,   a plain object
             then the values in key order
``IdMap``    ``d4 01 00``, object           things by their id
``Items``    ``d4 02 00``, array            an ordered list of ``{fi, id, data}``
``Tree``     ``d4 03 00``, array            the same, with ``children``
``bytes``    bin                            ``Uint8Array``
===========  =============================  ====================================================

and None, booleans, numbers, text and plain lists as msgpack has them. msgpack's own maps stay out:
the runtime reads them as JavaScript ``Map`` and stumbles over them. Every object defines record
0x40 anew: a reader that never meets the same definition again never compiles one with
``new Function``, which a strict Content-Security-Policy forbids.
"""

import struct
from typing import TypeAlias

Value: TypeAlias = (
    "bool | float | str | bytes | list[Value] | dict[str, Value] | IdMap | Items | Tree | None"
)
"""Anything a document may consist of."""


class IdMap(dict[str, "Value"]):
    """Things by their id."""


class Items(list["Value"]):
    """An ordered list of ``{fi, id, data}``."""


class Tree(list["Value"]):
    """An ordered list of ``{fi, id, data, children}``."""


class SplinecodeError(ValueError):
    """The bytes are not a document of the kind described above."""


_RECORD = b"\xd4\x72\x40"
_KINDS: dict[type[IdMap | Items | Tree], bytes] = {
    IdMap: b"\xd4\x01\x00",
    Items: b"\xd4\x02\x00",
    Tree: b"\xd4\x03\x00",
}
_CONSTANTS: dict[int, Value] = {0xC0: None, 0xC2: False, 0xC3: True}
_INT32 = range(-(2**31), 2**31)


def dumps(value: Value) -> bytes:
    """Write a document.

    Raises
    ------
    TypeError
        It holds something that a document cannot.

    """
    out = bytearray()
    _write(out, value)
    return bytes(out)


def _write(out: bytearray, value: Value) -> None:
    if value is None or isinstance(value, bool):
        out.append({None: 0xC0, False: 0xC2, True: 0xC3}[value])
    elif isinstance(value, int | float):
        _write_number(out, value)
    elif isinstance(value, str):
        _write_text(out, value.encode())
    elif isinstance(value, bytes):
        out += _sized(len(value), 0xC4, 0xC5, 0xC6) + value
    else:
        _write_collection(out, value)


def _write_collection(out: bytearray, value: list[Value] | dict[str, Value]) -> None:
    out += next((mark for kind, mark in _KINDS.items() if isinstance(value, kind)), b"")
    if isinstance(value, dict):
        out += _RECORD + _array_header(len(value))
        for item in (*value, *value.values()):
            _write(out, item)
    elif isinstance(value, list):
        out += _array_header(len(value))
        for item in value:
            _write(out, item)
    else:
        raise TypeError(f"A document cannot hold {type(value).__name__}.")


def _write_number(out: bytearray, value: float) -> None:
    whole = int(value) if value == value // 1 else None
    if whole is None or whole not in _INT32:
        out += b"\xcb" + struct.pack(">d", value)
    elif 0 <= whole < 0x80:
        out.append(whole)
    elif -32 <= whole < 0:
        out.append(whole & 0xFF)
    else:
        out += b"\xd2" + struct.pack(">i", whole)


def _write_text(out: bytearray, text: bytes) -> None:
    short = len(text) < 32
    out += (bytes([0xA0 | len(text)]) if short else _sized(len(text), 0xD9, 0xDA, 0xDB)) + text


def _array_header(length: int) -> bytes:
    if length < 16:
        return bytes([0x90 | length])
    return struct.pack(">BH", 0xDC, length) if length < 2**16 else struct.pack(">BI", 0xDD, length)


def _sized(length: int, *marks: int) -> bytes:
    """Return the header of text or bytes: the size of the length, and the length."""
    for mark, size in zip(marks, (1, 2, 4), strict=True):
        if length < 2 ** (8 * size):
            return bytes([mark]) + length.to_bytes(size)
    raise TypeError("A document cannot hold more than 4 GiB in one piece.")


def loads(data: bytes) -> Value:
    """Read a document that :func:`dumps` wrote.

    Raises
    ------
    SplinecodeError
        It is cut off, goes on after its end, or holds what is never written.

    """
    reader = _Reader(data)
    value = reader.value()
    if reader.at != len(data):
        raise SplinecodeError(f"{len(data) - reader.at} bytes follow the end.")
    return value


class _Reader:
    """The bytes and how far they are read."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def value(self) -> Value:
        """Return the value that begins at the current position."""
        mark = self._take(1)[0]
        if mark in _CONSTANTS:
            return _CONSTANTS[mark]
        if mark < 0x80 or mark >= 0xE0:
            return mark if mark < 0x80 else mark - 0x100
        if 0x90 <= mark < 0xA0:
            return self._values(mark & 0x0F)
        if 0xA0 <= mark < 0xC0:
            return self._text(mark & 0x1F)
        return self._long(mark)

    def _long(self, mark: int) -> Value:
        match mark:
            case 0xC4 | 0xC5 | 0xC6:
                return self._take(self._length(mark - 0xC4))
            case 0xCB:
                return float(struct.unpack(">d", self._take(8))[0])
            case 0xD2:
                return int(struct.unpack(">i", self._take(4))[0])
            case 0xD4:
                return self._extended(self._take(2))
            case 0xD9 | 0xDA | 0xDB:
                return self._text(self._length(mark - 0xD9))
            case 0xDC | 0xDD:
                return self._values(self._length(mark - 0xDB))
        raise SplinecodeError(f"Byte {mark:#x} at {self.at - 1} begins nothing that is known.")

    def _take(self, length: int) -> bytes:
        taken = self.data[self.at : self.at + length]
        if len(taken) < length:
            raise SplinecodeError("The file is cut off.")
        self.at += length
        return taken

    def _length(self, power: int) -> int:
        return int.from_bytes(self._take(2**power))

    def _text(self, length: int) -> str:
        try:
            return self._take(length).decode()
        except UnicodeDecodeError as error:
            raise SplinecodeError("Text is not UTF-8.") from error

    def _values(self, length: int) -> list[Value]:
        return [self.value() for _ in range(length)]

    def _extended(self, mark: bytes) -> Value:
        if mark == _RECORD[1:]:
            return self._object()
        value = self.value()
        if mark == b"\x01\x00" and isinstance(value, dict):
            return IdMap(value)
        if mark == b"\x02\x00" and isinstance(value, list):
            return Items(value)
        if mark == b"\x03\x00" and isinstance(value, list):
            return Tree(value)
        raise SplinecodeError(f"Extension {mark.hex()} with a {type(value).__name__} is not known.")

    def _object(self) -> dict[str, Value]:
        keys = self.value()
        if not isinstance(keys, list):
            raise SplinecodeError("An object has no keys.")
        record: dict[str, Value] = {}
        for key in keys:
            if not isinstance(key, str):
                raise SplinecodeError("A key is not text.")
            record[key] = self.value()
        return record

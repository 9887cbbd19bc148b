"""Bodies, as long as they make sense."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import IO, Any, ClassVar

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.utils.json import strict_constant
from typing_extensions import override

from common.api.exceptions import PayloadTooLarge

MAX_DIGITS = 400
"""Of an integer; Python reads at most some thousands."""
REPLACEMENT = "\ufffd"
"""What Django writes for a byte of a form that is not UTF-8."""


def read_json(body: bytes) -> Any:
    """Return a JSON document, wherever a program sends one.

    Raises
    ------
    ParseError
        Not JSON in UTF-8, nested thousands deep, with a field that is there twice, with a number of
        more than 400 digits, or with text that is no Unicode.

    """
    try:
        data = json.loads(
            body.decode(),  # RFC 8259 allows no other encoding than UTF-8
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_constant=strict_constant,
        )
        if b"\\u" in body:  # half a surrogate pair is an escape that no encoding can write
            json.dumps(data, ensure_ascii=False).encode()
    except RecursionError:
        raise ParseError(_("The document is nested too deeply.")) from None
    except UnicodeEncodeError:
        raise ParseError(_("A \\u escape is half of a surrogate pair.")) from None
    except UnicodeDecodeError:
        raise ParseError(_("The body is not in UTF-8.")) from None
    except ValueError as error:
        raise ParseError(f"JSON parse error - {error}") from None
    return data


class LimitedJSONParser(JSONParser):
    """DRF reads a body of any length at once; this one stops at ``API_MAX_BODY_BYTES``."""

    @override
    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the parsed JSON document.

        Raises
        ------
        PayloadTooLarge
            Longer than the setting, which is answered before the rest is read.
        ParseError
            No document for :func:`read_json`, or shorter than its Content-Length.

        """
        limit: int = settings.API_MAX_BODY_BYTES
        if _announced_bytes(parser_context or {}) > limit:
            raise PayloadTooLarge
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise PayloadTooLarge
        _require_length(parser_context or {}, len(body))
        return read_json(body)


class LimitedUploadParser(MultiPartParser):
    """Files, of as many bytes as a setting allows and a form around them."""

    SETTING: ClassVar[str] = "IMPORT_MAX_BYTES"
    FORM_BYTES: ClassVar[int] = 100_000

    @override
    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the parsed form and its files.

        Raises
        ------
        PayloadTooLarge
            Longer than the setting; nothing of it is read.
        ParseError
            Not a form, or one with a repeated field or with text that is not in UTF-8.

        """
        limit: int = getattr(settings, self.SETTING)
        if _announced_bytes(parser_context or {}) > limit + self.FORM_BYTES:
            raise PayloadTooLarge(limit)
        try:
            form = super().parse(stream, media_type, dict(parser_context or {}))
        except (SuspiciousOperation, UnicodeError) as error:
            raise ParseError(str(error)) from error
        for values in (form.data, form.files):
            for name, sent in values.lists():
                if len(sent) > 1:
                    raise _twice(name)
        if any(REPLACEMENT in text for _name, values in form.data.lists() for text in values):
            raise ParseError(_("The body is not in UTF-8."))
        return form


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that is there twice: one of its values would be ignored."""
    found = dict(members)
    if len(found) < len(members):
        [(twice, _n)] = Counter(name for name, _value in members).most_common(1)
        raise _twice(twice)
    return found


def _twice(name: str) -> ParseError:
    return ParseError(_("The field %(name)s is there more than once.") % {"name": ascii(name)})


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ParseError(_("A number has too many digits."))
    return int(text)


def _require_length(context: Mapping[str, Any], n_bytes: int) -> None:
    if _announced_bytes(context) > n_bytes:
        raise ParseError(_("The body ends before its Content-Length."))


def _announced_bytes(context: Mapping[str, Any]) -> int:
    """Return the length of the body that its header tells, 0 where it tells none."""
    length = str(context["request"].META.get("CONTENT_LENGTH")) if "request" in context else ""
    return int(length) if length.isdecimal() else 0

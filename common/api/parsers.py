"""Bodies, as long as they make sense."""

import json
from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any, ClassVar

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser, MultiPartParser
from typing_extensions import override

from common.api.exceptions import PayloadTooLarge


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
            Longer than the setting; the rest of it is not even read.
        ParseError
            Not JSON, nested thousands deep, with text that is no Unicode, or shorter than its
            Content-Length.

        """
        limit: int = settings.API_MAX_BODY_BYTES
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise PayloadTooLarge
        context = dict(parser_context or {}) | {"encoding": "utf-8"}  # RFC 8259 allows no other
        _require_length(context, len(body))
        try:
            data = super().parse(BytesIO(body), media_type, context)
            if b"\\u" in body:  # half a surrogate pair is an escape that no encoding can write
                json.dumps(data, ensure_ascii=False).encode()
        except RecursionError:
            raise ParseError(_("The document is nested too deeply.")) from None
        except UnicodeEncodeError:
            raise ParseError(_("A \\u escape is half of a surrogate pair.")) from None
        return data


class LimitedUploadParser(MultiPartParser):
    """Files, of as many bytes as ``IMPORT_MAX_BYTES`` and a form around them."""

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
            Not a form.

        """
        limit: int = settings.IMPORT_MAX_BYTES
        length = str((parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0)
        if length.isdecimal() and int(length) > limit + self.FORM_BYTES:
            raise PayloadTooLarge(limit)
        try:
            return super().parse(stream, media_type, dict(parser_context or {}))
        except (SuspiciousOperation, UnicodeError) as error:
            raise ParseError(str(error)) from error


def _require_length(context: Mapping[str, Any], n_bytes: int) -> None:
    length = (
        str(context["request"].META.get("CONTENT_LENGTH") or "") if "request" in context else ""
    )
    if length.isdecimal() and int(length) > n_bytes:
        raise ParseError(_("The body ends before its Content-Length."))

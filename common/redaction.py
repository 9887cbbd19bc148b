"""Secrets are taken out of texts before they reach a log, a report or a page."""

import re
from typing import Final

MASK: Final = "[hidden]"
_PATTERNS: Final = (
    # The value of a query parameter or of a "name=value" or "name: value" pair.
    re.compile(
        r"(?i)(?P<keep>\b(?:api[_-]?key|access[_-]?token|token|secret(?:[_-]?key)?|password|passwd"
        r"|sig|signature)\b[\"']?\s*[=:]\s*[\"']?)(?P<secret>[^\s&\"',;]+)"
    ),
    re.compile(
        r"(?i)(?P<keep>\bauthorization\b[\"']?\s*[=:]\s*[\"']?\w+\s+)(?P<secret>[^\s\"',]+)"
    ),
    re.compile(r"(?i)(?P<keep>\bbearer\s+)(?P<secret>[\w.~+/=-]{8,})"),
    # The user and password part of a URL.
    re.compile(r"(?P<keep>\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)(?P<secret>[^\s@]+)(?=@)"),
    # This site's own API tokens and webhook secrets.
    re.compile(r"(?P<keep>\b(?:mq_|whsec_))(?P<secret>[\w-]{8,})"),
)


def redact(text: str) -> str:
    """Return ``text`` with the values of keys, tokens and passwords replaced by ``[hidden]``.

    >>> redact("403 for url 'https://api.example/3/movie/5?api_key=abc123&page=2'")
    "403 for url 'https://api.example/3/movie/5?api_key=[hidden]&page=2'"
    >>> redact("postgresql://marquee:p4ss@db:5432/marquee")
    'postgresql://marquee:[hidden]@db:5432/marquee'
    """
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<keep>{MASK}", text)
    return text

"""Hide secrets in text that is written to a log, a report or a page."""

import re
from typing import Final

MASK: Final = "[hidden]"
_NAMES: Final = (
    r"[\w-]{0,60}(?:api|access|account|shared|storage|secret|private|session)[_-]?key(?:[_-]?fallbacks)?"
    r"|[\w-]{0,60}(?:token|secret|password|passwd|passphrase)|(?:[\w-]{0,60}[_-])?(?:sig|signature)"
    r"|session[_-]?id|(?:code[_-]verifier|device[_-]code|user[_-]code)"
)
"""Names of secrets, alone or at the end of longer ones such as ``OIDC_CLIENT_SECRET``."""
_VALUE: Final = r"(?P<secret>(?<=[\"'])[^\"'\n]+|[^\s&\"',;]+)"
_PATTERNS: Final = (
    # The value of a query parameter or of a "name=value" or "name: value" pair.
    re.compile(rf"(?i)(?P<keep>(?<![\w-])(?:{_NAMES})[\"']?\s*[=:]\s*[\"']?){_VALUE}"),
    # The code with which a program gets the tokens of OAuth.
    re.compile(r"(?P<keep>(?:^|[?&])code=)(?P<secret>[^\s&\"']+)"),
    re.compile(
        r"(?i)(?P<keep>\bauthorization\b[\"']?\s*[=:]\s*[\"']?\w+\s+)(?P<secret>[^\s\"',]+)"
    ),
    re.compile(r"(?i)(?P<keep>\bbearer\s+)(?P<secret>[\w.~+/=-]{8,})"),
    # The user and password part of a URL.
    re.compile(r"(?P<keep>\b[a-z][a-z0-9+.-]{0,30}://[^\s:/@]*:)(?P<secret>[^\s@]+)(?=@)"),
    # This site's own API tokens and webhook secrets.
    re.compile(r"(?P<keep>\b(?:mq_|whsec_))(?P<secret>[\w-]{8,})"),
    # Links of this site that let in everybody who has them.
    re.compile(
        r"(?P<keep>/(?:password/reset/key|confirm-email|invitation|shared)/)"
        r"(?P<secret>[^/\s?#\"']+)"
    ),
)


def redact(text: str) -> str:
    """Return ``text`` with the values of keys, tokens and passwords replaced by ``[hidden]``.

    >>> redact("403 for url 'https://api.example/3/movie/5?api_key=abc123&page=2'")
    "403 for url 'https://api.example/3/movie/5?api_key=[hidden]&page=2'"
    >>> redact("postgresql://marquee:p4ss@db:5432/marquee")
    'postgresql://marquee:[hidden]@db:5432/marquee'
    >>> redact("Not Found: /accounts/invitation/AbCd/")
    'Not Found: /accounts/invitation/[hidden]/'
    """
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<keep>{MASK}", text)
    return text

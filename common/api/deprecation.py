"""How an operation announces that it will go away (RFC 9745, RFC 8594)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.http import http_date


@dataclass(frozen=True)
class Deprecation:
    """When an endpoint was deprecated and when it stops answering.

    A view says so by a class attribute: ``deprecation = Deprecation(...)``.
    """

    since: datetime
    sunset: datetime
    successor: str = ""
    """Address of what replaces it."""

    def headers(self) -> list[tuple[str, str]]:
        """Return the headers of every answer of the endpoint.

        >>> from datetime import UTC
        >>> since, sunset = datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 7, 1, tzinfo=UTC)
        >>> for name, value in Deprecation(since, sunset).headers(): print(name, value)
        Deprecation @1798761600
        Sunset Thu, 01 Jul 2027 00:00:00 GMT
        """
        headers = [
            ("Deprecation", f"@{int(self.since.timestamp())}"),
            ("Sunset", http_date(self.sunset.timestamp())),
        ]
        if self.successor:
            headers.append(("Link", f'<{self.successor}>; rel="successor-version"'))
        return headers


@dataclass(frozen=True)
class OldParameters:
    """Deprecated names of query parameters, which are taken until the sunset.

    A view says so by a class attribute: ``old_parameters = OldParameters(...)``. Only a request
    that uses one of them is answered with the headers.
    """

    names: Mapping[str, str]
    """Old name -> present name."""
    deprecation: Deprecation

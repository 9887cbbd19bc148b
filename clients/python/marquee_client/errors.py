"""Contains shared errors types that can be raised from API functions"""

import httpx


class UnexpectedStatus(Exception):
    """Raised by api functions when the answer is not one of the API's and Client.raise_on_unexpected_status is True"""

    def __init__(self, status_code: int, content: bytes):
        self.status_code = status_code
        self.content = content

        super().__init__(
            f"Unexpected status code: {status_code}\n\nResponse content:\n{content.decode(errors='ignore')}"
        )


def has_type(response: httpx.Response, media_type: str) -> bool:
    """Return whether an answer says that it is of a media type"""
    return response.headers.get("Content-Type", "").partition(";")[0].strip().lower() == media_type


__all__ = ["UnexpectedStatus", "has_type"]

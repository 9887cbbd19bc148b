"""What a token looks like and how it is kept."""

import hashlib
import secrets
from typing import Final

PREFIX: Final = "mq_"
"""By it people, and scanners for leaked secrets, know a token of this site."""
N_BYTES: Final = 32
HINT_LENGTH: Final = 9


def new_secret() -> str:
    """Return a new token of 256 random bits."""
    return PREFIX + secrets.token_urlsafe(N_BYTES)


def digest_of(secret: str) -> str:
    """Return what is stored of a secret: its SHA-256 in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()

"""The environment of the settings, with one short message for each value that is wrong."""

import os
import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError, EnvValidationError, ValidationError

from common.redaction import MASK, redact

PREFIX: Final = "MARQUEE_"


class Environment:
    """environs' ``Env`` that says which variable is wrong, its value, and what is allowed."""

    def __init__(self) -> None:
        self._env = Env()
        self.names: set[str] = set()
        """Variables that have been read, whether they are set or not."""

    def __getattr__(self, kind: str) -> Callable[..., Any]:
        """Return environs' method of this name.

        Raises
        ------
        ImproperlyConfigured
            By the method: the variable is missing or its value is not allowed.

        """
        method = getattr(self._env, kind)

        def read(name: str, *args: Any, **kwargs: Any) -> Any:
            self.names.add(name)
            try:
                return method(name, *args, **kwargs)
            except EnvValidationError as error:
                raise ImproperlyConfigured(_told(name, error)) from None
            except EnvError as error:
                raise ImproperlyConfigured(str(error)) from None

        return read


def matches(pattern: str, allowed: str) -> Callable[[str], None]:
    """Return a validator of texts; ``allowed`` says in words what ``pattern`` matches."""

    def check(value: str) -> None:
        if not re.fullmatch(pattern, value):
            raise ValidationError(allowed)

    return check


def mistyped(names: set[str]) -> dict[str, str]:
    """Return variables that nothing reads and that resemble one that is read."""
    unread = [name for name in os.environ if name.startswith(PREFIX) and name not in names]
    nearest = {name: get_close_matches(name, names, 1, 0.85) for name in unread}
    return {name: close[0] for name, close in nearest.items() if close}


def _told(name: str, error: EnvValidationError) -> str:
    found = error.error_messages
    words = " ".join(map(str, found)) if isinstance(found, list) else str(error)
    value = os.environ.get(name, "")[:100]
    if MASK in redact(f"{name}=x") or "@" in value:  # a password may stand before the @
        value = MASK
    return f"{name}={value} is wrong. {words}"

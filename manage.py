#!/usr/bin/env python3
"""Django's command line, on the embedded servers when no others are named."""

import os
import signal
import sys
from contextlib import AbstractContextManager, nullcontext

NEEDS_NO_SERVERS = {
    "",
    "--help",
    "--version",
    "build_wall_scene",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "help",
    "makemessages",
    "spectacular",
    "startapp",
    "version",
}


def servers(command: str) -> AbstractContextManager[None]:
    """Keep the embedded servers up while ``command`` runs, if it needs them."""
    from django.conf import settings

    from recsite.local.embedded import ensure_running

    is_embedded = settings.IS_EMBEDDED_DATABASE or settings.IS_EMBEDDED_REDIS
    if not is_embedded or command in NEEDS_NO_SERVERS:
        return nullcontext()
    return ensure_running(settings.LOCAL_DIR)


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recsite.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from recsite.local.embedded import EmbeddedServerError

    # Without it a terminated command would leave the servers that it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with servers(sys.argv[1] if len(sys.argv) > 1 else ""):
            execute_from_command_line(sys.argv)
    except (EmbeddedServerError, ImproperlyConfigured) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


if __name__ == "__main__":
    main()

"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recsite.settings")

_django = get_wsgi_application()

from common.api.wsgi import (  # noqa: E402 # it reads the settings
    IgnoreCharsets,
    MarkBrokenPaths,
    ReadChunkedBodies,
)

application = MarkBrokenPaths(IgnoreCharsets(ReadChunkedBodies(_django)))

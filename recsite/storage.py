"""Where static files are kept, and how much is done to them."""

from typing import Any

from django.conf import settings
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # untyped
    """Hashed names and compressed copies: gzip's on one machine, in production Brotli's too.

    Brotli at its best takes half a minute over the admin's and the wall's scripts, which saves
    nothing where browser and server share a machine.
    """

    def create_compressor(self, **kwargs: Any) -> Compressor:
        """Return the object that compresses static files."""
        return super().create_compressor(use_brotli=settings.IS_PRODUCTION, **kwargs)

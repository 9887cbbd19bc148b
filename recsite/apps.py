"""Configure the application "recsite" for Django."""

from django.apps import AppConfig


class RecsiteConfig(AppConfig):
    """Registers the composition root, for its commands and system checks."""

    name = "recsite"

    def ready(self) -> None:
        """Register the system checks, and the queues' application for every command and shell."""
        from recsite import celery, checks, observability  # noqa: F401

        observability.start()

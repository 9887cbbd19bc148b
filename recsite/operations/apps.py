"""Configure the application "operations" for Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OperationsConfig(AppConfig):
    """Registers what the people who run the site need."""

    name = "recsite.operations"
    label = "operations"
    verbose_name = _("Operations")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Note when tasks are sent, and count how they end."""
        from recsite.operations import queues

        queues.connect()

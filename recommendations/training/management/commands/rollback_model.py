"""Go back to the model before the active one."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from recommendations.services.activation import version_rollback


class Command(BaseCommand):
    """Withdraw the active model."""

    help = "Serve the model that was active before."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 (Django passes them)
        """Roll back, or say why not."""
        try:
            activation = version_rollback(rolled_back_by=None)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(self.style.SUCCESS(f"Run {activation.version_id} is active again."))

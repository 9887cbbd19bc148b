"""``manage.py check``, asking the servers too."""

from typing import Any

from django.core.management.commands import check


class Command(check.Command):
    """Django's check; without ``--deploy``, which judges settings alone, the servers are asked."""

    def handle(self, *app_labels: Any, **options: Any) -> None:
        """Run the checks, with those of the database unless ``--deploy`` is given."""
        if not options["databases"] and not options["deploy"]:
            options["databases"] = ["default"]
        super().handle(*app_labels, **options)

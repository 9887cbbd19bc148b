"""``manage.py prune``: delete what is no longer kept, or say what would be deleted."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recsite.operations.retention import RULES, retention_apply


class Command(BaseCommand):
    """Apply the retention rules that beat applies every night."""

    help = "Delete models, folders and rows that are no longer kept (docs/deploy.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the option ``--dry-run`` of the command."""
        parser.add_argument("--dry-run", action="store_true", help="Count what is due, only.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Apply every rule, or count.

        Raises
        ------
        CommandError
            A rule failed; the others were applied.

        """
        if options["dry_run"]:
            for rule in RULES:
                self.stdout.write(f"{rule.name}: {rule.count()}")
            return
        run = retention_apply()
        for name, n_removed in run.removed.items():
            self.stdout.write(f"{name}: {n_removed}")
        if run.error:
            raise CommandError(run.error)

"""``manage.py restore TARGET``: bring a backup back into an empty database and storage."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recsite.operations.backups import BackupError, backup_restore, target_storage


class Command(BaseCommand):
    """Restore the whole site from a backup."""

    help = "Bring back what `manage.py backup` has written (docs/deploy.md)."
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the source and whether data may be replaced."""
        parser.add_argument("target")
        parser.add_argument(
            "--replace",
            action="store_true",
            help="Delete everything that the database's schema holds now, except extensions.",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Restore it and say what came back.

        Raises
        ------
        CommandError
            There is no whole backup, or the database holds data.

        """
        try:
            backup = backup_restore(
                target_storage(options["target"]),
                replace=options["replace"],
                say=self.stdout.write if options["verbosity"] > 1 else _silent,
            )
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{backup.n_rows} rows of {backup.n_tables} tables and {backup.n_files} files are back."
            " Set SECRET_KEY to that of manifest.json, and everybody logs in again."
        )


def _silent(_text: str) -> None:
    """Say nothing."""

"""``manage.py backup TARGET``: copy everything that the site keeps, while it runs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recsite.operations.backups import BackupError, backup_write, target_storage


class Command(BaseCommand):
    """Write a backup of the whole site."""

    help = (
        "Copy the database, the files and the secret key to TARGET: a new folder,"
        " s3://BUCKET/PATH or azure://CONTAINER/PATH (docs/deploy.md)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the target and what to leave out."""
        parser.add_argument("target")
        parser.add_argument(
            "--without-secret-key",
            action="store_true",
            help="Leave SECRET_KEY out; without it, webhooks get new secrets after a restore.",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write it and say how large it is.

        Raises
        ------
        CommandError
            The target cannot be used.

        """
        try:
            backup = backup_write(
                target_storage(options["target"]),
                with_secret_key=not options["without_secret_key"],
                say=self.stdout.write if options["verbosity"] > 1 else _silent,
            )
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{backup.n_rows} rows of {backup.n_tables} tables and {backup.n_files} files,"
            f" {backup.n_bytes / 2**20:.1f} MB. It holds everybody's data: keep it as safe."
        )


def _silent(_text: str) -> None:
    """Say nothing."""

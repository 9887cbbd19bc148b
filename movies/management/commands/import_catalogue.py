"""Import films from another catalogue's dump."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from movies.importers.catalogue import import_catalogue
from movies.importers.console import progress_bars, summary
from movies.importers.errors import ImportFailed
from movies.importers.files import open_file


class Command(BaseCommand):
    """Import films from a file: ``manage.py import_catalogue PATH``."""

    help = (
        "Adds films from Kaggle's The Movies Dataset (movies_metadata.csv), TMDB's daily export "
        "(JSON lines) or a dump of Wikidata (JSON), plain or .gz. Twice is once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the arguments: which file and how much of it."""
        parser.add_argument("path", type=Path)
        parser.add_argument("--limit", type=int, help="read at most this many films")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 # Django's
        """Import, and write the report."""
        try:
            with progress_bars(self.stdout) as progress:
                report = import_catalogue(
                    file=open_file(options["path"]), limit=options["limit"], progress=progress
                )
        except ImportFailed as error:
            raise CommandError(str(error)) from error
        self.stdout.write(summary(report))

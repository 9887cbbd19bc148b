"""Import descriptions of films from Wikipedia."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from movies.importers.console import progress_bars, summary
from movies.importers.errors import ImportFailed
from movies.importers.files import open_file
from movies.importers.wikipedia import import_wikipedia


class Command(BaseCommand):
    """Import film descriptions: ``manage.py import_wikipedia PATH``."""

    help = (
        "Describes the films of the catalogue with Wikipedia's articles: one JSON object a line, "
        "with title, year, extract, href, thumbnail; plain or .gz."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which file, and whether it is the better source."""
        parser.add_argument("path", type=Path)
        parser.add_argument(
            "--overwrite", action="store_true", help="replace descriptions and pictures there are"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 # Django's
        """Import, and say what came of it."""
        try:
            with progress_bars(self.stdout) as progress:
                report = import_wikipedia(
                    file=open_file(options["path"]),
                    overwrite=options["overwrite"],
                    progress=progress,
                )
        except ImportFailed as error:
            raise CommandError(str(error)) from error
        self.stdout.write(summary(report))

"""Import people, countries, languages, runtimes and awards of films from Wikidata."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from movies.importers.console import progress_bars, summary
from movies.importers.errors import ImportFailed
from movies.importers.wikidata import builtin_path, import_wikidata


class Command(BaseCommand):
    """``manage.py import_wikidata PATH`` or ``--builtin``."""

    help = (
        "Adds people, countries, languages, runtimes, awards and IMDb ids to the films of the "
        "catalogue. The source is an SQLite file in the form of bokeh_sampledata's movies.db, "
        "which is from Wikidata (CC0). Running it twice changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the source and the overwrite switch."""
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("path", nargs="?", type=Path, help="an SQLite file with a table omdb")
        where.add_argument("--builtin", action="store_true", help="the package bokeh_sampledata")
        parser.add_argument(
            "--overwrite", action="store_true", help="replace facts and people that films have"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 # Django's
        """Import and print a summary."""
        try:
            path = builtin_path() if options["builtin"] else options["path"]
            with progress_bars(self.stdout) as progress:
                report = import_wikidata(
                    path=path, overwrite=options["overwrite"], progress=progress
                )
        except ImportFailed as error:
            raise CommandError(str(error)) from error
        self.stdout.write(summary(report))

"""Import films and ratings of MovieLens."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from movies.importers.console import progress_bars, summary
from movies.importers.errors import ImportFailed
from movies.importers.files import open_source
from movies.importers.movielens import import_movielens
from movies.importers.movielens.builtin import builtin_source


class Command(BaseCommand):
    """``manage.py import_movielens PATH`` or ``--builtin``."""

    help = (
        "Imports a MovieLens data set: CSV (ratings.csv, movies.csv, links.csv), 1M and 10M (.dat) "
        "or 100K (u.data). Twice is once. What is refused can be read with import_report."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where from, and how much."""
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("path", nargs="?", type=Path, help="a folder or a zip file")
        where.add_argument(
            "--builtin", action="store_true", help="latest-small of 2016, from a package"
        )
        parser.add_argument(
            "--name", default="", help="what its raters are known by (the folder's name)"
        )
        parser.add_argument(
            "--scale", type=int, choices=(5, 10), default=5, help="the best rating; 10 is halved"
        )
        parser.add_argument("--max-users", type=int, help="import only the first users")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 # Django's
        """Import, and say what came of it."""
        try:
            source = builtin_source() if options["builtin"] else open_source(options["path"])
            with progress_bars(self.stdout) as progress:
                report = import_movielens(
                    source=source,
                    name=options["name"],
                    max_users=options["max_users"],
                    scale=options["scale"],
                    progress=progress,
                )
        except ImportFailed as error:
            raise CommandError(str(error)) from error
        self.stdout.write(summary(report))

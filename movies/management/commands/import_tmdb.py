"""Import descriptions and pictures of films from TMDB."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from movies.importers.console import progress_bars, summary
from movies.importers.errors import ImportFailed
from movies.importers.tmdb import Tmdb, import_tmdb


class Command(BaseCommand):
    """Import films from TMDB: ``manage.py import_tmdb``."""

    help = (
        "Describes films by TMDB, and notes where their posters stand. Needs a key, which TMDB "
        "gives to anybody with an account, in TMDB_API_KEY."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many films, and whether TMDB is the better source."""
        parser.add_argument("--limit", type=int, help="ask for no more than so many films")
        parser.add_argument(
            "--overwrite", action="store_true", help="replace descriptions and pictures there are"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 # Django's
        """Import, and say what came of it."""
        if not settings.TMDB_API_KEY:
            raise CommandError("TMDB_API_KEY is not set: https://www.themoviedb.org/settings/api")
        try:
            with progress_bars(self.stdout) as progress:
                report = import_tmdb(
                    tmdb=Tmdb(settings.TMDB_API_KEY),
                    limit=options["limit"],
                    overwrite=options["overwrite"],
                    progress=progress,
                )
        except ImportFailed as error:
            raise CommandError(str(error)) from error
        self.stdout.write(summary(report))

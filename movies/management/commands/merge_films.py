"""Merge films that the catalogue has twice."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from movies.services.twins import twins_find, twins_merge


class Command(BaseCommand):
    """Run ``manage.py merge_films``, with or without ``--dry-run``."""

    help = (
        "Merges films that are there twice: one title, one year, one number at IMDb or TMDB. "
        "Ratings, lists and people move to the older row."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the argument: whether to list them alone."""
        parser.add_argument("--dry-run", action="store_true", help="list them, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 # Django's
        """Merge or list them."""
        for twins in twins_find():
            ids = ", ".join(str(other.pk) for other in twins.others)
            self.stdout.write(f"{twins.film}: {twins.film.pk} is also {ids}")
        if not options["dry_run"]:
            self.stdout.write(f"{twins_merge()} merged.")

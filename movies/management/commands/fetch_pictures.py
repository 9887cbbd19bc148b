"""Fetch films' pictures before anybody asks for them."""

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from movies.services.pictures import picture_fetch, pictures_wanted


class Command(BaseCommand):
    """Fetch the pictures of films: ``manage.py fetch_pictures``."""

    help = (
        "Fetches the pictures of films that have an address of one, popular films first. Pages "
        "do so themselves for the posters that are looked at."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the option for the number of pictures."""
        parser.add_argument("--limit", type=int, help="no more than so many")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 # Django's
        """Fetch, and say what came of it."""
        if not settings.PICTURES:
            raise CommandError("Pictures are turned off: MARQUEE_PICTURES.")
        counts: Counter[str] = Counter()
        for movie in pictures_wanted()[: options["limit"]].iterator():
            fetch = picture_fetch(movie=movie)
            counts[fetch.status] += 1
            self.stdout.write(f"{movie}: {fetch.get_status_display()} {fetch.reason}".rstrip())
        summary = ", ".join(f"{n} {status}" for status, n in counts.items())
        self.stdout.write(summary or "No picture is wanted.")

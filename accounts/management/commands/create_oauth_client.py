"""Register a program that signs people in."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.oauth import client_create


class Command(BaseCommand):
    """Print the client id of a new public program."""

    help = "Register a program for OAuth 2.0: device authorisation, and PKCE with --redirect-uri."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the program's name and its redirect addresses."""
        parser.add_argument("name", help="what people read when they are asked for consent")
        parser.add_argument("--redirect-uri", action="append", default=[], dest="redirect_uris")

    def handle(self, *, name: str, redirect_uris: list[str], **options: Any) -> None:  # noqa: ARG002
        """Register it and print its id."""
        try:
            self.stdout.write(client_create(name=name, redirect_uris=redirect_uris).id)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error

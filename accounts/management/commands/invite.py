"""``manage.py invite``: print a link with which one person may sign up."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from accounts.invitations import invitation_create


class Command(BaseCommand):
    """Make an invitation to sign up."""

    help = "Print the path to sign up with, valid once and for 14 days (SIGN_UP=invited)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the address that alone may use the link."""
        parser.add_argument("email", nargs="?", default="", help="Only for this e-mail address.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Make it and print its path on the site."""
        try:
            _invitation, code = invitation_create(created_by=None, email=options["email"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(reverse("accounts:invitation", args=[code]))

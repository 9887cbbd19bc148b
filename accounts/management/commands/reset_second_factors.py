"""``manage.py reset_second_factors``: let somebody log in by the password alone."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.second_factors import factors_reset


class Command(BaseCommand):
    """Delete the second factors of an account."""

    help = "Delete the second factors of an account, whose next log-in needs the password alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the name of the account."""
        parser.add_argument("username")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Delete them and say how many there were."""
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no account {options['username']!r}.")
        self.stdout.write(f"{factors_reset(user=user)} second factors are deleted.")

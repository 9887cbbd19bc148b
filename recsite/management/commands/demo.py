"""``manage.py demo``: from nothing to a running site with a trained model, in one command."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from recsite.local.demo import Demo, DemoError


class Command(BaseCommand):
    """Import MovieLens, train, and serve the site until Ctrl-C; what is done is not done again."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the options of the command."""
        parser.add_argument(
            "--small",
            action="store_true",
            help="Import a few hundred users only, and train briefly: for tests.",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the demo until it is stopped."""
        try:
            Demo(settings.LOCAL_DIR, is_small=options["small"]).run()
        except DemoError as error:
            raise CommandError(str(error)) from error

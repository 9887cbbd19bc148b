"""Read the reports of imports."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from movies.importers.console import summary
from movies.models import ImportReport


class Command(BaseCommand):
    """``manage.py import_report`` lists the imports, ``import_report ID`` shows one."""

    help = "Lists all imports, or shows what one of them added and every row it refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the argument that names the report."""
        parser.add_argument("id", nargs="?", type=int, help="the number of a report")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 # Django's
        """Write the list, or the report."""
        if options["id"] is None:
            for each in ImportReport.objects.all():
                self.stdout.write(f"{each.pk}: {each}")
            return
        report = ImportReport.objects.filter(pk=options["id"]).first()
        if report is None:
            raise CommandError(f"There is no report {options['id']}.")
        self.stdout.write(summary(report))
        for problem in report.problems.iterator():
            self.stdout.write(f"{problem}: {problem.excerpt}")

"""Activate a run's model by hand."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from recommendations.training.models import ModelRun
from recommendations.training.services.activation import run_activate


class Command(BaseCommand):
    """Make a finished run's model the one that the site serves."""

    help = "Serve the model of a finished run, whatever the gate said."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the argument that names the run."""
        parser.add_argument("run_id", type=int)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 (Django passes them)
        """Activate, or say why not."""
        try:
            run = ModelRun.objects.get(pk=options["run_id"])
            run_activate(run=run, activated_by=None, reason="By hand, on the command line.")
        except ModelRun.DoesNotExist as error:
            raise CommandError(f"There is no run {options['run_id']}.") from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(self.style.SUCCESS(f"Run {run.pk} is active."))

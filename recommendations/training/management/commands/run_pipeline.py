"""Train a model: through the worker, or in this process."""

import threading
import time
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from ml.training.config import BY_NAME
from recommendations.training.models import ModelRun
from recommendations.training.progress import POLL_SECONDS, follow_run
from recommendations.training.services.runs import run_start


class Command(BaseCommand):
    """Start a run and follow it; Ctrl-C leaves it to the worker."""

    help = "Run the whole pipeline and, if it passes the gate, activate the model."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the options for parameters and for who does the work."""
        parser.add_argument("--seed", type=int, default=0, help="seed of every random choice")
        parser.add_argument(
            "--embeddings",
            default=settings.EMBEDDINGS,
            help="minilm, lamini or a model's folder (default: %(default)s)",
        )
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="KEY=VALUE",
            help="any other parameter: " + ", ".join(BY_NAME),
        )
        parser.add_argument(
            "--in-process", action="store_true", help="work here, without broker and worker"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 (Django passes them)
        """Exit with 0 only if the run succeeds."""
        parameters = dict(_parameter(pair) for pair in options["set"])
        parameters |= {"seed": options["seed"], "embeddings": options["embeddings"]}
        try:
            run = run_start(
                parameters=parameters,
                started_by=None,
                wakes_worker=not options["in_process"],
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"Run {run.pk}")
        follow = _work_and_follow if options["in_process"] else follow_run
        try:
            run = follow(run)
        except KeyboardInterrupt:
            self.stdout.write(f"\nRun {run.pk} goes on in a worker.")
            return
        self._tell(run)

    def _tell(self, run: ModelRun) -> None:
        if run.status != ModelRun.Status.SUCCEEDED:
            raise CommandError(f"Run {run.pk} {run.status}. {run.error}")
        outcome = f"It waits for a person: {run.note}" if run.note else "It is active."
        self.stdout.write(self.style.SUCCESS(f"Run {run.pk} succeeded. {outcome}"))


def _parameter(pair: str) -> tuple[str, Any]:
    """Return the name and the typed value of a pair such as ``epochs=3``."""
    name, separator, text = pair.partition("=")
    if not separator or name not in BY_NAME:
        raise CommandError(f"--set {pair}: give one of {', '.join(BY_NAME)}, as key=value.")
    try:
        return name, BY_NAME[name].parse(text)
    except ValueError as error:
        raise CommandError(f"--set {pair}: {error}") from error


def _work_and_follow(run: ModelRun) -> ModelRun:
    """Do the stages here, while a thread shows them."""
    from recommendations.training.worker.runner import Outcome, run_advance

    stopped = threading.Event()
    viewer = threading.Thread(target=_show_until, args=(run.pk, stopped))
    viewer.start()
    try:
        while not run.is_over:
            if run_advance(run.pk) is Outcome.BUSY:  # another run is in work: wait for our turn
                time.sleep(POLL_SECONDS)
            run.refresh_from_db()
    except BaseException:
        stopped.set()
        raise
    finally:
        viewer.join()
    return run


class _StoppedError(Exception):
    """Nothing more is to be shown."""


def _show_until(run_id: int, stopped: threading.Event) -> None:
    def stop() -> None:
        if stopped.is_set():
            raise _StoppedError

    try:
        with suppress(_StoppedError):
            follow_run(ModelRun.objects.get(pk=run_id), while_waiting=stop)
    finally:
        connection.close()

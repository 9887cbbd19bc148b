"""A model run on the terminal: one bar per stage with its rate and its time to go.

What is shown is read from the run's rows, so the work may happen in any process.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from recommendations.models import ModelRun, StageRun

POLL_SECONDS = 0.5
LINE_SECONDS = 5.0


class _RateColumn(ProgressColumn):
    """Units per second and seconds to go, while the stage runs."""

    def render(self, task: Task) -> Text:
        return Text(task.fields["pace"], style="cyan")


def follow_run(run: ModelRun, console: Console, *, while_waiting: Callable[[], None]) -> ModelRun:
    """Show ``run`` until it is over, and give it back as it then is.

    ``while_waiting`` is called between two looks; it may raise to end the watch.
    """
    show = _bars if console.is_terminal else _lines
    with show(console) as update:
        while True:
            run.refresh_from_db()
            update(list(run.stages.order_by("position")))
            if run.is_over:
                return run
            while_waiting()
            time.sleep(POLL_SECONDS)


Update = Callable[[list[StageRun]], None]


@contextmanager
def _bars(console: Console) -> Iterator[Update]:
    tasks: dict[str, TaskID] = {}
    columns = (
        TextColumn("{task.description:<9}"),
        BarColumn(bar_width=28),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        _RateColumn(),
        TextColumn("[dim]{task.fields[message]}", markup=True),
    )
    with Progress(*columns, console=console) as progress:

        def update(stages: list[StageRun]) -> None:
            for stage in stages:
                if stage.name not in tasks:
                    tasks[stage.name] = progress.add_task(
                        stage.name, total=100, start=False, pace="", message=""
                    )
                task = tasks[stage.name]
                if stage.status == StageRun.Status.RUNNING:
                    progress.start_task(task)
                elif stage.finished_at:
                    progress.start_task(task)
                    progress.stop_task(task)
                progress.update(
                    task, completed=stage.percent, pace=pace(stage), message=stage.message
                )

        yield update


@contextmanager
def _lines(console: Console) -> Iterator[Update]:
    """Where there is no terminal (a log, CI): a line when a stage changes, and now and then."""
    shown: dict[str, str] = {}
    last = {"at": 0.0}

    def update(stages: list[StageRun]) -> None:
        is_due = time.monotonic() - last["at"] > LINE_SECONDS
        for stage in stages:
            is_running = stage.status == StageRun.Status.RUNNING
            is_news = shown.get(stage.name, StageRun.Status.WAITING) != stage.status
            if is_news or (is_running and is_due):
                shown[stage.name] = stage.status
                last["at"] = time.monotonic()
                parts = (stage.name, stage.status, f"{stage.percent}%", pace(stage), stage.message)
                console.print("  " + "  ".join(part for part in parts if part), markup=False)

    yield update


def pace(stage: StageRun) -> str:
    """Units per second and seconds to go, as far as they are known.

    >>> pace(StageRun(status="waiting"))
    ''
    """
    if stage.status != StageRun.Status.RUNNING or stage.rate is None:
        return ""
    eta = "" if stage.eta_seconds is None else f", {stage.eta_seconds:.0f} s to go"
    return f"{stage.rate:,.1f} {stage.unit}/s{eta}"

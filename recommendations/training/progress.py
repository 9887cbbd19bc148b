"""A run's progress on a terminal: one bar per stage, with rate and time to go.

What is shown is read from the run's rows, so the work may happen in any process. Where there is
no terminal (a log, CI), a line is written when a stage begins or ends, and now and then.
"""

import time
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from recommendations.training import jobs
from recommendations.training.models import ModelRun, StageRun

POLL_SECONDS = 0.5
RESUME_SECONDS = 10.0
LINE_SECONDS = 15.0


def follow_run(
    run: ModelRun,
    console: Console | None = None,
    *,
    while_waiting: Callable[[], object] | None = None,
) -> ModelRun:
    """Show the run's stages until it is over; return it as it then is.

    ``while_waiting`` is called between two looks and may raise to end the watch; left out, it is
    seen to every few seconds that somebody works on the run. Ctrl-C leaves the run to its worker.
    """
    console = console or Console()
    while_waiting = while_waiting or every(RESUME_SECONDS, jobs.resume)
    columns = (
        TextColumn("{task.description:>10}"),
        BarColumn(bar_width=28),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[detail]}", markup=False),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        view = _View(progress)
        while True:
            run.refresh_from_db()
            view.show(run, list(run.stages.order_by("position")))
            if run.is_over:
                return run
            while_waiting()
            time.sleep(POLL_SECONDS)


def every(seconds: float, action: Callable[[], object]) -> Callable[[], None]:
    """Return a function that calls ``action``, but at most once in ``seconds``."""
    next_at = time.monotonic() + seconds

    def call() -> None:
        nonlocal next_at
        if time.monotonic() >= next_at:
            next_at = time.monotonic() + seconds
            action()

    return call


def describe_stage(stage: StageRun) -> str:
    """Return a few words about a stage's progress.

    >>> from datetime import datetime, timedelta
    >>> start = datetime(2026, 1, 1)
    >>> describe_stage(StageRun(status="running", n_done=500, n_total=2000, unit="films",
    ...     counting_since=start, updated_at=start + timedelta(seconds=10)))
    '500 of 2,000 films, 50/s, 30 s to go'
    """
    if stage.status == StageRun.Status.SUCCEEDED:
        return f"done in {stage.seconds or 0:.0f} s"
    if stage.status != StageRun.Status.RUNNING:
        return str(stage.get_status_display()).lower()
    parts = [f"{stage.n_done:,} of {stage.n_total:,} {stage.unit}"] if stage.n_total else []
    if stage.rate:
        parts.append(f"{stage.rate:,.0f}/s" if stage.rate >= 10 else f"{stage.rate:.1f}/s")
    if stage.eta_seconds is not None:
        parts.append(f"{stage.eta_seconds:,.0f} s to go")
    return ", ".join(parts) or stage.message or "working"


class _View:
    """The bars, or the lines, of one run."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}
        self._status: dict[str, str] = {}
        self._note = ""
        self._line_at = 0.0

    def show(self, run: ModelRun, stages: list[StageRun]) -> None:
        """Bring the terminal up to date."""
        for stage in stages:
            self._show_bar(stage)
            if not self._progress.console.is_terminal:
                self._show_line(stage)
        is_queued = run.status == ModelRun.Status.QUEUED
        note = run.note or (f"Run {run.pk} waits for its turn." if is_queued else "")
        if note and note != self._note and not run.is_over:
            self._progress.console.print(note, markup=False)
        self._note = note

    def _show_bar(self, stage: StageRun) -> None:
        if stage.name not in self._tasks:
            self._tasks[stage.name] = self._progress.add_task(stage.name, total=100, detail="")
        self._progress.update(
            self._tasks[stage.name], completed=stage.percent, detail=describe_stage(stage)
        )

    def _show_line(self, stage: StageRun) -> None:
        is_news = self._status.get(stage.name, StageRun.Status.WAITING) != stage.status
        is_due = time.monotonic() - self._line_at >= LINE_SECONDS
        if is_news or (is_due and stage.status == StageRun.Status.RUNNING):
            self._status[stage.name] = stage.status
            self._line_at = time.monotonic()
            self._progress.console.print(f"  {stage.name}: {describe_stage(stage)}", markup=False)

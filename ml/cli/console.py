"""Progress bars of the command line: one per stage, with rate and time left."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.text import Text

from ml.progress import Progress, Reporter


class _Rate(ProgressColumn):
    """Units per second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.1f} {task.fields['unit']}/s")


class ProgressBars:
    """A context in which stages report; each new step of a stage starts its bar afresh.

    Silent where stderr is no terminal: a log has no use for bars.
    """

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._bars = Bars(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def reporter(self, stage: str) -> Reporter:
        """Return a reporter that draws this stage's bar."""
        bar = self._bars.add_task(stage, total=None, unit="", note="")
        current = [""]

        def report(progress: Progress) -> None:
            step = f"{progress.unit}|{progress.message}"
            if step != current[0] or progress.done < self._bars.tasks[bar].completed:
                current[0] = step
                self._bars.reset(bar, total=progress.total, unit=progress.unit, note="")
            note = " ".join(f"{name} {value:.4f}" for name, value in progress.values.items())
            label = f"{stage}: {progress.message}" if progress.message else stage
            self._bars.update(
                bar,
                completed=progress.done,
                total=progress.total,
                description=label,
                unit=progress.unit,
                note=note,
            )

        return report

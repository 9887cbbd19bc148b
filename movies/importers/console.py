"""An import in the terminal: progress bars and what came of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, cast

from django.core.management.base import OutputWrapper
from rich.console import Console
from rich.progress import BarColumn, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from movies.importers.progress import Progress
from movies.models import ImportReport


@contextmanager
def progress_bars(stream: OutputWrapper) -> Iterator[Progress]:
    """Show a progress bar for each step of an import if there is a terminal to draw it on."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    console = Console(file=cast("IO[str]", stream))
    tasks: dict[str, TaskID] = {}
    with Bars(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal
    ) as bars:

        def progress(step: str, n_done: int, n_total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step)
            bars.update(tasks[step], completed=n_done, total=n_total)

        yield progress


def summary(report: ImportReport) -> str:
    """Return a few lines that say what an import did."""
    lines = [f"Import {report.pk}: {report}", *filter(None, [report.error])]
    lines += [f"  {n:>12,} {name.replace('_', ' ')}" for name, n in report.counts.items()]
    if report.counts.get("films_there_twice"):
        lines.append("Films that are there twice: manage.py merge_films --dry-run")
    if report.counts.get("rows_refused"):
        lines.append(f"Why rows were refused: manage.py import_report {report.pk}")
    return "\n".join(lines)

"""Writes the pages of `docs/results/` from `results.json`: tables and plots, one data set a page.

What to conclude from them is written by hand in `docs/quality.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ml.evaluation.evaluator import PER_USER
from ml.evaluation.formatting import COLUMNS, PROBED, number
from ml.evaluation.machine import one_line
from ml.evaluation.plots import interval_plot
from ml.evaluation.results import Details, MeanRow, Row, groups, read_results, table
from ml.io.files import write_atomically

PLOTTED = ("ndcg@10", "snips-ndcg@10", "gndcg@10", "theme_precision@10", "expected@10")
"""The metrics that are drawn and compared."""
LEADING = ("ndcg@10", "theme_precision@10", "expected@10")
"""A table is in the order of the first of these that it has, best on top."""


def write_report(results: Path, out: Path) -> None:
    """Write a Markdown page for each data set into the folder, and its plots into `images` there.

    Raises
    ------
    DataError
        The results cannot be read.

    """
    rows, details = read_results(results)
    out.mkdir(parents=True, exist_ok=True)
    pages: dict[str, list[str]] = {}
    for (dataset, protocol), group in groups(rows).items():
        intervals = [
            row for row in details.intervals if (row.dataset, row.protocol) == (dataset, protocol)
        ]
        page = pages.setdefault(dataset, [f"# Results on {dataset}", _preamble(details)])
        page.append(_section(dataset, protocol, group, intervals, out / "images"))
    for dataset, parts in pages.items():
        body = "\n\n".join(part.strip() for part in parts)
        write_atomically(out / f"{dataset}.md", f"{body}\n".encode())


def _preamble(details: Details) -> str:
    where = one_line(dict(details.machine)) if details.machine else "an unrecorded machine"
    return (
        f"Measured on: {where}. `seconds` is the time of one fit there, `peak_mb` the largest "
        "memory of the process while it fitted and ranked. Numbers are means over seeds, with the "
        "standard deviation over seeds where there are several; numbers of two protocols are never "
        "comparable. Definitions: [evaluation](../evaluation.md). Conclusions: "
        "[quality](../quality.md). Commands: [experiments](../experiments.md)."
    )


def _section(
    dataset: str,
    protocol: str,
    rows: Sequence[Row],
    intervals: Sequence[MeanRow],
    images: Path,
) -> str:
    parts = [f"## `{protocol}`", _markdown_table(rows)]
    for metric in PLOTTED:
        shown = [row for row in intervals if row.metric == metric and not row.against]
        if len(shown) > 1:
            name = f"{dataset}-{protocol}-{metric.replace('@', '-at-')}.svg"
            write_atomically(images / name, interval_plot(metric, shown).encode())
            parts.append(f"![{metric}, {dataset}, {protocol}](images/{name})")
    differences = [row for row in intervals if row.against and row.metric in PLOTTED]
    parts += [
        _differences(base, [row for row in differences if row.against == base])
        for base in dict.fromkeys(row.against for row in differences)
    ]
    return "\n\n".join(parts)


def _markdown_table(rows: Sequence[Row]) -> str:
    found = table(rows)
    columns = [name for name in COLUMNS if any(name in metrics for metrics in found.values())]
    titles = ["model", "seeds", *(f"`{name}`" for name in columns)]
    lines = [_line(titles), _line(["---"] * len(titles))]
    leading = next((name for name in LEADING if name in columns), columns[0])
    for model, metrics in sorted(found.items(), key=lambda each: -each[1][leading][0]):
        cells = [_cell(name, metrics.get(name)) for name in columns]
        n_seeds = len({row.seed for row in rows if row.model == model})
        lines.append(_line([f"`{model}`", str(n_seeds), *cells]))
    return "\n".join(lines)


def _cell(metric: str, value: tuple[float, float] | None) -> str:
    if value is None:
        return "-"
    mean, deviation = value
    shown = number(metric, mean)
    if deviation and metric in (*PER_USER, *PROBED):
        return f"{shown} ± {number(metric, deviation)}"
    return shown


def _differences(base: str, rows: Sequence[MeanRow]) -> str:
    lines = [
        f"Difference to `{base}` on the same users, 95 % paired bootstrap interval:",
        "",
        _line(["model", "metric", "difference", "interval", "told apart"]),
        _line(["---"] * 5),
    ]
    for row in sorted(rows, key=lambda row: (PLOTTED.index(row.metric), -row.mean)):
        apart = "yes" if row.low > 0 or row.high < 0 else "no"
        span = f"{row.low:+.3f} to {row.high:+.3f}"
        lines.append(_line([f"`{row.model}`", f"`{row.metric}`", f"{row.mean:+.3f}", span, apart]))
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"

"""How a long step tells its caller how far it is, and how the caller stops it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace


class Cancelled(Exception):  # noqa: N818 - a request that was obeyed, not an error
    """Raised by a reporter to stop the step that reports to it; its products stay unwritten."""


@dataclass(frozen=True)
class Progress:
    """A moment of one step: `done` of `total` units, with the step's latest values."""

    done: int
    total: int
    unit: str
    """What is counted, in the plural: "films", "epochs"."""
    message: str = ""
    values: Mapping[str, float] = field(default_factory=dict)
    """Named numbers worth plotting, such as `{"loss": 0.31}`."""


Reporter = Callable[[Progress], None]
"""Called about once a second or more often; may raise `Cancelled`."""


def ignore_progress(_: Progress) -> None:
    """Report progress to nobody."""


def steps(report: Reporter, message: str) -> Reporter:
    """Return the same reporter, with this message before each of its own."""

    def labelled(progress: Progress) -> None:
        parts = (message, progress.message)
        report(replace(progress, message=": ".join(part for part in parts if part)))

    return labelled

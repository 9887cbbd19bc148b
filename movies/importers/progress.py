"""How far an import is, told to the console or the database."""

from typing import Protocol


class Progress(Protocol):
    """Called every moment while an import works."""

    def __call__(self, step: str, n_done: int, n_total: int) -> None:
        """``n_done`` of ``n_total`` bytes or rows of a step are done."""


def silent(step: str, n_done: int, n_total: int) -> None:
    """Ignore the progress of an import."""

"""How numbers look in tables."""

from __future__ import annotations

import math

from ml.evaluation.evaluator import OVERALL, PER_USER

COSTS = ("seconds", "peak_mb")
"""Of fitting a model, beside what it reaches."""
DIAL = "intra_list_diversity"
"""Where lists are chosen by the diversity dial."""
COLUMNS = (*PER_USER, DIAL, *OVERALL, *COSTS)


def number(metric: str, value: float) -> str:
    """A value with as many digits as it deserves.

    >>> number("ndcg@10", 0.33849), number("peak_mb", 812.3), number("seconds", 3.14)
    ('.338', '812', '3.1')
    """
    if math.isnan(value):
        return "-"
    if metric in ("users", "users_left_out", "peak_mb"):
        return f"{value:.0f}"
    if metric in ("seconds", "novelty"):
        return f"{value:.1f}"
    return f"{value:.3f}".removeprefix("0") if value < 1 else f"{value:.3f}"

"""How numbers look in tables."""

from __future__ import annotations

import math

from ml.evaluation.evaluator import OVERALL, PER_USER

COSTS = ("seconds", "peak_mb")
"""Of fitting a model, beside what it reaches."""
DIAL = "intra_list_diversity"
"""Where lists are chosen by the diversity dial."""
PROBED = (
    "theme_precision@10",
    "theme_precision_12@10",
    "decade_precision@10",
    "director_precision@10",
    "country_precision@10",
    "series_precision@10",
    "series@10",
    "expected@10",
    "distinct@120",
    "top50_share",
    "median_rank",
    "one_star_5",
    "five_stars_5",
    "one_star_30",
    "five_stars_30",
    "themes",
    "missing_picks",
)
"""Metrics of protocols that hold no rating out."""
COLUMNS = (*PER_USER, *PROBED, DIAL, *OVERALL, *COSTS)
WHOLE = frozenset(
    {"users", "users_left_out", "peak_mb", "distinct@120", "median_rank", "themes", "missing_picks"}
)
"""Metrics whose values are shown without decimals."""


def number(metric: str, value: float) -> str:
    """Return a value with a number of digits that suits its size.

    >>> number("ndcg@10", 0.33849), number("peak_mb", 812.3), number("seconds", 3.14)
    ('.338', '812', '3.1')
    >>> number("one_star_5", -0.25)
    '-.250'
    """
    if math.isnan(value):
        return "-"
    if metric in WHOLE:
        return f"{value:.0f}"
    if metric in ("seconds", "novelty"):
        return f"{value:.1f}"
    shown = f"{value:.3f}"
    return shown.replace("0.", ".", 1) if -1 < value < 1 else shown

"""What a process counts and measures for Prometheus; ``/metrics`` shows it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from prometheus_client import Counter, Histogram

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

REQUESTS = Counter("marquee_requests_total", "Requests answered", ["method", "view", "status"])
REQUEST_SECONDS = Histogram(
    "marquee_request_seconds", "Time to answer a request", ["view"], buckets=SECONDS
)
LIST_CACHE = Counter(
    "marquee_list_cache_total", "Looks for a ready list of recommendations", ["result"]
)
SCORING_SECONDS = Histogram(
    "marquee_scoring_seconds",
    "Time to describe a visitor by their ratings (fold-in) and score the catalogue",
    buckets=SECONDS,
)


@contextmanager
def timed(histogram: Histogram) -> Iterator[None]:
    """Observe how long the body takes."""
    started = time.perf_counter()
    try:
        yield
    finally:
        histogram.observe(time.perf_counter() - started)

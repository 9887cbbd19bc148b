"""The site's settings as `benchmarks.api` serves it: with an empty view, and nobody throttled."""

from recsite.settings import *  # noqa: F403
from recsite.settings import REST_FRAMEWORK

PAGE_RATE = "100000000/min"
ROOT_URLCONF = "benchmarks.api_urls"
REST_FRAMEWORK = REST_FRAMEWORK | {
    "DEFAULT_THROTTLE_RATES": dict.fromkeys(
        ("anonymous", "read", "rate", "recommendations", "admin"), "100000000/min"
    )
}

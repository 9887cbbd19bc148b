"""The site's settings, for a worker whose stages can be held while a test kills it."""

from recsite.settings import *  # noqa: F403
from recsite.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "held.HeldConfig"]

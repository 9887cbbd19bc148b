"""What each user got from a run's model when it was measured, from the run's artifact."""

import logging

from django.core.files.storage import default_storage

from ml.evaluation.per_user import FILE, PerUser, read_per_user
from recommendations.training.models import ModelRun

logger = logging.getLogger(__name__)


def per_user_of(run: ModelRun) -> PerUser | None:
    """Return the run's metrics by user; None if it has none or its file cannot be read."""
    if not run.artifact:
        return None
    try:
        with default_storage.open(f"{run.artifact}/{FILE}") as source:
            return read_per_user(source.read())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        logger.exception("Run %s: its metrics by user cannot be read.", run.pk)
        return None

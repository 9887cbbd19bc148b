"""Activate a run's model."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User
from recommendations.models import Activation
from recommendations.services.activation import version_activate
from recommendations.training.models import ModelRun


def run_activate(*, run: ModelRun, activated_by: User | None, reason: str = "") -> Activation:
    """Make the run's model the one that the site serves.

    Raises
    ------
    ValidationError
        The run has no model yet.

    """
    if run.version is None:
        raise ValidationError(_("The run has no finished model."))
    return version_activate(version=run.version, activated_by=activated_by, reason=reason)

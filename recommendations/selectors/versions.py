"""Which model version is active."""

from recommendations.models import Activation


def active_activation() -> Activation | None:
    """Return the activation in force, with its version and who made it. One query."""
    return (
        Activation.objects.filter(withdrawn_at=None)
        .select_related("version", "activated_by")
        .first()
    )


def previous_activation() -> Activation | None:
    """Return the activation that a rollback goes back to, with its version. One query."""
    latest = Activation.objects.filter(withdrawn_at=None).select_related("version")[:2]
    return latest[1] if len(latest) > 1 else None

"""Which model version is active."""

from recommendations.models import Activation


def active_activation() -> Activation | None:
    """Return the activation in force, with its version and who made it. One query."""
    return (
        Activation.objects.filter(withdrawn_at=None)
        .select_related("version", "activated_by")
        .first()
    )

"""Application configuration."""

from django.apps import AppConfig


class TrainingConfig(AppConfig):
    """Register the application and its receivers."""

    name = "recommendations.training"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers that report to webhooks."""
        from recommendations.signals import run_finished, version_activated
        from recommendations.training import receivers

        run_finished.connect(receivers.tell_run_finished)
        version_activated.connect(receivers.tell_version_activated)

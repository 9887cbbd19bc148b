"""Configure the application "training" for Django."""

from django.apps import AppConfig


class TrainingConfig(AppConfig):
    """Register the application and its receivers."""

    name = "recommendations.training"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers of signals."""
        from django.db.models.signals import post_delete

        from recommendations.signals import version_activating
        from recommendations.training import receivers
        from recommendations.training.signals import run_finished

        run_finished.connect(receivers.tell_run_finished)
        version_activating.connect(receivers.record_activation)
        post_delete.connect(receivers.erase_from_files, sender="accounts.User")

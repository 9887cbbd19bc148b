"""Configure the application "recommendations" for Django."""

from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    """Register the application, its receivers and its section of a data export."""

    name = "recommendations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers and register the section of a data export."""
        from accounts.exports import register
        from recommendations import exports, receivers
        from recommendations.services import new_films
        from recommendations.signals import version_activated

        register(exports.SECTION)
        register(exports.VECTORS)
        version_activated.connect(receivers.tell_version_activated)
        new_films.connect()

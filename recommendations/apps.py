"""Application configuration."""

from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    """Registers the application, its section of a person's export, and what it wants to know."""

    name = "recommendations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the sections of a person's export and the receivers."""
        from recommendations import exports, receivers  # noqa: F401 # importing connects them
        from recommendations.services import new_films

        new_films.connect()

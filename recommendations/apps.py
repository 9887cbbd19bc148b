"""Application configuration."""

from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    """Registers the application, and its section of a person's export."""

    name = "recommendations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the section of a person's export."""
        from recommendations import exports  # noqa: F401 # importing it connects it

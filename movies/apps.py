"""Application configuration."""

from django.apps import AppConfig


class MoviesConfig(AppConfig):
    """Registers the application, and what it does when people log in or ask for their data."""

    name = "movies"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers and the sections of a person's export."""
        from movies import exports, receivers  # noqa: F401 # importing them connects them
        from movies.services import catalogue

        catalogue.connect()

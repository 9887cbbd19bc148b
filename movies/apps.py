"""Application configuration."""

from django.apps import AppConfig


class MoviesConfig(AppConfig):
    """Registers the application."""

    name = "movies"
    default_auto_field = "django.db.models.BigAutoField"

"""Application configuration."""

from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    """Registers the application."""

    name = "recommendations"
    default_auto_field = "django.db.models.BigAutoField"

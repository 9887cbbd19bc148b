"""Application configuration."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Register the application."""

    name = "recommendations.webhooks"
    default_auto_field = "django.db.models.BigAutoField"

"""Configure the application "webhooks" for Django."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Configuration of the application "webhooks"."""

    name = "recommendations.webhooks"
    default_auto_field = "django.db.models.BigAutoField"

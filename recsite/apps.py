"""Configure the application "recsite" for Django."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class RecsiteConfig(AppConfig):
    """Registers the composition root, for its commands and system checks."""

    name = "recsite"

    def ready(self) -> None:
        """Register the system checks, and the queues' application for every command and shell."""
        from recsite import celery, checks, observability  # noqa: F401

        observability.start()


class SiteAdminConfig(AdminConfig):
    """Configures Django's admin with this site's rules of who may touch whose account."""

    default_site = "accounts.admin_site.AdminSite"

"""Configure the application "accounts" for Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Registers the application, and how its tokens are described."""

    name = "accounts"
    # The packages that sign people in are called "Accounts", too.
    verbose_name = _("Members and access")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Describe the tokens to the API's schema, and add them to a person's export."""
        from accounts import connected_apps, exports, receivers  # noqa: F401 # importing receivers is enough
        from accounts.api import schema  # noqa: F401 # importing it is enough

        exports.register(exports.TOKENS)
        exports.register(connected_apps.SECTION)

"""``manage.py encrypt_second_factors``: store their secrets with the present ``SECRET_KEY``."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.second_factors import factors_encrypt_again


class Command(BaseCommand):
    """Encrypt the secrets of second factors again."""

    help = (
        "Encrypt the secrets of second factors with the present SECRET_KEY; SECRET_KEY_FALLBACKS"
        " is then no longer needed for them."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Encrypt them, and name the accounts whose secrets no key reads."""
        n_stored, unreadable = factors_encrypt_again()
        self.stdout.write(f"{n_stored} second factors are stored with the present key.")
        for name in unreadable:
            self.stderr.write(
                f"No key reads a second factor of {name}: reset_second_factors {name}"
            )

"""How allauth signs people up on this site."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from common.addresses import client_address


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """allauth's adapter with this site's addresses and its rule of who may sign up."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that log-in and sign-up limits count, as the API's limits do."""
        return client_address(request.META, settings.TRUSTED_PROXY_COUNT)

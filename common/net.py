"""Refuse addresses inside private networks (server-side request forgery, SSRF)."""

import ipaddress
import socket
from typing import Final

from django.utils.translation import gettext as _

NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


class UnknownHostError(Exception):
    """The host name does not resolve, or no network is there."""


class PrivateAddressError(Exception):
    """One of the host's addresses is not on the public internet."""


def resolve_public(host: str, port: int, *, allow_private: bool = False) -> str:
    """Return an IP address of the host, after checking that all of its addresses are public.

    A caller that connects to the returned address cannot be led elsewhere by a name that resolves
    differently a moment later (DNS rebinding).

    Raises
    ------
    UnknownHostError
        The name does not resolve.
    PrivateAddressError
        An address is private, and ``allow_private`` is False.

    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnknownHostError(_("%(host)s cannot be found.") % {"host": host}) from error
    addresses = [str(entry[4][0]) for entry in found]
    if not allow_private:
        for address in addresses:
            if not is_public(address):
                raise PrivateAddressError(f"{host} is {address}, an address of a private network")
    return addresses[0]


def is_public(address: str) -> bool:
    """Return whether an IP address is on the public internet, also when it embeds another.

    >>> is_public("93.184.216.34"), is_public("169.254.169.254"), is_public("::ffff:10.0.0.1")
    (True, False, False)
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in NAT64 or ip.sixtofour or ip.teredo:
            return False
        ip = ip.ipv4_mapped or ip
    return ip.is_global and not ip.is_multicast

"""Refuse addresses inside private networks (server-side request forgery, SSRF)."""

import ipaddress
import socket
from typing import Final

from django.utils.translation import gettext as _

EMBEDDING_IPV4: Final = tuple(
    ipaddress.IPv6Network(prefix)
    for prefix in (
        "::/96",  # IPv4-compatible
        "::ffff:0:0:0/96",  # IPv4-translated
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # NAT64 of one network
        "2001::/32",  # Teredo
        "2002::/16",  # 6to4
    )
)
"""IPv6 addresses that a gateway turns into an IPv4 address, which may be private."""
CLOUD_SERVICES: Final = frozenset({ipaddress.IPv4Address("168.63.129.16")})
"""Globally routable by their number, but a cloud's own service inside its network (Azure)."""


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
    >>> is_public("::127.0.0.1"), is_public("fec0::1"), is_public("168.63.129.16")
    (False, False, False)
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.is_site_local or any(ip in network for network in EMBEDDING_IPV4):
            return False
        ip = ip.ipv4_mapped or ip
    return ip.is_global and not ip.is_multicast and ip not in CLOUD_SERVICES

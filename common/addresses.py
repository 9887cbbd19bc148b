"""The network address of a visitor, as rate limits count it."""

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network

UNKNOWN = "unknown"
IPV6_PREFIX = 64
"""One household or server is given a whole IPv6 /64, so that is counted as one address."""


def client_address(meta: Mapping[str, str], n_proxies: int) -> str:
    """Return the address that rate limits count for a request.

    Parameters
    ----------
    meta
        ``request.META``.
    n_proxies
        Number of trusted proxies. The address is read that many places from the end of
        ``X-Forwarded-For``; what stands before it was written by the visitor.

    Returns
    -------
    str
        An IPv4 address without a port, an IPv6 /64 network, or ``unknown``.

    """
    hops = [hop for hop in meta.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    if n_proxies and hops:
        text = hops[-n_proxies] if len(hops) >= n_proxies else hops[0]
    else:
        text = meta.get("REMOTE_ADDR", "")
    return canonical_address(text)


def canonical_address(text: str) -> str:
    """Return ``text`` without port, brackets and zone, and an IPv6 address as its /64 network.

    >>> canonical_address("203.0.113.7:50123"), canonical_address("[2001:db8::7]:443")
    ('203.0.113.7', '2001:db8::/64')
    >>> canonical_address("::ffff:203.0.113.7"), canonical_address("nonsense")
    ('203.0.113.7', 'unknown')
    """
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return UNKNOWN
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((address, IPV6_PREFIX), strict=False))

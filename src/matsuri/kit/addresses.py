"""Addresses of other servers. Pure."""

import ipaddress
from urllib.parse import urlsplit


def is_guarded_address(text: str) -> bool:
    """Whether nobody on the way can read or change what is asked there: https, or this machine."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        # Raises for one that is none.
        _ = parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

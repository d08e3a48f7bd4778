"""How often may signing in fail? Pure but for the memory of failures."""

import ipaddress
from collections import deque

from matsuri.errors import ResourceExhausted
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.lru import LruCache

_NAMES_MAX = 10_000
_IPV6_PREFIX_BITS = 64


def network_of(address: str) -> str:
    """The address, or the network that is one customer's where addresses are many (IPv6: a /64)."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _IPV6_PREFIX_BITS), strict=False))


class SignInThrottle:
    """Counts failures by name (an e-mail, an address) over a sliding window."""

    def __init__(self, *, failures_max: int, window_seconds: int) -> None:
        self._failures_max = failures_max
        self._window_us = window_seconds * MICROSECONDS
        self._failures: LruCache[str, deque[int]] = LruCache(_NAMES_MAX)

    def wait_seconds(self, name: str, *, now_us: int) -> int:
        """How long ``name`` has to wait before it may try again; 0 if it may now."""
        failures = self._failures.get(name)
        if failures is None:
            return 0
        while failures and failures[0] <= now_us - self._window_us:
            failures.popleft()
        if len(failures) < self._failures_max:
            return 0
        return max(1, (failures[0] + self._window_us - now_us) // MICROSECONDS)

    def check(self, *names: str, now_us: int) -> None:
        """Raise ``ResourceExhausted`` where one of ``names`` has to wait."""
        wait = max(self.wait_seconds(each, now_us=now_us) for each in names)
        if wait:
            raise ResourceExhausted(
                "Too many failed sign-ins; try again later", retry_after_seconds=wait
            )

    def failed(self, name: str, *, now_us: int) -> None:
        """Count a failure of ``name``."""
        failures = self._failures.get(name)
        if failures is None:
            failures = deque(maxlen=self._failures_max)
            self._failures.put(name, failures)
        failures.append(now_us)

    def forgive(self, name: str) -> None:
        """Take back the latest failure of ``name``: it was none."""
        failures = self._failures.get(name)
        if failures:
            failures.pop()

    def succeeded(self, name: str) -> None:
        """Forget the failures of ``name``."""
        self._failures.pop(name)

"""Whose failures at the sign-in are counted together."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.console.throttle import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_addresses_of_one_customer_are_counted_together(address: str, network: str) -> None:
    assert network_of(address) == network


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_who_has_many_addresses_has_no_more_tries(
    address: ipaddress.IPv6Address, host: int
) -> None:
    if address.ipv4_mapped is None:
        other = ipaddress.IPv6Address(int(address) >> 64 << 64 | host)
        if other.ipv4_mapped is None:
            assert network_of(str(other)) == network_of(str(address))

import hashlib
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.identities.model import is_identity_id
from matsuri.kit.clock import MICROSECONDS, ManualClock, SystemClock
from matsuri.kit.ids import derived_id, new_id, new_key, new_secret, secret_digest
from tests.unit.strategies import any_text


def test_new_ids_are_unique_and_sorted_by_time() -> None:
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(set(ids))
    assert uuid.UUID(ids[0]).version == 7


def test_keys_are_random_uuids() -> None:
    assert uuid.UUID(new_key()).version == 4
    assert new_key() != new_key()


def test_secrets_have_256_bits() -> None:
    assert len(new_secret()) == 43
    assert new_secret() != new_secret()


def test_derived_ids_never_change() -> None:
    # A constant: stored events carry these ids, and a retry must find the same one.
    assert derived_id("_sessionStart", "s1") == "2e94d650-2a03-5604-8e79-fefb203c04a2"
    assert uuid.UUID(derived_id("_sessionStart", "s1")).version == 5


@given(st.tuples(any_text, any_text), st.tuples(any_text, any_text))
def test_derived_ids_differ_unless_both_parts_are_the_same(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    assert (derived_id(*one) == derived_id(*other)) is (one == other)


def test_derived_ids_do_not_mix_scope_and_name() -> None:
    assert derived_id("a:b", "c") != derived_id("a", "b:c")


@given(any_text)
def test_every_secret_has_a_digest(secret: str) -> None:
    digest = secret_digest(secret)
    assert digest == hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


@pytest.mark.parametrize(
    "text",
    ["12345678", "a" * 128, "player_1-x", "00000000", "00000000-0000-0000-0000-000000000001"],
)
def test_identity_ids(text: str) -> None:
    assert is_identity_id(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1234567",
        "a" * 129,
        "player 12",
        "player_1\n",
        "spielerä1",
        "00000000-0000-0000-0000-000000000000",
        "0" * 32,
    ],
)
def test_what_cannot_name_an_identity(text: str) -> None:
    assert not is_identity_id(text)


@given(st.integers(0, 10**12), st.integers(0, 10**9))
def test_a_manual_clock_moves_by_what_it_is_told(start_us: int, step_us: int) -> None:
    clock = ManualClock(start_us)
    clock.advance(step_us / MICROSECONDS)
    assert clock.now_us() == start_us + step_us


def test_the_system_clock_tells_microseconds() -> None:
    before_us = SystemClock().now_us()
    assert before_us > 1_700_000_000 * MICROSECONDS
    assert SystemClock().now_us() >= before_us

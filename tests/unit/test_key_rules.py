"""What one may do with keys, and what is told of them."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.console.key_rules import (
    EVERYTHING,
    audited,
    granted,
    kinds_with_setting,
    refuse_given,
    refuse_own,
    refuse_stronger,
    setting_of,
)
from matsuri.console.model import ConsoleCaller, Key, KeyKind, KeyValue, Role
from matsuri.console.permissions import every_permission, role_permissions
from matsuri.errors import FailedPrecondition, InvalidArgument, PermissionDenied

NAMES = sorted(every_permission())
some_permissions = st.frozensets(st.sampled_from(NAMES))
permissions_of_a_key = st.none() | some_permissions
ADMIN = ConsoleCaller("admin@example.com", Role.ADMIN, is_key=False)
DEVELOPER = ConsoleCaller("dev@example.com", Role.DEVELOPER, is_key=False)
FULL_KEY = ConsoleCaller("default", None, is_key=True)


def caller_with(permissions: frozenset[str]) -> ConsoleCaller:
    return ConsoleCaller("tool", None, is_key=True, permissions=permissions)


def key(kind: KeyKind = KeyKind.SERVER, **fields: object) -> Key:
    values = {
        "id": 7,
        "kind": kind,
        "name": "tool",
        "description": "",
        "created_by": "system",
        "created_us": 1,
        "values": (KeyValue(b"d" * 32, 1),),
        **fields,
    }
    return Key(**values)  # type: ignore[arg-type] # a test's fields are right


def reach(permissions: frozenset[str] | None) -> frozenset[str]:
    return every_permission() if permissions is None else permissions


@given(has=some_permissions, before=permissions_of_a_key, wanted=permissions_of_a_key)
def test_nobody_gives_more_than_they_have(
    has: frozenset[str], before: frozenset[str] | None, wanted: frozenset[str] | None
) -> None:
    may = reach(wanted) - reach(before) <= has
    try:
        got = granted(wanted, caller_with(has), before=before)
    except PermissionDenied as error:
        assert not may
        missing = {detail["permission"] for detail in error.details}
        assert missing == reach(wanted) - reach(before) - has
    else:
        assert may
        assert got == wanted


@given(has=some_permissions, target=permissions_of_a_key)
def test_a_stronger_key_gives_no_value(has: frozenset[str], target: frozenset[str] | None) -> None:
    stronger = key(permissions=target)
    if reach(target) <= has:
        refuse_stronger(stronger, caller_with(has), "rotated")
    else:
        with pytest.raises(PermissionDenied, match="cannot be rotated by you"):
            refuse_stronger(stronger, caller_with(has), "rotated")


@pytest.mark.parametrize("by", [ADMIN, FULL_KEY])
def test_who_may_everything_gives_everything(by: ConsoleCaller) -> None:
    assert granted(None, by) is None
    assert granted([EVERYTHING], by) is None
    assert granted([], by) == frozenset()
    refuse_stronger(key(), by, "rotated")


def test_a_developer_gives_no_server_key_what_developers_may_not() -> None:
    own = role_permissions(Role.DEVELOPER)
    assert granted(own, DEVELOPER) == own
    with pytest.raises(PermissionDenied) as caught:
        granted(None, DEVELOPER)
    missing = {detail["permission"] for detail in caught.value.details}
    assert missing == {"server_key:delete", "user:read", "user:write", "user:delete"}


@pytest.mark.parametrize(
    "wanted", [["flag:*"], ["flag"], [""], [EVERYTHING, "flag:read"], ["audit:write"]]
)
def test_names_that_are_no_permissions(wanted: list[str]) -> None:
    with pytest.raises(InvalidArgument, match="permissions: "):
        granted(wanted, FULL_KEY)


def test_an_api_key_is_not_stronger_than_who_may_rotate_it() -> None:
    refuse_stronger(key(KeyKind.API), caller_with(frozenset()), "rotated")


def test_a_server_key_does_not_lock_itself_out() -> None:
    itself = ConsoleCaller("tool", None, is_key=True)
    with pytest.raises(FailedPrecondition, match="with itself"):
        refuse_own(key(), itself, "disabled")
    refuse_own(key(), FULL_KEY, "disabled")
    refuse_own(key(KeyKind.API), itself, "disabled")
    refuse_own(key(), ConsoleCaller("tool", Role.ADMIN, is_key=False), "disabled")


class Given(NamedTuple):
    api_key: str
    server_key: str


def test_what_the_settings_give_is_theirs() -> None:
    assert kinds_with_setting(Given("", "")) == frozenset()
    kinds = kinds_with_setting(Given("value", ""))
    assert kinds == {KeyKind.API}
    assert setting_of(key(KeyKind.API, name="default"), kinds) == "api_key"
    assert setting_of(key(KeyKind.API), kinds) == ""
    assert setting_of(key(name="default"), kinds) == ""
    refuse_given(key(), "", "rotated")
    with pytest.raises(FailedPrecondition, match="MATSURI_API_KEY") as caught:
        refuse_given(key(KeyKind.API, name="default"), "api_key", "rotated")
    assert caught.value.details == [{"setting": "api_key", "variable": "MATSURI_API_KEY"}]


def test_the_audit_log_learns_nothing_of_values() -> None:
    told = audited(
        key(
            permissions=frozenset({"flag:write", "flag:read"}),
            disabled_us=5,
            sessions_ended_us=9_000_000,
            values=(KeyValue(b"a" * 32, 1_000_000, 3_000_000), KeyValue(b"b" * 32, 2_000_000)),
        )
    )
    assert told == {
        "name": "tool",
        "description": "",
        "disabled": True,
        "values": [{"create_time_sec": "1", "end_time_sec": "3"}, {"create_time_sec": "2"}],
        "permissions": ["flag:read", "flag:write"],
        "sessions_end_time_sec": "9",
    }


def test_the_end_of_the_grace_is_the_latest_that_is_ahead() -> None:
    ends = (KeyValue(b"a" * 32, 1, 5), KeyValue(b"b" * 32, 2, 9), KeyValue(b"c" * 32, 3))
    assert key(values=ends).grace_end_us(4) == 9
    assert key(values=ends).grace_end_us(9) is None
    assert key().grace_end_us(0) is None

"""Who may change whom, who stays, which passwords and addresses will do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.config import ConsoleRole
from matsuri.console.model import ConsoleCaller, Role, User
from matsuri.console.password_rules import PasswordRules
from matsuri.console.permissions import (
    ENTITY_MEANINGS,
    ROLE_MEANINGS,
    Entity,
    every_permission,
)
from matsuri.console.recovery_codes import (
    RECOVERY_CODES,
    new_recovery_codes,
    recovery_digest,
)
from matsuri.console.user_rules import (
    check_administrator_left,
    check_not_above,
    check_not_oneself,
    checked_email,
    checked_permissions,
    is_administrator,
    permissions_of,
)
from matsuri.errors import FailedPrecondition, InvalidArgument, PermissionDenied

RULES = PasswordRules(12, 64)
names = st.frozensets(st.sampled_from(sorted(every_permission())))
users = st.builds(
    User,
    id=st.integers(min_value=1, max_value=9),
    email=st.just("someone@example.com"),
    password_hash=st.just("x"),
    role=st.sampled_from(Role),
    created_us=st.just(0),
    granted=names,
    taken=names,
    disabled=st.booleans(),
)


def admin(user_id: int = 1, **changes: object) -> User:
    values = {"email": "a@example.com", "password_hash": "x", "role": Role.ADMIN, "created_us": 0}
    return User(id=user_id, **{**values, **changes})  # type: ignore[arg-type] # as each test has it


def caller(permissions: frozenset[str], user_id: int | None = None) -> ConsoleCaller:
    return ConsoleCaller(
        "c@example.com", None, is_key=False, permissions=permissions, user_id=user_id
    )


@given(user=users, own=names)
def test_nobody_changes_who_may_more(user: User, own: frozenset[str]) -> None:
    if permissions_of(user) <= own:
        check_not_above(caller(own), user)
        return
    with pytest.raises(PermissionDenied) as refusal:
        check_not_above(caller(own), user)
    lacking = {detail["permission"] for detail in refusal.value.details}
    assert lacking == permissions_of(user) - own


@given(before=st.lists(users, max_size=4), after=st.lists(users, max_size=4))
def test_the_last_who_may_everything_stays(before: list[User], after: list[User]) -> None:
    if any(map(is_administrator, before)) and not any(map(is_administrator, after)):
        with pytest.raises(FailedPrecondition):
            check_administrator_left(before, after)
    else:
        check_administrator_left(before, after)


def test_who_is_an_administrator() -> None:
    assert is_administrator(admin())
    assert is_administrator(admin(role=Role.SUPPORT, granted=every_permission()))
    assert not is_administrator(admin(disabled=True))
    assert not is_administrator(admin(taken=frozenset({"flag:delete"})))
    assert not is_administrator(admin(role=Role.DEVELOPER))


def test_oneself_is_no_other() -> None:
    check_not_oneself(caller(every_permission(), 2), admin(1), "…")
    check_not_oneself(ConsoleCaller("default", None, is_key=True), admin(1), "…")
    with pytest.raises(FailedPrecondition):
        check_not_oneself(caller(every_permission(), 1), admin(1), "…")


@pytest.mark.parametrize(
    ("text", "stored"),
    [("Ann@Example.com", "ann@example.com"), ("  a@b ", "a@b"), ("ü@example.com", "ü@example.com")],
)
def test_addresses_are_kept_in_lower_case(text: str, stored: str) -> None:
    assert checked_email(text) == stored


@pytest.mark.parametrize(
    "text", ["", " ", "ann", "@example.com", "ann@", "a b@c", "a@b@c", "a\x00@b", "x" * 320 + "@b"]
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(InvalidArgument) as refusal:
        checked_email(text)
    assert refusal.value.details[0]["field"] == "email"


def test_permissions_that_there_are_not() -> None:
    assert checked_permissions("granted", ["flag:read", "flag:read"]) == {"flag:read"}
    for name in ("", "flag", "flag:fly", "audit:write", "setting:write", "*"):
        with pytest.raises(InvalidArgument) as refusal:
            checked_permissions("granted", ["flag:read", name])
        assert refusal.value.details[0]["field"] == "granted[1]"


@pytest.mark.parametrize(
    "password", ["correct horse battery", "x" * 8 + "abcde", "пароль-подлиннее", "Ann@Example.com!"]
)
def test_passwords_that_will_do(password: str) -> None:
    RULES.check("new_password", password, email="ann@example.com")


@pytest.mark.parametrize(
    "password",
    ["", "short", "x" * 11, "x" * 64, "abababababab", "x" * 65, "Ann.Marie@Example.com"],
)
def test_passwords_that_will_not(password: str) -> None:
    with pytest.raises(InvalidArgument) as refusal:
        RULES.check("new_password", password, email="ann.marie@example.com")
    assert refusal.value.details[0]["field"] == "new_password"


def test_recovery_codes_are_random_and_read_as_people_type() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == RECOVERY_CODES
    code = codes[0]
    assert len(code) == 19
    digest = recovery_digest(7, code)
    assert recovery_digest(7, f" {code.upper().replace('-', ' ')} ") == digest
    assert recovery_digest(8, code) != digest
    assert recovery_digest(7, codes[1]) != digest


def test_every_role_and_entity_has_a_meaning() -> None:
    assert set(ROLE_MEANINGS) == set(Role)
    assert set(ENTITY_MEANINGS) == set(Entity)


def test_the_setting_knows_the_same_roles() -> None:
    assert [each.value for each in ConsoleRole] == [each.value for each in Role]

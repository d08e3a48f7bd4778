"""The table of roles, written out once more from the reference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.console.model import ConsoleCaller, Role
from matsuri.console.permissions import (
    Action,
    Entity,
    caller_may,
    caller_permissions,
    every_permission,
    permission,
    role_may,
    role_permissions,
    user_permissions,
)

READ, WRITE, DELETE = Action.READ, Action.WRITE, Action.DELETE
KEYS_AND_PEOPLE = {Entity.USER, Entity.API_KEY, Entity.SERVER_KEY, Entity.AUDIT}
ONLY_READ = {Entity.AUDIT, Entity.SETTING}
CHANGEABLE = [entity for entity in Entity if entity not in ONLY_READ]
names = st.frozensets(st.sampled_from(sorted(every_permission())))


def allowed(role: Role, entity: Entity) -> set[Action]:
    return {action for action in Action if role_may(role, entity, action)}


@pytest.mark.parametrize("entity", CHANGEABLE)
def test_an_admin_may_everything(entity: Entity) -> None:
    assert allowed(Role.ADMIN, entity) == set(Action)


@pytest.mark.parametrize("entity", CHANGEABLE)
def test_a_debugger_deletes_nothing_and_sees_no_users(entity: Entity) -> None:
    assert allowed(Role.DEBUGGER, entity) == (set() if entity is Entity.USER else {READ, WRITE})


@pytest.mark.parametrize("entity", CHANGEABLE)
def test_a_developer_sees_no_users_and_deletes_no_server_keys(entity: Entity) -> None:
    expected = {Entity.USER: set(), Entity.SERVER_KEY: {READ, WRITE}}.get(entity, set(Action))
    assert allowed(Role.DEVELOPER, entity) == expected


def test_the_audit_log_is_read_by_who_runs_the_server_and_written_by_nobody() -> None:
    may = {role for role in Role if allowed(role, Entity.AUDIT)}
    assert may == {Role.ADMIN, Role.DEBUGGER, Role.DEVELOPER}
    assert all(allowed(role, Entity.AUDIT) == {READ} for role in may)


@pytest.mark.parametrize("entity", list(Entity))
def test_a_game_designer_has_nothing_to_do_with_keys_and_users(entity: Entity) -> None:
    expected = set() if entity in KEYS_AND_PEOPLE else set(Action)
    expected = {READ} if entity is Entity.SETTING else expected
    assert allowed(Role.GAME_DESIGNER, entity) == expected


@pytest.mark.parametrize("entity", list(Entity))
def test_support_reads_the_game_s_data(entity: Entity) -> None:
    assert allowed(Role.SUPPORT, entity) == (set() if entity in KEYS_AND_PEOPLE else {READ})


@pytest.mark.parametrize("role", list(Role))
def test_settings_are_read_by_everybody_and_written_by_nobody(role: Role) -> None:
    assert allowed(role, Entity.SETTING) == {READ}


@pytest.mark.parametrize("entity", CHANGEABLE)
@pytest.mark.parametrize("action", list(Action))
def test_a_server_key_may_everything_and_who_has_no_role_nothing(
    entity: Entity, action: Action
) -> None:
    assert caller_may(ConsoleCaller("default", None, is_key=True), entity, action)
    assert not caller_may(ConsoleCaller("someone", None, is_key=False), entity, action)
    assert permission(entity, action) == f"{entity}:{action}"


def test_permissions_of_a_caller_decide_where_they_are_told() -> None:
    flags = frozenset({"flag:read"})
    for caller in (
        ConsoleCaller("a key", None, is_key=True, permissions=flags),
        ConsoleCaller("someone@example.com", Role.ADMIN, is_key=False, permissions=flags),
    ):
        assert caller_may(caller, Entity.FLAG, READ)
        assert not caller_may(caller, Entity.FLAG, WRITE)
        assert caller_permissions(caller) == flags


@given(role=st.sampled_from(Role), granted=names, taken=names)
def test_what_is_taken_is_gone_and_what_is_granted_is_there(
    role: Role, granted: frozenset[str], taken: frozenset[str]
) -> None:
    found = user_permissions(role, granted, taken)
    assert not found & taken
    assert found | taken == role_permissions(role) | granted | taken


def test_nobody_is_given_what_does_not_exist() -> None:
    odd = frozenset({"audit:write", "setting:delete", "moon:read"})
    assert user_permissions(Role.SUPPORT, odd, frozenset()) == role_permissions(Role.SUPPORT)

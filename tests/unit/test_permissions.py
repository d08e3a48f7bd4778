"""The table of roles, written out once more from the reference."""

import pytest

from matsuri.console.model import ConsoleCaller, Role
from matsuri.console.permissions import Action, Entity, caller_may, permission, role_may

READ, WRITE, DELETE = Action.READ, Action.WRITE, Action.DELETE
KEYS_AND_PEOPLE = {Entity.USER, Entity.API_KEY, Entity.SERVER_KEY, Entity.AUDIT}
ALL_BUT_AUDIT = [entity for entity in Entity if entity is not Entity.AUDIT]


def allowed(role: Role, entity: Entity) -> set[Action]:
    return {action for action in Action if role_may(role, entity, action)}


@pytest.mark.parametrize("entity", ALL_BUT_AUDIT)
def test_an_admin_may_everything(entity: Entity) -> None:
    assert allowed(Role.ADMIN, entity) == set(Action)


@pytest.mark.parametrize("entity", ALL_BUT_AUDIT)
def test_a_debugger_deletes_nothing_and_sees_no_users(entity: Entity) -> None:
    assert allowed(Role.DEBUGGER, entity) == (set() if entity is Entity.USER else {READ, WRITE})


@pytest.mark.parametrize("entity", ALL_BUT_AUDIT)
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
    assert allowed(Role.GAME_DESIGNER, entity) == expected


@pytest.mark.parametrize("entity", list(Entity))
def test_support_reads_the_game_s_data(entity: Entity) -> None:
    assert allowed(Role.SUPPORT, entity) == (set() if entity in KEYS_AND_PEOPLE else {READ})


@pytest.mark.parametrize("entity", list(Entity))
@pytest.mark.parametrize("action", list(Action))
def test_a_server_key_may_everything_and_who_has_no_role_nothing(
    entity: Entity, action: Action
) -> None:
    assert caller_may(ConsoleCaller("default", None, is_key=True), entity, action)
    assert not caller_may(ConsoleCaller("someone", None, is_key=False), entity, action)
    assert permission(entity, action) == f"{entity}:{action}"

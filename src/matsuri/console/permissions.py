"""Who may do what: roles, entities, and the table of both (Satori's roles). Pure."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from matsuri.console.model import ConsoleCaller, Role


class Entity(StrEnum):
    """What permissions are about."""

    API_KEY = "api_key"
    AUDIENCE = "audience"
    AUDIT = "audit"
    CHANGE_SET = "change_set"
    EVENT = "event"
    EXPERIMENT = "experiment"
    FLAG = "flag"
    IDENTITY = "identity"
    LIVE_EVENT = "live_event"
    SERVER_KEY = "server_key"
    SETTING = "setting"
    TAXONOMY = "taxonomy"
    USER = "user"


class Action(StrEnum):
    """What one may do with an entity. To write is to create and to change."""

    READ = "read"
    WRITE = "write"
    DELETE = "delete"


ROLE_MEANINGS: Mapping[Role, str] = {
    Role.ADMIN: "Does everything, and decides who may do what.",
    Role.DEBUGGER: "Reads and changes everything but people, and deletes nothing.",
    Role.DEVELOPER: "Does everything but with people; deletes no server keys.",
    Role.GAME_DESIGNER: "Does everything with the game's definitions and players; no keys.",
    Role.SUPPORT: "Reads the game's definitions and players, and changes nothing.",
}
ENTITY_MEANINGS: Mapping[Entity, str] = {
    Entity.API_KEY: "Keys with which games call.",
    Entity.AUDIENCE: "Audiences and their lists.",
    Entity.AUDIT: "The audit log: who did what in the console.",
    Entity.CHANGE_SET: "Change sets: several changes that are approved and published together.",
    Entity.EVENT: "Events of players, refused events, and events sent by the console.",
    Entity.EXPERIMENT: "Experiments, their phases and groups.",
    Entity.FLAG: "Flags and their variants.",
    Entity.IDENTITY: "Players: their properties, exports, imports and erasure.",
    Entity.LIVE_EVENT: "Live events and their runs.",
    Entity.SERVER_KEY: "Keys with which programs call the console API.",
    Entity.SETTING: "The configuration, as it is in force, and the server's health.",
    Entity.TAXONOMY: "Declared events, properties, validators and labels.",
    Entity.USER: "People with access to the console.",
}

_NOTHING: frozenset[Action] = frozenset()
_READ = frozenset({Action.READ})
_READ_WRITE = frozenset({Action.READ, Action.WRITE})
_ALL = frozenset(Action)

# What a role may do with every entity, but for those where it differs. The audit log is written by
# what it tells of, and names people: it is for those who run the server. Settings are changed
# where the server runs, and secret ones are not shown.
_USUALLY: Mapping[Role, frozenset[Action]] = {
    Role.ADMIN: _ALL,
    Role.DEBUGGER: _READ_WRITE,
    Role.DEVELOPER: _ALL,
    Role.GAME_DESIGNER: _ALL,
    Role.SUPPORT: _READ,
}
_DIFFERENTLY: Mapping[Role, Mapping[Entity, frozenset[Action]]] = {
    Role.ADMIN: {Entity.AUDIT: _READ, Entity.SETTING: _READ},
    Role.DEBUGGER: {Entity.USER: _NOTHING, Entity.AUDIT: _READ, Entity.SETTING: _READ},
    Role.DEVELOPER: {
        Entity.USER: _NOTHING,
        Entity.SERVER_KEY: _READ_WRITE,
        Entity.AUDIT: _READ,
        Entity.SETTING: _READ,
    },
    Role.GAME_DESIGNER: {
        Entity.SETTING: _READ,
        Entity.AUDIT: _NOTHING,
        Entity.USER: _NOTHING,
        Entity.API_KEY: _NOTHING,
        Entity.SERVER_KEY: _NOTHING,
    },
    Role.SUPPORT: {
        Entity.AUDIT: _NOTHING,
        Entity.USER: _NOTHING,
        Entity.API_KEY: _NOTHING,
        Entity.SERVER_KEY: _NOTHING,
    },
}


def role_may(role: Role, entity: Entity, action: Action) -> bool:
    """Whether a console user of that role may do that."""
    return action in _DIFFERENTLY[role].get(entity, _USUALLY[role])


def permission(entity: Entity, action: Action) -> str:
    """The name of a permission, such as ``taxonomy:write``."""
    return f"{entity.value}:{action.value}"


@cache
def role_permissions(role: Role) -> frozenset[str]:
    """The names of all that a console user of that role may do."""
    return frozenset(
        permission(entity, action)
        for entity in Entity
        for action in Action
        if role_may(role, entity, action)
    )


def every_permission() -> frozenset[str]:
    """The names of all that anybody can be given: what an administrator may do."""
    return role_permissions(Role.ADMIN)


def user_permissions(role: Role, granted: frozenset[str], taken: frozenset[str]) -> frozenset[str]:
    """What a user may do: what the role may and what is granted beyond, but for what is taken."""
    return ((role_permissions(role) | granted) - taken) & every_permission()


def caller_permissions(caller: ConsoleCaller) -> frozenset[str]:
    """The names of all that the caller may do, and so of all that it may give to others."""
    if caller.permissions is not None:
        return caller.permissions
    if caller.is_key:
        return every_permission()
    return frozenset() if caller.role is None else role_permissions(caller.role)


def caller_may(caller: ConsoleCaller, entity: Entity, action: Action) -> bool:
    """Whether the caller may do that."""
    return permission(entity, action) in caller_permissions(caller)

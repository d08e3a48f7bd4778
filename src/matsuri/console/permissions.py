"""Who may do what: roles, entities, and the table of both (Satori's roles). Pure."""

from collections.abc import Mapping
from enum import StrEnum

from matsuri.console.model import ConsoleCaller, Role


class Entity(StrEnum):
    """What permissions are about."""

    API_KEY = "api_key"
    AUDIENCE = "audience"
    AUDIT = "audit"
    EVENT = "event"
    EXPERIMENT = "experiment"
    FLAG = "flag"
    IDENTITY = "identity"
    LIVE_EVENT = "live_event"
    SERVER_KEY = "server_key"
    TAXONOMY = "taxonomy"
    USER = "user"


class Action(StrEnum):
    """What one may do with an entity. To write is to create and to change."""

    READ = "read"
    WRITE = "write"
    DELETE = "delete"


_NOTHING: frozenset[Action] = frozenset()
_READ = frozenset({Action.READ})
_READ_WRITE = frozenset({Action.READ, Action.WRITE})
_ALL = frozenset(Action)

# What a role may do with every entity, but for those where it differs. The audit log is written by
# what it tells of, and names people: it is for those who run the server.
_USUALLY: Mapping[Role, frozenset[Action]] = {
    Role.ADMIN: _ALL,
    Role.DEBUGGER: _READ_WRITE,
    Role.DEVELOPER: _ALL,
    Role.GAME_DESIGNER: _ALL,
    Role.SUPPORT: _READ,
}
_DIFFERENTLY: Mapping[Role, Mapping[Entity, frozenset[Action]]] = {
    Role.ADMIN: {Entity.AUDIT: _READ},
    Role.DEBUGGER: {Entity.USER: _NOTHING, Entity.AUDIT: _READ},
    Role.DEVELOPER: {
        Entity.USER: _NOTHING,
        Entity.SERVER_KEY: _READ_WRITE,
        Entity.AUDIT: _READ,
    },
    Role.GAME_DESIGNER: {
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


def caller_may(caller: ConsoleCaller, entity: Entity, action: Action) -> bool:
    """Whether the caller may do that. A server key may do everything."""
    return caller.is_key or (caller.role is not None and role_may(caller.role, entity, action))


def permission(entity: Entity, action: Action) -> str:
    """The name of a permission, such as ``taxonomy:write``."""
    return f"{entity.value}:{action.value}"

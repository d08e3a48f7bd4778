"""Which permission it takes to change definitions of each kind. Pure."""

from collections.abc import Iterable, Mapping

from matsuri.audiences.model import AUDIENCE_KIND
from matsuri.console.model import ConsoleCaller
from matsuri.console.permissions import Action, Entity, caller_may, permission
from matsuri.errors import PermissionDenied
from matsuri.events.taxonomy import EVENT_KIND, LABEL_KIND, PROPERTY_KIND, VALIDATOR_KIND
from matsuri.experiments.model import EXCLUSION_GROUP_KIND, EXPERIMENT_KIND, HOLDOUT_GROUP_KIND
from matsuri.flags.model import FLAG_KIND
from matsuri.live_events.model import LIVE_EVENT_KIND
from matsuri.planning.drafts import ChangeAction

ENTITY_OF: Mapping[str, Entity] = {
    AUDIENCE_KIND: Entity.AUDIENCE,
    EVENT_KIND: Entity.TAXONOMY,
    EXCLUSION_GROUP_KIND: Entity.EXPERIMENT,
    EXPERIMENT_KIND: Entity.EXPERIMENT,
    FLAG_KIND: Entity.FLAG,
    HOLDOUT_GROUP_KIND: Entity.EXPERIMENT,
    LABEL_KIND: Entity.TAXONOMY,
    LIVE_EVENT_KIND: Entity.LIVE_EVENT,
    PROPERTY_KIND: Entity.TAXONOMY,
    VALIDATOR_KIND: Entity.TAXONOMY,
}
"""What permissions for a kind of definitions are about."""

_ACTION_OF = {
    ChangeAction.CREATE: Action.WRITE,
    ChangeAction.UPDATE: Action.WRITE,
    ChangeAction.DELETE: Action.DELETE,
}


def kinds_readable(caller: ConsoleCaller) -> frozenset[str]:
    """The kinds whose definitions a caller may see."""
    return frozenset(
        kind for kind, entity in ENTITY_OF.items() if caller_may(caller, entity, Action.READ)
    )


def check_may_read(caller: ConsoleCaller, kinds: Iterable[str]) -> None:
    """Raise ``PermissionDenied`` for who may not see definitions of all these kinds."""
    _check(caller, {(ENTITY_OF[kind], Action.READ) for kind in kinds})


def check_may_make(caller: ConsoleCaller, changes: Iterable[tuple[str, ChangeAction]]) -> None:
    """Raise ``PermissionDenied`` for who may not make such changes of such kinds by themselves."""
    _check(caller, {(ENTITY_OF[kind], _ACTION_OF[action]) for kind, action in changes})


def check_may_publish(caller: ConsoleCaller, changes: Iterable[tuple[str, ChangeAction]]) -> None:
    """Raise ``PermissionDenied`` for who may not publish a set of such changes."""
    needed = {(ENTITY_OF[kind], _ACTION_OF[action]) for kind, action in changes}
    _check(caller, {(Entity.CHANGE_SET, Action.WRITE), *needed})


def _check(caller: ConsoleCaller, needed: Iterable[tuple[Entity, Action]]) -> None:
    missing = sorted(permission(*each) for each in needed if not caller_may(caller, *each))
    if missing:
        raise PermissionDenied(
            f"This needs the permission {', '.join(missing)}",
            details=[{"permission": each} for each in missing],
        )

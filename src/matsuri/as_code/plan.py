"""A plan: what is to change on a server, and on which version of its definitions. Pure."""

from collections.abc import Collection, Mapping
from typing import Any, Literal

import msgspec

from matsuri.as_code.changes import Changes, PlannedChange, Wanted, changes_to, in_order
from matsuri.as_code.kinds import FILE_KINDS
from matsuri.as_code.references import Key, matching, references, with_referred
from matsuri.as_code.server import ServerDefinitions
from matsuri.errors import MatsuriError
from matsuri.planning.drafts import ChangeAction


class NoPlan(MatsuriError):
    """A file holds no plan that this version reads."""


class StoredChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change as a file keeps it: see ``PlannedChange``."""

    kind: str
    action: ChangeAction
    name: str
    id: str
    base_version: str
    definition: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]


class StoredPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A plan as a file keeps it; ``version`` is that of all definitions of the server."""

    format: Literal[1] = 1
    server: str
    version: str
    changes: list[StoredChange]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change on the server at ``server``, in the order in which it can."""

    server: str
    version: str
    changes: list[PlannedChange]


def planned(
    wanted: Mapping[Key, Wanted],
    server: ServerDefinitions,
    *,
    url: str,
    prune: bool = False,
    only: Collection[str] = (),
) -> tuple[Plan, Changes]:
    """The plan, and what was found beside it; ``only`` are patterns of what it is about.

    What is meant by the patterns comes with all that it refers to.
    """
    referred = {key: references(each.kind, each.name, each.body) for key, each in wanted.items()}
    among: set[Key] | None = None
    if only:
        among = with_referred(matching(wanted, only), referred) | matching(server.by_key, only)
    found = changes_to(wanted, server, prune=prune, among=among)
    for change in found.changes:
        if change.action is ChangeAction.DELETE:
            stored = server.by_key[change.key]
            referred[change.key] = references(stored.kind, stored.name, stored.body)
    changes = in_order(found.changes, referred)
    return Plan(server=url, version=server.version, changes=changes), found


def encode_plan(plan: Plan) -> bytes:
    """What ``decode_plan`` reads."""
    stored = StoredPlan(
        server=plan.server,
        version=plan.version,
        changes=[
            StoredChange(**{**each._asdict(), "kind": each.kind.name}) for each in plan.changes
        ],
    )
    return msgspec.json.format(msgspec.json.encode(stored), indent=2) + b"\n"


def decode_plan(text: bytes) -> Plan:
    """The plan of a file; raises ``NoPlan``."""
    try:
        stored = msgspec.json.decode(text, type=StoredPlan)
        changes = [
            PlannedChange(**{**msgspec.structs.asdict(each), "kind": FILE_KINDS[each.kind]})
            for each in stored.changes
        ]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, KeyError) as error:
        raise NoPlan(f"this is no plan: {error}") from None
    return Plan(server=stored.server, version=stored.version, changes=changes)

"""Makes a plan real: as one change set, published at once, at a time, or after approval."""

import contextlib
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from matsuri.as_code.changes import PlannedChange
from matsuri.as_code.check_plan import change_message
from matsuri.as_code.plan import Plan
from matsuri.as_code.server import Server
from matsuri.console_client import RefusedByServer
from matsuri.errors import Aborted, MatsuriError

_PATH = "change-set"
# Half of what a server takes in a request, unless it is set otherwise.
_PART_BYTES_MAX = 512 * 1024


class Outcome(StrEnum):
    """What became of a change set."""

    PUBLISHED = "published"
    SCHEDULED = "scheduled"
    WAITING = "waiting"


class Wish(NamedTuple):
    """What is to become of a plan: published now, or at a time in seconds, or left for approval."""

    name: str
    note: str = ""
    at_time_sec: int = 0
    submit: bool = False
    force: bool = False


class Published(NamedTuple):
    """The id of the change set, and where it stands."""

    id: str
    outcome: Outcome


def check_unmoved(plan: Plan, version: str) -> None:
    """Raise ``Aborted`` where the server has other definitions than those that were planned on."""
    if version != plan.version:
        raise Aborted(
            f"the definitions of the server have changed since the plan was made (version "
            f"{plan.version}, now {version}): plan again"
        )


def publish(server: Server, plan: Plan, wish: Wish) -> Published:
    """Make the changes of a plan as one change set, all or none of them.

    What the server refuses is not left behind as a draft. Raises as ``Server.call``.
    """
    first, *others = _in_parts([_change(each, force=wish.force) for each in plan.changes])
    made = server.call(
        "POST", _PATH, body={"name": wish.name, "description": wish.note, "changes": first}
    )
    change_set_id = str(made["id"])
    with _discarded_if_refused(server, change_set_id):
        for part in others:
            server.call("PUT", _PATH, change_set_id, "change", body={"changes": part})
        if wish.submit:
            server.call("POST", _PATH, change_set_id, "submit", body={"note": wish.note})
            return Published(change_set_id, Outcome.WAITING)
        body: dict[str, Any] = {"note": wish.note}
        if wish.at_time_sec:
            body["at_time_sec"] = str(wish.at_time_sec)
        server.call("POST", _PATH, change_set_id, "publish", body=body)
    is_later = bool(wish.at_time_sec)
    return Published(change_set_id, Outcome.SCHEDULED if is_later else Outcome.PUBLISHED)


def _change(change: PlannedChange, *, force: bool) -> dict[str, Any]:
    based = {"base_version": change.base_version} if change.base_version else {}
    return {**change_message(change, force=force), **based}


def _in_parts(changes: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The changes in as many requests as their size takes, at least one."""
    parts: list[list[dict[str, Any]]] = [[]]
    left = _PART_BYTES_MAX
    for change in changes:
        size = len(msgspec.json.encode(change))
        if parts[-1] and size > left:
            parts.append([])
            left = _PART_BYTES_MAX
        parts[-1].append(change)
        left -= size
    return parts


@contextlib.contextmanager
def _discarded_if_refused(server: Server, change_set_id: str) -> Iterator[None]:
    try:
        yield
    except RefusedByServer:
        # What came of it is told in any case; that it could not be tidied up is less.
        with contextlib.suppress(MatsuriError):
            server.call("POST", _PATH, change_set_id, "discard", body={})
        raise

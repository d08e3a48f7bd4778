"""Entries of the audit log as they are answered, and as lines of a file."""

import csv
import io
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.console.audit_store import AuditEntry
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.timestamps import format_timestamp

CSV = "text/csv"
_COLUMNS = (
    "number",
    "time",
    "actor",
    "actor_kind",
    "address",
    "user_agent",
    "request_id",
    "action",
    "operation",
    "subject_kind",
    "subject_id",
    "subject_name",
    "revision",
    "outcome",
    "status",
    "message",
    "calls",
    "note",
    "before",
    "after",
    "subject_erased",
)
# Programs for tables take a cell that begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class AuditMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That somebody did something, or tried to. What is empty is missing."""

    number: Annotated[str, Meta(description="Tells the entry from all others, as text.")]
    time_sec: Annotated[str, Meta(description="When it was done, in seconds since the epoch.")]
    actor: Annotated[
        str,
        Meta(
            description="E-mail of a console user, name of a server key, `game`, or `server` for "
            "what was due by itself; empty where nobody is known."
        ),
    ]
    actor_kind: Annotated[str, Meta(description="`user`, `server_key`, `system`, or `nobody`.")]
    action: Annotated[str, Meta(description="What was done, such as `test_device.set`.")]
    outcome: Annotated[
        str, Meta(description="`ok`, `refused` (by the rules), or `failed` (by the server).")
    ]
    subject_kind: Annotated[str, Meta(description="The kind of what was changed.")]
    subject_id: Annotated[
        str, Meta(description="What was changed; empty once the player is erased.")
    ]
    subject_name: Annotated[str, Meta(description="What it is called.")] = ""
    revision: Annotated[
        str, Meta(description="The revision of the definition, which has all of it.")
    ] = ""
    note: Annotated[str, Meta(description="Why, in the words of who did it.")]
    before: (
        Annotated[dict[str, Any], Meta(description="As it was; missing where nothing was.")] | None
    ) = None
    after: (
        Annotated[dict[str, Any], Meta(description="As it is then; missing where nothing is.")]
        | None
    ) = None
    subject_erased: Annotated[
        bool, Meta(description="The player whom it was about is erased, and what told of them.")
    ] = False
    address: Annotated[str, Meta(description="The address of the caller.")] = ""
    user_agent: Annotated[str, Meta(description="The program that called, shortened.")] = ""
    request_id: Annotated[str, Meta(description="The call, as the server's own log has it.")] = ""
    operation: Annotated[str, Meta(description="The operation of the API.")] = ""
    status: Annotated[int, Meta(description="Of the answer, where it was no success.")] = 0
    message: Annotated[str, Meta(description="What the answer said then.")] = ""
    calls: Annotated[
        int, Meta(description="How many calls it tells of: refused ones may be told together.")
    ] = 1


def audit_message(entry: AuditEntry) -> AuditMessage:
    """An entry as it is answered."""
    return AuditMessage(
        number=str(entry.number),
        time_sec=str(entry.at_us // MICROSECONDS),
        actor=entry.actor,
        actor_kind=_kind_of_actor(entry),
        action=entry.action,
        outcome=entry.outcome.value,
        subject_kind=entry.subject_kind,
        subject_id=entry.subject_id,
        subject_name=entry.subject_name,
        revision=str(entry.revision or ""),
        note=entry.note,
        before=None if entry.before is None else dict(entry.before),
        after=None if entry.after is None else dict(entry.after),
        subject_erased=entry.subject_erased,
        address=entry.address,
        user_agent=entry.user_agent,
        request_id=entry.request_id,
        operation=entry.operation,
        status=entry.status,
        message=entry.message,
        calls=entry.calls,
    )


def csv_line(entry: AuditEntry) -> str:
    """An entry as a line of CSV, in which nothing is a formula for a program that opens it."""
    message = msgspec.structs.asdict(audit_message(entry))
    message["time"] = format_timestamp(entry.at_us)
    return _line([_cell(message[name]) for name in _COLUMNS])


def csv_head() -> str:
    """The first line: what the columns are."""
    return _line(_COLUMNS)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return msgspec.json.encode(value).decode()
    if isinstance(value, bool):
        return "true" if value else ""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _line(cells: list[str] | tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


def _kind_of_actor(entry: AuditEntry) -> str:
    if not entry.actor:
        return "nobody"
    if entry.actor_is_key:
        return "server_key"
    # The name of a user is an e-mail address, and nothing else is one.
    return "user" if "@" in entry.actor else "system"

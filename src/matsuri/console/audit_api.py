"""The audit log as the console shows it: ``/v1/console/audit``."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.console.audit import AuditLog
from matsuri.console.audit_store import AuditEntry, AuditFilter
from matsuri.console.model import ConsoleCaller
from matsuri.console.permissions import Action, Entity
from matsuri.kit.clock import MICROSECONDS
from matsuri.web.callers import ConsoleMay
from matsuri.web.lists import PageOptions, PageQuery, cursor_of, page_options
from matsuri.web.messages import moment_us
from matsuri.web.routes import Request, Route


class AuditQuery(PageQuery, frozen=True, kw_only=True):
    """Which entries of the audit log."""

    subject_kind: Annotated[
        str, Meta(description="Entries about what is of this kind, such as `identity`.")
    ] = msgspec.field(name="search.subject_kind.exact", default="")
    subject_id: Annotated[str, Meta(description="Entries about what has this id.")] = msgspec.field(
        name="search.subject_id.exact", default=""
    )
    actor: Annotated[
        str, Meta(description="Entries of this console user (e-mail) or server key (name).")
    ] = msgspec.field(name="search.actor.exact", default="")
    action: Annotated[str, Meta(description="Entries of this action.")] = msgspec.field(
        name="search.action.exact", default=""
    )
    from_time: Annotated[
        str,
        Meta(description="Entries at this time (RFC 3339, a date, or epoch seconds) or later."),
    ] = msgspec.field(name="from", default="")
    until_time: Annotated[str, Meta(description="Entries before this time.")] = msgspec.field(
        name="until", default=""
    )


class AuditMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That somebody changed something."""

    number: Annotated[str, Meta(description="Tells the entry from all others, as text.")]
    time_sec: Annotated[str, Meta(description="When it was done, in seconds since the epoch.")]
    actor: Annotated[
        str, Meta(description="E-mail of a console user, name of a server key, or `game`.")
    ]
    actor_kind: Annotated[str, Meta(description="`user`, `server_key`, or `system` for neither.")]
    action: Annotated[str, Meta(description="What was done, such as `test_device.set`.")]
    subject_kind: Annotated[str, Meta(description="The kind of what was changed.")]
    subject_id: Annotated[
        str, Meta(description="What was changed; empty once the player is erased.")
    ]
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


class AuditListMessage(msgspec.Struct, frozen=True):
    """A page of the audit log, the latest entry first."""

    entries: list[AuditMessage]
    page_options: PageOptions


def routes(audit: AuditLog, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoint."""

    async def list_entries(
        _request: Request, _caller: ConsoleCaller, query: AuditQuery
    ) -> AuditListMessage:
        wanted = AuditFilter(
            subject_kind=query.subject_kind,
            subject_id=query.subject_id,
            actor=query.actor,
            action=query.action,
            from_us=moment_us("from", query.from_time),
            until_us=moment_us("until", query.until_time),
        )
        page = await audit.entries(wanted, limit=query.limit, cursor=cursor_of(query))
        return AuditListMessage([_message(each) for each in page.items], page_options(page))

    return [
        Route(
            method="GET",
            path="/v1/console/audit",
            auth=console_may(Entity.AUDIT, Action.READ),
            handler=list_entries,
            query_type=AuditQuery,
            response_type=AuditListMessage,
            operation="console_list_audit",
            summary="Who changed what in the console, the latest first",
            description=(
                "Entries are never changed nor removed, but for what names an erased player. What "
                "was noted under an id that has been merged since stays under that id."
            ),
            tag="Console",
        )
    ]


def _kind_of_actor(entry: AuditEntry) -> str:
    if entry.actor_is_key:
        return "server_key"
    # The name of a user is an e-mail address, and nothing else is one.
    return "user" if "@" in entry.actor else "system"


def _message(entry: AuditEntry) -> AuditMessage:
    return AuditMessage(
        number=str(entry.number),
        time_sec=str(entry.at_us // MICROSECONDS),
        actor=entry.actor,
        actor_kind=_kind_of_actor(entry),
        action=entry.action,
        subject_kind=entry.subject_kind,
        subject_id=entry.subject_id,
        note=entry.note,
        before=None if entry.before is None else dict(entry.before),
        after=None if entry.after is None else dict(entry.after),
        subject_erased=entry.subject_erased,
    )

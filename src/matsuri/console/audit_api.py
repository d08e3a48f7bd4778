"""The audit log as the console shows it: ``/v1/console/audit``."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.console.attempts import Outcome
from matsuri.console.audit import AuditLog
from matsuri.console.audit_messages import CSV, AuditMessage, audit_message, csv_head, csv_line
from matsuri.console.audit_store import AuditEntry, AuditFilter
from matsuri.console.model import ConsoleCaller
from matsuri.console.permissions import Action, Entity
from matsuri.errors import NotFound
from matsuri.web.callers import ConsoleMay
from matsuri.web.lists import PageOptions, PageQuery, cursor_of, page_options
from matsuri.web.messages import INT64_MAX, moment_us
from matsuri.web.routes import Request, Route, Stream
from matsuri.web.streams import begun

_PATH = "/v1/console/audit"
_TAG = "Console"
_NDJSON = "application/x-ndjson"
_NUMBER_DIGITS_MAX = len(str(INT64_MAX))

Text = Annotated[str, Meta(max_length=320)]


class Format(StrEnum):
    """How an export is written."""

    NDJSON = "ndjson"
    CSV = "csv"


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
    action_prefix: Annotated[
        str, Meta(description="Entries of actions that begin so, such as `flag.`.")
    ] = msgspec.field(name="search.action.prefix", default="")
    outcome: Annotated[Outcome | None, Meta(description="Entries that ended so.")] = msgspec.field(
        name="search.outcome.exact", default=None
    )
    address: Annotated[str, Meta(description="Entries of calls from this address.")] = (
        msgspec.field(name="search.address.exact", default="")
    )
    request_id: Annotated[str, Meta(description="Entries of this call.")] = msgspec.field(
        name="search.request_id.exact", default=""
    )
    text: Annotated[
        Text,
        Meta(
            description="Looked for in who, what, about what, why, before, after and message, "
            "whatever the case of the letters A to Z."
        ),
    ] = msgspec.field(name="search.text", default="")
    from_time: Annotated[
        str,
        Meta(description="Entries at this time (RFC 3339, a date, or epoch seconds) or later."),
    ] = msgspec.field(name="from", default="")
    until_time: Annotated[str, Meta(description="Entries before this time.")] = msgspec.field(
        name="until", default=""
    )

    def filter(self) -> AuditFilter:
        """The same, read; raises ``InvalidArgument`` for what is no time."""
        return AuditFilter(
            subject_kind=self.subject_kind,
            subject_id=self.subject_id,
            actor=self.actor,
            action=self.action,
            action_prefix=self.action_prefix,
            outcome="" if self.outcome is None else self.outcome.value,
            address=self.address,
            request_id=self.request_id,
            text=self.text,
            from_us=moment_us("from", self.from_time),
            until_us=moment_us("until", self.until_time),
        )


class AuditExportQuery(AuditQuery, frozen=True, kw_only=True):
    """Which entries, and how they are written. Pages mean nothing here."""

    format: Annotated[Format, Meta(description="Lines of JSON, or CSV.")] = Format.NDJSON


class AuditListMessage(msgspec.Struct, frozen=True):
    """A page of the audit log, the latest entry first."""

    entries: list[AuditMessage]
    page_options: PageOptions


def routes(audit: AuditLog, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoints."""

    async def list_entries(
        _request: Request, _caller: ConsoleCaller, query: AuditQuery
    ) -> AuditListMessage:
        page = await audit.entries(query.filter(), limit=query.limit, cursor=cursor_of(query))
        return AuditListMessage([audit_message(each) for each in page.items], page_options(page))

    async def get_entry(request: Request, _caller: ConsoleCaller, _body: None) -> AuditMessage:
        return audit_message(await audit.entry(_number(request.params["number"])))

    async def export(_request: Request, _caller: ConsoleCaller, query: AuditExportQuery) -> Stream:
        entries = audit.every_entry(query.filter())
        if query.format is Format.CSV:
            return Stream(await begun(_pieces(entries, csv_line, head=csv_head())), CSV)
        return Stream(await begun(_lines_of_json(entries)), _NDJSON)

    may_read = console_may(Entity.AUDIT, Action.READ)
    return [
        Route(
            method="GET",
            path=_PATH,
            auth=may_read,
            handler=list_entries,
            query_type=AuditQuery,
            response_type=AuditListMessage,
            operation="console_list_audit",
            summary="Who did what in the console, the latest first",
            description=(
                "Entries are never changed nor removed before their time, but for what names an "
                "erased player. What was noted under an id that has been merged since stays under "
                "that id."
            ),
            tag=_TAG,
        ),
        Route(
            method="GET",
            path=f"{_PATH}/export",
            auth=may_read,
            handler=export,
            query_type=AuditExportQuery,
            operation="console_export_audit",
            summary="Entries of the audit log as lines of JSON or CSV, the latest first",
            description=(
                'The last line of JSON is `{"export_end":{"entries":N}}`; an export without it is '
                "not complete. In CSV, a cell that a program could take for a formula begins with "
                "an apostrophe. Entries that are made meanwhile are not in it."
            ),
            produces=_NDJSON,
            also_produces=(CSV,),
            tag=_TAG,
            audited=True,
        ),
        Route(
            method="GET",
            path=f"{_PATH}/{{number}}",
            auth=may_read,
            handler=get_entry,
            response_type=AuditMessage,
            operation="console_get_audit",
            summary="One entry of the audit log",
            tag=_TAG,
        ),
    ]


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > _NUMBER_DIGITS_MAX:
        raise NotFound("Audit entry not found")
    return min(int(text), INT64_MAX)


async def _lines_of_json(
    pages: AsyncGenerator[list[AuditEntry], None],
) -> AsyncGenerator[bytes, None]:
    count = 0
    encoder = msgspec.json.Encoder()

    def line(entry: AuditEntry) -> str:
        return encoder.encode(audit_message(entry)).decode() + "\n"

    async with aclosing(pages):
        async for page in pages:
            count += len(page)
            yield "".join(map(line, page)).encode()
    yield encoder.encode({"export_end": {"entries": count}}) + b"\n"


async def _pieces(
    pages: AsyncGenerator[list[AuditEntry], None], line: Callable[[AuditEntry], str], *, head: str
) -> AsyncGenerator[bytes, None]:
    yield head.encode()
    async with aclosing(pages):
        async for page in pages:
            yield "".join(map(line, page)).encode()

"""Questions about the refused events that are kept."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.engine import Connection

from matsuri.events.model import Reason, RejectedEvent, Source
from matsuri.events.store import rejected_events

_rows = rejected_events.c
_IDS_PER_QUERY = 500
_select_rows = select(
    _rows.id, _rows.closed_us, *(_rows[name] for name in RejectedEvent.__struct_fields__)
)


class Status(StrEnum):
    """Whether a refused event, or a dead letter, waits for somebody; ``ALL`` asks for both."""

    OPEN = "open"
    CLOSED = "closed"
    ALL = "all"


class RejectedFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which refused events: those that meet every condition given.

    ``from_us`` is included, ``until_us`` is not. ``identity_id`` finds what was sent under that
    id, and what belongs to ``profile_key`` if that is not 0. An empty ``ids`` finds nothing.
    """

    names: Sequence[str] = ()
    name_like: str = ""
    reasons: Sequence[Reason] = ()
    identity_id: str = ""
    profile_key: int = 0
    api_key: str = ""
    from_us: int | None = None
    until_us: int | None = None
    status: Status = Status.OPEN
    ids: Sequence[int] | None = None

    @property
    def is_everything(self) -> bool:
        """Whether it leaves nothing out but by status."""
        texts = self.names, self.name_like, self.reasons, self.identity_id, self.api_key
        others = self.from_us, self.until_us, self.ids
        return not any(texts) and all(other is None for other in others)


class Kept(msgspec.Struct, frozen=True):
    """A refused event with its number, and when it was closed."""

    id: int
    closed_us: int | None
    event: RejectedEvent


class Group(NamedTuple):
    """How many refused events there are of one name and reason; ``sample_id`` is the last."""

    name: str
    reason: Reason
    events: int
    first_us: int
    last_us: int
    identities: int
    sample_id: int


def find_rejected(
    connection: Connection,
    wanted: RejectedFilter,
    *,
    beyond: int | None = None,
    backward: bool = False,
    limit: int,
) -> list[Kept]:
    """At most ``limit`` refused events on the way from the row ``beyond``, or from the end.

    The way goes from the latest to older ones, ``backward`` from older ones to the latest.
    """
    query = _select_rows.where(_condition(wanted)).limit(limit)
    if beyond is not None:
        query = query.where(_rows.id > beyond if backward else _rows.id < beyond)
    query = query.order_by(_rows.id if backward else _rows.id.desc())
    return [_kept(row) for row in connection.execute(query)]


def find_rejected_ids(connection: Connection, wanted: RejectedFilter) -> list[int]:
    """The numbers of refused events, the oldest first."""
    query = select(_rows.id).where(_condition(wanted)).order_by(_rows.id)
    return list(connection.execute(query).scalars())


def load_rejected(connection: Connection, ids: Sequence[int]) -> list[Kept]:
    """The refused events of these numbers, the oldest first; those that are gone are left out."""
    found: list[Kept] = []
    for start in range(0, len(ids), _IDS_PER_QUERY):
        chunk = ids[start : start + _IDS_PER_QUERY]
        found += find_rejected(
            connection, RejectedFilter(ids=chunk, status=Status.ALL), limit=len(chunk)
        )
    return sorted(found, key=lambda kept: kept.id)


def group_rejected(
    connection: Connection, wanted: RejectedFilter, *, limit: int, offset: int = 0
) -> list[Group]:
    """Refused events by name and reason, the largest group first."""
    count = func.count()
    query = (
        select(
            _rows.name,
            _rows.reason,
            count,
            func.min(_rows.received_us),
            func.max(_rows.received_us),
            func.count(func.distinct(func.nullif(_rows.identity_id, ""))),
            func.max(_rows.id),
        )
        .where(_condition(wanted))
        .group_by(_rows.name, _rows.reason)
        .order_by(count.desc(), _rows.name, _rows.reason)
        .limit(limit)
        .offset(offset)
    )
    return [Group(row[0], Reason(row[1]), *row[2:]) for row in connection.execute(query)]


def _kept(row: Any) -> Kept:
    number, closed_us, *fields = row
    event = RejectedEvent(*fields)
    told = msgspec.structs.replace(event, source=Source(event.source), reason=Reason(event.reason))
    return Kept(number, closed_us, told)


def _condition(wanted: RejectedFilter) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [*status_is(_rows.closed_us, wanted.status)]
    if wanted.names:
        conditions.append(_rows.name.in_(wanted.names))
    if wanted.name_like:
        conditions.append(_rows.name.icontains(wanted.name_like, autoescape=True))
    if wanted.reasons:
        conditions.append(_rows.reason.in_([reason.value for reason in wanted.reasons]))
    if wanted.identity_id:
        is_theirs = _rows.identity_id == wanted.identity_id
        if wanted.profile_key:
            is_theirs = or_(is_theirs, _rows.profile_key == wanted.profile_key)
        conditions.append(is_theirs)
    if wanted.api_key:
        conditions.append(_rows.api_key == wanted.api_key)
    if wanted.from_us is not None:
        conditions.append(_rows.received_us >= wanted.from_us)
    if wanted.until_us is not None:
        conditions.append(_rows.received_us < wanted.until_us)
    if wanted.ids is not None:
        conditions.append(_rows.id.in_(wanted.ids) if wanted.ids else false())
    return and_(true(), *conditions)


def status_is(
    closed_us: ColumnElement[int | None], status: Status
) -> Iterator[ColumnElement[bool]]:
    """The condition that a row is open, or closed, if there is one."""
    if status is Status.OPEN:
        yield closed_us.is_(None)
    elif status is Status.CLOSED:
        yield closed_us.is_not(None)


def newest_of_event(
    connection: Connection,
    *,
    profile_keys: Sequence[int],
    identity_ids: Sequence[str],
    event_id: str,
) -> Kept | None:
    """The last refused event of that id that a player sent."""
    query: Select[Any] = (
        select(_rows.id)
        .where(
            _rows.event_id == event_id,
            or_(
                _rows.identity_id.in_(identity_ids),
                _rows.profile_key.in_(profile_keys) if profile_keys else false(),
            ),
        )
        .order_by(_rows.id.desc())
        .limit(1)
    )
    number = connection.execute(query).scalar_one_or_none()
    return None if number is None else next(iter(load_rejected(connection, [number])), None)

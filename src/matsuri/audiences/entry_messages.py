"""Entries of lists as requests give them, and what a change of a list answers."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from matsuri.audiences.list_rules import ListResult
from matsuri.errors import InvalidArgument, invalid_field
from matsuri.identities.model import IDENTITY_ID_ALLOWED, is_identity_id
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.timestamps import LATEST_US
from matsuri.web.messages import int64

MANAGED_NOTE = "Only server keys may change the lists of a managed audience."
_PROBLEMS_TOLD_MAX = 100

UntilSec = Annotated[
    str | int,
    Meta(description="Until when it holds, seconds since the epoch; missing or 0 for good."),
]


class GivenEntry(msgspec.Struct, frozen=True):
    """An id to put on the list; one that is on it already gets the end that is given now."""

    identity_id: str = ""
    until_time_sec: UntilSec | None = None


class ListChangedMessage(msgspec.Struct, frozen=True):
    """What was done: ids that came, got another end, and went; and how many there are now."""

    added: int
    changed: int
    removed: int
    count: int


def list_changed(done: ListResult) -> ListChangedMessage:
    """The message about a change."""
    return ListChangedMessage(**msgspec.structs.asdict(done))


def refuse_bad_ids(ids: Mapping[str, Sequence[str]]) -> None:
    """Raise ``InvalidArgument`` about every text that can name no identity.

    The fields that have the texts are to be formatted with their places.
    """
    details = [
        {
            "field": field.format(index),
            "problem": "cannot name an identity" if each else "is missing",
            "allowed": IDENTITY_ID_ALLOWED,
        }
        for field, given in ids.items()
        for index, each in enumerate(given)
        if not is_identity_id(each)
    ]
    if details:
        first = details[0]
        raise InvalidArgument(
            f"{first['field']}: {first['problem']}", details=details[:_PROBLEMS_TOLD_MAX]
        )


def ends_of(entries: Sequence[GivenEntry], *, now_us: int) -> dict[str, int]:
    """When each entry ends, in microseconds since the epoch, or 0; of equal ids, the last counts.

    Raises ``InvalidArgument`` for an end that is not in the future.
    """
    until_us: dict[str, int] = {}
    for index, each in enumerate(entries):
        until_s = int64(each.until_time_sec, "entries", index, "until_time_sec")
        if until_s and not now_us < until_s * MICROSECONDS <= LATEST_US:
            late = until_s * MICROSECONDS > now_us
            raise invalid_field(
                f"entries[{index}].until_time_sec",
                "is after the year 9999" if late else "is not in the future",
                "seconds since the epoch, or 0",
            )
        until_us[each.identity_id] = until_s * MICROSECONDS
    return until_us

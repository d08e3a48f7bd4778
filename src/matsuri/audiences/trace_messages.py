"""Why a player is in an audience or is not, as the console API tells it."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from matsuri.audiences.membership import Decision, MembershipTrace
from matsuri.filters.explain import Explanation
from matsuri.kit.clock import MICROSECONDS


class MembershipMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a player is in an audience, or is not.

    ``filter`` is there where no list decides; ``audiences`` are those that it asked about. Both are
    told of an audience where it is first asked about, and not again within that answer.
    """

    audience: str
    member: bool
    decided_by: Decision
    until_time_sec: Annotated[
        str, Meta(description="Until when the list holds that decides; missing for good.")
    ] = ""
    filter: Explanation | msgspec.UnsetType = msgspec.UNSET
    audiences: Sequence["MembershipMessage"] = ()


def membership_message(trace: MembershipTrace) -> MembershipMessage:
    """A trace, as it is answered."""
    return MembershipMessage(
        audience=trace.audience,
        member=trace.member,
        decided_by=trace.decided_by,
        until_time_sec=str(trace.until_us // MICROSECONDS) if trace.until_us else "",
        filter=msgspec.UNSET if trace.filter is None else trace.filter,
        audiences=tuple(membership_message(each) for each in trace.audiences),
    )

"""Who is in which audience, in the console API."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.audiences.stored_members import MemberOf, PlayerAudience, StoredMembers
from matsuri.audiences.trace_messages import MembershipMessage, membership_message
from matsuri.errors import invalid_field
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.lists import CURSOR_FIELD, PageOptions, PageQuery, cursor_of, page_options
from matsuri.web.messages import moment_us
from matsuri.web.routes import Request, Route

_USUAL_DAYS = 30
_DAY_US = 86_400 * MICROSECONDS

EnterTimeSec = Annotated[
    str, Meta(description="Since when the player is stored as a member; epoch seconds as text.")
]
MemberCount = Annotated[int, Meta(description="How many players are stored as members.")]
Complete = Annotated[
    bool,
    Meta(
        description=(
            "Whether all players were looked at since audiences were last changed; until then the "
            "members are on their way."
        )
    ),
]


class MemberMessage(msgspec.Struct, frozen=True):
    """A member of an audience."""

    identity_id: str
    enter_time_sec: EnterTimeSec


class MemberList(msgspec.Struct, frozen=True):
    """A page of the members of an audience, and how many there are of them."""

    members: list[MemberMessage]
    member_count: MemberCount
    complete: Complete
    page_options: PageOptions


class SizeQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Of which time."""

    from_time: Annotated[
        str,
        Meta(
            description=(
                "Sizes at this time (RFC 3339, a date, or epoch seconds) or later; "
                f"{_USUAL_DAYS} days before `until` if missing."
            )
        ),
    ] = msgspec.field(name="from", default="")
    until_time: Annotated[str, Meta(description="Sizes before this time; now if missing.")] = (
        msgspec.field(name="until", default="")
    )


class SizeMessage(msgspec.Struct, frozen=True):
    """How many members an audience had at the last pass over all players in an hour."""

    hour_time_sec: Annotated[
        str, Meta(description="When the hour began, seconds since the epoch as text.")
    ]
    member_count: int


class SizeList(msgspec.Struct, frozen=True):
    """How many members an audience has, and had: one number for each hour, the oldest first."""

    member_count: MemberCount
    complete: Complete
    sizes: list[SizeMessage]


class PlayerAudienceQuery(PageQuery, frozen=True, kw_only=True):
    """Which audiences."""

    all: Annotated[
        bool, Meta(description="Also audiences that the player is not in, with the reason.")
    ] = False


class PlayerAudienceMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An audience and one player.

    Flags go by ``member``, which is as of now; lists and counts by ``stored``, which follows within
    a second of an event, and of time alone with the next pass over all players.
    """

    id: str
    name: str
    member: bool
    stored: bool
    enter_time_sec: EnterTimeSec = ""
    why: MembershipMessage


class PlayerAudienceList(msgspec.Struct, frozen=True):
    """The audiences of a player, by name."""

    identity_id: str
    audiences: list[PlayerAudienceMessage]
    page_options: PageOptions


def routes(
    members: StoredMembers, *, path: str, tag: str, clock: Clock, console_may: ConsoleMay
) -> list[Route[Any, Any]]:
    """The endpoints."""

    async def list_members(
        request: Request, _caller: ConsoleCaller, query: PageQuery
    ) -> MemberList:
        ref = request.params["id"]
        page = await members.members(ref, limit=query.limit, cursor=cursor_of(query))
        count = await members.count(ref)
        found = [_member(each) for each in page.items]
        return MemberList(found, count.members, count.complete, page_options(page))

    async def list_sizes(request: Request, _caller: ConsoleCaller, query: SizeQuery) -> SizeList:
        ref = request.params["id"]
        until_us = moment_us("until", query.until_time)
        from_us = moment_us("from", query.from_time)
        until_us = clock.now_us() + 1 if until_us is None else until_us
        from_us = until_us - _USUAL_DAYS * _DAY_US if from_us is None else from_us
        sizes = await members.sizes(ref, from_us=from_us, until_us=until_us)
        count = await members.count(ref)
        return SizeList(
            member_count=count.members,
            complete=count.complete,
            sizes=[SizeMessage(_seconds(each.at_us), each.members) for each in sizes],
        )

    async def list_audiences(
        request: Request, _caller: ConsoleCaller, query: PlayerAudienceQuery
    ) -> PlayerAudienceList:
        try:
            page = await members.audiences_of(
                request.params["id"],
                limit=query.limit,
                cursor=query.cursor,
                members_only=not query.all,
            )
        except ValueError as error:
            raise invalid_field(CURSOR_FIELD, str(error)) from None
        found = [_audience(each) for each in page.items]
        return PlayerAudienceList(request.params["id"], found, page_options(page))

    may_read = console_may(Entity.AUDIENCE, Action.READ)
    # The reasons show values of the player.
    may_see_players = console_may(Entity.IDENTITY, Action.READ)
    return [
        Route(
            method="GET",
            path=f"{path}/{{id}}/members",
            auth=may_read,
            handler=list_members,
            query_type=PageQuery,
            response_type=MemberList,
            operation="console_list_audience_members",
            summary="Members of an audience, who came to the server last first",
            tag=tag,
        ),
        Route(
            method="GET",
            path=f"{path}/{{id}}/size",
            auth=may_read,
            handler=list_sizes,
            query_type=SizeQuery,
            response_type=SizeList,
            operation="console_audience_size",
            summary="How many members an audience has, and had hour by hour",
            tag=tag,
        ),
        Route(
            method="GET",
            path="/v1/console/identity/{id}/audience",
            auth=may_see_players,
            handler=list_audiences,
            query_type=PlayerAudienceQuery,
            response_type=PlayerAudienceList,
            operation="console_list_player_audiences",
            summary="Audiences of a player, and why",
            description="The id may be an alias; it leads to the identity that took it over.",
            tag=tag,
        ),
    ]


def _member(member: MemberOf) -> MemberMessage:
    return MemberMessage(member.identity_id, _seconds(member.entered_us))


def _audience(found: PlayerAudience) -> PlayerAudienceMessage:
    return PlayerAudienceMessage(
        id=found.audience_id,
        name=found.name,
        member=found.now.member,
        stored=bool(found.entered_us),
        enter_time_sec=_seconds(found.entered_us) if found.entered_us else "",
        why=membership_message(found.now),
    )


def _seconds(at_us: int) -> str:
    return str(at_us // MICROSECONDS)

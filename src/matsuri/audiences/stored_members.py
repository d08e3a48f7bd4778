"""What operators see of stored membership."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

import msgspec
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.audiences import member_reads
from matsuri.audiences.entries import AudienceEntries
from matsuri.audiences.member_reads import SizeAt
from matsuri.audiences.member_store import Progress, load_progress
from matsuri.audiences.members import fingerprint
from matsuri.audiences.membership import AudienceSet, Memberships, MembershipTrace
from matsuri.audiences.model import AUDIENCE_KIND
from matsuri.audiences.target import target_of
from matsuri.definitions.service import Definitions
from matsuri.errors import invalid_field
from matsuri.filters.facts import Windows
from matsuri.identities.model import Identity
from matsuri.identities.player_walk import identity_ids
from matsuri.identities.read_player import PlayerReader
from matsuri.kit.clock import Clock
from matsuri.kit.paging import Cursor, Page, page_from_store, page_of
from matsuri.kit.timestamps import format_timestamp

_INT64_MAX = 2**63 - 1
SIZES_MAX = 10_000
# Members that are looked at one by one, some hundred milliseconds' worth.
_COUNTED_MAX = 200_000


class MemberOf(msgspec.Struct, frozen=True):
    """A member of an audience by the id of today, and since when."""

    profile_key: int
    identity_id: str
    entered_us: int


class Count(msgspec.Struct, frozen=True):
    """How many members an audience has.

    ``complete`` says whether every player was evaluated by the definitions as they are now.
    """

    members: int
    complete: bool


class PlayerAudience(msgspec.Struct, frozen=True):
    """An audience and one player: stored membership, since when (0 if not), and as it is now."""

    audience_id: str
    name: str
    entered_us: int
    now: MembershipTrace


class StoredMembers:
    """Reads stored membership. ``ref`` is an audience's id or name; ids of players may be aliases.

    ``windows_of`` gives the windows of a player by key.
    """

    def __init__(
        self,
        *,
        control: Database,
        history: Database,
        definitions: Definitions,
        audiences: Callable[[], AudienceSet],
        players: PlayerReader,
        entries: AudienceEntries,
        windows_of: Callable[[int], Awaitable[Windows]],
        clock: Clock,
    ) -> None:
        self._control = control
        self._history = history
        self._definitions = definitions
        self._audiences = audiences
        self._players = players
        self._entries = entries
        self._windows_of = windows_of
        self._clock = clock

    async def counts(self, audience_ids: Sequence[str]) -> Mapping[str, int]:
        """How many members some audiences have; absent where that is not known yet."""
        return await self._history.read(lambda c: member_reads.member_counts(c, audience_ids))

    async def count(self, ref: str) -> Count:
        """How many members an audience has; raises ``NotFound``."""
        audience_id = self._audience_id(ref)

        def work(connection: Connection) -> tuple[int, Progress]:
            counts = member_reads.member_counts(connection, [audience_id])
            return counts.get(audience_id, 0), load_progress(connection)

        members, progress = await self._history.read(work)
        return Count(members, self._is_complete(progress))

    def _is_complete(self, progress: Progress) -> bool:
        return progress.passed_version == progress.version and progress.fingerprint == fingerprint(
            self._audiences()
        )

    async def members(self, ref: str, *, limit: int, cursor: Cursor | None) -> Page[MemberOf]:
        """Members of an audience, who came to the server last first.

        Raises ``NotFound``, and ``InvalidArgument`` for a cursor of another list.
        """
        audience_id = self._audience_id(ref)
        after = None if cursor is None else _place(cursor)
        found = await self._history.read(
            lambda c: member_reads.list_members(
                c,
                audience_id,
                limit=limit + 1,
                after=after,
                backward=cursor is not None and cursor.backward,
            )
        )
        page = page_from_store(
            found, key=lambda each: (each.profile_key,), limit=limit, cursor=cursor
        )
        keys = [each.profile_key for each in page.items]
        ids = await self._control.read(lambda c: identity_ids(c, keys))
        # Whoever was erased a moment ago is left out.
        members = [
            MemberOf(each.profile_key, ids[each.profile_key], each.entered_us)
            for each in page.items
            if each.profile_key in ids
        ]
        return Page(members, page.next_cursor, page.prev_cursor)

    async def count_in_all(
        self, groups: Sequence[Collection[str]], kept_out: Collection[str]
    ) -> int | None:
        """How many players are stored in an audience of each group, and in none ``kept_out``.

        Audiences are told by name. ``None`` if there is no group, or if too many players would
        have to be looked at.
        """
        ids = [[self._audience_id(name) for name in group] for group in groups]
        excluded = [self._audience_id(name) for name in kept_out]

        def work(connection: Connection) -> int | None:
            every = [each for group in ids for each in group]
            sizes = member_reads.member_counts(connection, every)
            smallest = sorted(ids, key=lambda group: sum(sizes.get(each, 0) for each in group))
            if not smallest or sum(sizes.get(each, 0) for each in smallest[0]) > _COUNTED_MAX:
                return None
            return member_reads.count_in_all(connection, smallest, excluded)

        return await self._history.read(work)

    async def sizes(self, ref: str, *, from_us: int, until_us: int) -> list[SizeAt]:
        """How many members an audience had, hour by hour; raises ``NotFound``."""
        audience_id = self._audience_id(ref)
        return await self._history.read(
            lambda c: member_reads.list_sizes(
                c, audience_id, from_us=from_us, until_us=until_us, limit=SIZES_MAX
            )
        )

    async def audiences_of(
        self, identity_id: str, *, limit: int, cursor: str, members_only: bool
    ) -> Page[PlayerAudience]:
        """What a player has to do with each audience, by name.

        With ``members_only`` those are left out in which the player neither is, nor is stored to
        be. Raises ``NotFound``, and ``ValueError`` for what is no cursor of this list.
        """
        player = await self._players.find(identity_id)
        entries = await self._entries.of(player.identity.id)
        windows = await self._windows_of(player.identity.key)
        stored = await self._history.read(
            lambda c: member_reads.audiences_of(c, player.identity.key)
        )
        audiences = self._audiences()
        target = target_of(player.identity, player.profile, entries, windows)
        memberships = Memberships(audiences, target, self._clock.now_us())
        names = sorted(
            name
            for name, audience in audiences.by_name.items()
            if not members_only or audience.id in stored or memberships.in_audience(name)
        )
        page = page_of(names, key=lambda name: (name,), limit=limit, cursor=cursor)
        found = [
            PlayerAudience(
                audience_id=audiences.by_name[name].id,
                name=name,
                entered_us=stored.get(audiences.by_name[name].id, 0),
                now=memberships.why(name),
            )
            for name in page.items
        ]
        return Page(found, page.next_cursor, page.prev_cursor)

    def _audience_id(self, ref: str) -> str:
        return self._definitions.get(AUDIENCE_KIND, ref).id


class ExportMemberships:
    """The audiences that a player is stored in, for the player's export: see ``ExportSection``."""

    name = "audiences"

    def __init__(self, *, history: Database, definitions: Definitions) -> None:
        self._history = history
        self._definitions = definitions

    async def rows(self, identity: Identity) -> list[dict[str, str]]:
        """See ``ExportSection``."""
        stored = await self._history.read(lambda c: member_reads.audiences_of(c, identity.key))
        known = ((self._named(each), entered_us) for each, entered_us in stored.items())
        return [
            {"audience": name, "enter_time": format_timestamp(entered_us)}
            for name, entered_us in sorted(known)
        ]

    def _named(self, audience_id: str) -> str:
        audience = self._definitions.catalog.find_by_id(AUDIENCE_KIND, audience_id)
        return audience_id if audience is None else audience.name


def _place(cursor: Cursor) -> int:
    match cursor.key:
        case (int(key),) if abs(key) <= _INT64_MAX:
            return key
        case _:
            raise invalid_field("pagination.cursor", "is a cursor of another list")

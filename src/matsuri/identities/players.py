"""What operators see of players, and change of them."""

from collections.abc import Iterable, Mapping

import msgspec
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.errors import NotFound, invalid_field
from matsuri.events.analytics import AnalyticsReader, EventCursor, EventRow, PlayerEventsQuery
from matsuri.identities import player_store, profile_store, store
from matsuri.identities.audit_trail import AuditTrail
from matsuri.identities.computed import EMPTY
from matsuri.identities.model import Identity, Profile
from matsuri.identities.player_store import Alias, Order
from matsuri.identities.profile_store import StoredSession
from matsuri.identities.service import Identities
from matsuri.identities.sessions import Player
from matsuri.kit.clock import Clock
from matsuri.kit.paging import Cursor, Page, encode_cursor, page_from_store

_INT64_MAX = 2**63 - 1


class Portrait(msgspec.Struct, frozen=True):
    """One identity with everything that is known of it at once.

    ``asked_id`` is the id under which it was looked up: its own, or an alias. ``session_ended``
    says whether the session that the player was last seen in was ended, by logging out or the like.
    """

    identity: Identity
    asked_id: str
    aliases: list[Alias]
    profile: Profile
    session_ended: bool


class Players:
    """The use cases of operators. Ids may be aliases: they lead to the identity of today."""

    def __init__(
        self,
        *,
        control: Database,
        history: Database,
        analytics: AnalyticsReader,
        identities: Identities,
        audit: AuditTrail,
        clock: Clock,
    ) -> None:
        self._control = control
        self._history = history
        self._analytics = analytics
        self._identities = identities
        self._audit = audit
        self._clock = clock

    async def search(
        self,
        *,
        exact: str,
        prefix: str,
        tests_only: bool = False,
        order: Order,
        cursor: Cursor | None,
        limit: int,
    ) -> Page[Identity]:
        """Identities with that id, or with ids that begin with ``prefix``; all if both are empty.

        Of these, only test devices if ``tests_only``. Raises ``InvalidArgument`` for a cursor of
        another list.
        """
        if exact:
            found = await self._control.read(lambda c: store.find_identity(c, exact))
            if found is None or (tests_only and not found.is_test):
                return Page([])
            return Page([found])
        after = None if cursor is None else _place(cursor, str if order is Order.ID else int)
        backward = cursor is not None and cursor.backward
        identities = await self._control.read(
            lambda c: player_store.list_identities(
                c,
                prefix=prefix,
                tests_only=tests_only,
                order=order,
                after=after,
                backward=backward,
                limit=limit + 1,
            )
        )

        def key(identity: Identity) -> tuple[str | int]:
            return (identity.id if order is Order.ID else identity.key,)

        return page_from_store(identities, key=key, limit=limit, cursor=cursor)

    async def last_active(self, keys: Iterable[int]) -> dict[int, int]:
        """When each was last seen, in microseconds since the epoch; absent for who never was."""
        wanted = list(keys)
        stored = await self._history.read(lambda c: profile_store.load_profiles(c, wanted))
        return {
            key: each.profile.session.active_us
            for key, each in stored.items()
            if each.profile is not None and each.profile.session is not None
        }

    async def find(self, identity_id: str) -> Identity:
        """The identity of that id, aliases followed; raises ``NotFound``."""
        found = await self._control.read(lambda c: store.find_identities(c, [identity_id]))
        if identity_id not in found:
            raise NotFound("Identity not found")
        return found[identity_id]

    async def portrait(self, identity_id: str) -> Portrait:
        """All of one identity; raises ``NotFound``."""
        identity = await self.find(identity_id)
        key = identity.key
        stored = await self._history.read(lambda c: profile_store.load_profile(c, key))
        profile = EMPTY if stored is None else stored.profile or EMPTY
        last = profile.session

        def work(connection: Connection) -> tuple[list[Alias], bool]:
            opened = store.get_session(connection, last.id) if last else None
            ended = opened is not None and opened.revoked_us is not None
            return player_store.list_aliases(connection, key), ended

        aliases, ended = await self._control.read(work)
        return Portrait(identity, identity_id, aliases, profile, ended)

    async def update_properties(
        self,
        identity_id: str,
        *,
        default: Mapping[str, str],
        custom: Mapping[str, str],
        recompute: bool = False,
    ) -> None:
        """Lay properties over those of an identity, as the client API does.

        Raises ``NotFound``, and ``InvalidArgument`` for a bad property; none is stored then.
        """
        identity = await self.find(identity_id)
        player = Player(identity.key, identity.id, session_id="", api_key="", token="")
        await self._identities.update_properties(
            player,
            default=default,
            custom=custom,
            address="",
            recompute=recompute,
            along=self._note_properties,
        )

    def _note_properties(self, connection: Connection, before: Identity, after: Identity) -> None:
        self._audit.note(
            connection,
            at_us=self._clock.now_us(),
            action="identity.update_properties",
            subject_kind="identity",
            subject_id=after.id,
            before=_other_properties(before, after),
            after=_other_properties(after, before),
        )

    async def sessions(
        self, identity_id: str, *, cursor: Cursor | None, limit: int
    ) -> Page[StoredSession]:
        """Sessions, the latest start first; raises ``NotFound`` and ``InvalidArgument``."""
        key = (await self.find(identity_id)).key
        after = None
        if cursor is not None:
            match cursor.key:
                case (int(start_us), str(session_id)):
                    after = _stored(start_us), session_id
                case _:
                    raise _other_list()
        newest_first = cursor is None or not cursor.backward
        found = await self._history.read(
            lambda c: profile_store.list_sessions(
                c, key, limit=limit + 1, after=after, newest_first=newest_first
            )
        )
        return page_from_store(found, key=lambda one: one.place, limit=limit, cursor=cursor)

    async def events(
        self, identity_id: str, query: PlayerEventsQuery, *, cursor: Cursor | None
    ) -> tuple[list[EventRow], str]:
        """Events, the latest first, as ``query`` says of whichever player; and the next cursor.

        Raises ``NotFound``, ``InvalidArgument`` and ``AnalyticsUnavailable``.
        """
        key = (await self.find(identity_id)).key
        before = None
        if cursor is not None:
            match cursor.key:
                case (int(time_us), int(position), int(place)) if not cursor.backward:
                    before = EventCursor(*map(_stored, (time_us, position, place)))
                case _:
                    raise _other_list()
        asked = msgspec.structs.replace(query, profile_key=key, before=before)
        rows = await self._analytics.player_events(asked)
        # A page that is full may be the last: then the next one is empty.
        if len(rows) < query.limit:
            return rows, ""
        last = rows[-1]
        key_of_last = (last.time_us, last.position, last.place)
        return rows, encode_cursor(Cursor(backward=False, key=key_of_last))


def _other_properties(shown: Identity, other: Identity) -> dict[str, dict[str, str]]:
    """Those properties of one state of an identity that are not as in another, by their set."""
    sets = {
        "default": (shown.default_properties, other.default_properties),
        "custom": (shown.custom_properties, other.custom_properties),
    }
    told = {
        name: {key: value for key, value in mine.items() if theirs.get(key) != value}
        for name, (mine, theirs) in sets.items()
    }
    return {name: values for name, values in told.items() if values}


def _place(cursor: Cursor, kind: type[str] | type[int]) -> str | int:
    if len(cursor.key) != 1 or not isinstance(cursor.key[0], kind):
        raise _other_list()
    place = cursor.key[0]
    return place if isinstance(place, str) else _stored(place)


def _stored(number: int) -> int:
    """A number that a database can have given."""
    if abs(number) > _INT64_MAX:
        raise _other_list()
    return number


def _other_list() -> Exception:
    return invalid_field("pagination.cursor", "is a cursor of another list")

"""What can be done with identities: authenticate, identify, properties, deletion."""

from collections.abc import Callable, Mapping, Sequence

import msgspec
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.errors import NotFound, invalid_field
from matsuri.events.model import Entry, ProfileMerged
from matsuri.identities import profile_store, store
from matsuri.identities.computed import EMPTY, computed_properties, merge
from matsuri.identities.followers import IdentityFollower
from matsuri.identities.mark_changes import MarkChanges
from matsuri.identities.model import (
    IDENTITY_ID_ALLOWED,
    Identity,
    Profile,
    Session,
    is_identity_id,
)
from matsuri.identities.outbox import Outbox
from matsuri.identities.player_news import NoNews, PlayerNews
from matsuri.identities.properties import Locator, Place
from matsuri.identities.reserved_events import identified, identity_created, session_started
from matsuri.identities.rows import IdentityRows
from matsuri.identities.sessions import Player, Sessions, SessionTokens
from matsuri.kit.clock import Clock
from matsuri.kit.ids import new_id


class PropertySet(msgspec.Struct, frozen=True):
    """The three kinds of properties of a player, all texts."""

    default: dict[str, str]
    computed: dict[str, str]
    custom: dict[str, str]


class Grant(msgspec.Struct, frozen=True):
    """What authenticating gives: tokens, unless no session was wanted, and the properties."""

    tokens: SessionTokens | None
    properties: PropertySet


class _Change(msgspec.Struct):
    identity: Identity
    session: Session | None = None
    outbox_id: int = 0
    payload: bytes = b""
    merged_key: int = 0


class Identities:
    """The use cases of identities."""

    def __init__(  # noqa: PLR0913 # all that an identity touches
        self,
        *,
        control: Database,
        history: Database,
        sessions: Sessions,
        outbox: Outbox,
        locator: Locator,
        clock: Clock,
        rows: IdentityRows,
        marks: MarkChanges,
        followers: Sequence[IdentityFollower] = (),
        news: PlayerNews | None = None,
    ) -> None:
        self._control = control
        self._history = history
        self._sessions = sessions
        self._outbox = outbox
        self._locator = locator
        self._clock = clock
        self._rows = rows
        self._marks = marks
        self._followers = followers
        self._news = news or NoNews()

    async def authenticate(
        self,
        *,
        api_key: str,
        identity_id: str,
        default: Mapping[str, str],
        custom: Mapping[str, str],
        no_session: bool,
        address: str,
    ) -> Grant:
        """Open a session for an identity, which is created if new.

        ``address`` is the client's IP address. Raises ``InvalidArgument`` for a bad id or
        property; nothing is stored then.
        """
        _check_id("id", identity_id)
        now_us = self._clock.now_us()
        place = self._locator.locate(address)
        session_id = "" if no_session else new_id()

        def work(connection: Connection) -> _Change:
            identity = store.find_identity(connection, identity_id)
            entries: list[Entry] = []
            if identity is None:
                identity = self._rows.create(
                    connection,
                    identity_id,
                    default,
                    custom,
                    api_key=api_key,
                    place=place,
                    now_us=now_us,
                )
                entries.append(identity_created(identity, api_key=api_key))
            else:
                identity = self._rows.update(
                    connection, identity, default, custom, place=place, now_us=now_us
                )
            change = _Change(identity)
            if session_id:
                change.session = self._open_session(
                    connection, identity, session_id, api_key, place, now_us
                )
                entries.append(session_started(identity, change.session))
            return _promise(connection, change, entries)

        change = await self._control.write(work)
        if no_session:
            # A session would be heard of by its event.
            self._news.changed([change.identity.key])
        await self._deliver(change)
        return await self._grant(change, now_us=now_us)

    async def refresh(self, refresh_token: str) -> Grant:
        """New tokens for the session of a refresh token; raises ``Unauthenticated``."""
        session, tokens = await self._sessions.refresh(refresh_token)
        properties = await self._properties_of(session.identity_key or 0)
        return Grant(tokens=tokens, properties=properties)

    async def identify(
        self,
        player: Player,
        *,
        identity_id: str,
        default: Mapping[str, str],
        custom: Mapping[str, str],
        address: str,
    ) -> Grant:
        """Go on as ``identity_id``: a new session, and one history of the two.

        The properties an existing target has win, missing ones are taken over, and what this call
        gives is laid over both. So does its place among all players; a new target has the place of
        the identity before. That becomes an alias and its sessions end. Whether the target is a
        test device: see ``MarkChanges.merge``. Raises ``Unauthenticated`` where the API key of the
        player's session is disabled by now: this would be a way around that.
        """
        _check_id("id", identity_id)
        self._sessions.check_opens(player.api_key)
        now_us = self._clock.now_us()
        place = self._locator.locate(address)
        session_id = new_id()

        def work(connection: Connection) -> _Change:
            before = store.get_identity(connection, player.identity_key)
            entries: list[Entry] = []
            target = store.find_identity(connection, identity_id)
            is_new = target is None
            if target is None:
                target = self._rows.create(
                    connection,
                    identity_id,
                    {},
                    {},
                    api_key=player.api_key,
                    place=place,
                    now_us=before.created_us if before else now_us,
                    sample_id=before.sample_id if before else "",
                )
                if before is None:
                    entries.append(identity_created(target, api_key=player.api_key))
                else:
                    target = msgspec.structs.replace(
                        target, default_properties={}, custom_properties={}
                    )
            if before is not None and before.key != target.key:
                target = _take_over(target, before)
                store.retire_identity(connection, before, into_key=target.key, now_us=now_us)
                for follower in self._followers:
                    follower.merged(connection, before.id, target.id)
                entries.append(
                    ProfileMerged(at_us=now_us, from_key=before.key, into_key=target.key)
                )
                target, marked = self._marks.merge(
                    connection, before, target, target_is_new=is_new, at_us=now_us
                )
                entries += marked
            else:
                store.revoke_sessions(connection, session_id=player.session_id, now_us=now_us)
            target = self._rows.update(
                connection, target, default, custom, place=place, now_us=now_us, save=True
            )
            change = _Change(target, merged_key=before.key if before else 0)
            change.session = self._open_session(
                connection, target, session_id, player.api_key, place, now_us
            )
            entries.append(session_started(target, change.session))
            entries.append(
                identified(
                    target,
                    from_id=player.identity_id,
                    session_id=session_id,
                    api_key=player.api_key,
                    at_us=now_us,
                )
            )
            return _promise(connection, change, entries)

        change = await self._control.write(work)
        await self._deliver(change)
        return await self._grant(change, now_us=now_us)

    async def properties(self, player: Player) -> PropertySet:
        """The player's properties; raises ``NotFound`` for an unknown identity."""
        return await self._properties_of(player.identity_key)

    async def update_properties(
        self,
        player: Player,
        *,
        default: Mapping[str, str],
        custom: Mapping[str, str],
        address: str,
        recompute: bool = False,
        along: Callable[[Connection, Identity, Identity], None] | None = None,
    ) -> None:
        """Lay properties over those stored, key by key; creates an unknown identity.

        ``address`` is the player's IP address, empty where it is not known. With ``recompute``,
        the player's memberships are stored anew before this returns, if that is possible now.
        ``along`` belongs to the same transaction: it gets an identity before and after its change.
        Raises ``InvalidArgument`` for a bad property; none is stored then.
        """
        now_us = self._clock.now_us()
        place = self._locator.locate(address)

        def work(connection: Connection) -> _Change | None:
            identity = store.get_identity(connection, player.identity_key)
            if identity is None and not player.identity_key:
                found = store.find_identities(connection, [player.identity_id])
                identity = found.get(player.identity_id)
            if identity is not None:
                changed = self._rows.update(
                    connection, identity, default, custom, place=place, now_us=now_us
                )
                if along is not None and changed is not identity:
                    along(connection, identity, changed)
                return _Change(changed)
            if player.identity_key:
                return None
            identity = self._rows.create(
                connection,
                player.identity_id,
                default,
                custom,
                api_key=player.api_key,
                place=place,
                now_us=now_us,
            )
            entry = identity_created(identity, api_key=player.api_key)
            return _promise(connection, _Change(identity), [entry])

        if player.identity_key and not default and not custom and not recompute:
            return
        change = await self._control.write(work)
        if change is None:
            raise NotFound("Identity not found")
        await self._deliver(change)
        if recompute:
            await self._news.recompute(change.identity.key)
        else:
            self._news.changed([change.identity.key])

    async def sessions_of(
        self, identity_key: int, *, limit: int
    ) -> list[profile_store.StoredSession]:
        """What is known of the player's sessions from their events, the latest first."""
        return await self._history.read(
            lambda c: profile_store.list_sessions(c, identity_key, limit=limit)
        )

    def _open_session(
        self,
        connection: Connection,
        identity: Identity,
        session_id: str,
        api_key: str,
        place: Place,
        now_us: int,
    ) -> Session:
        session = self._sessions.new_session(
            identity,
            session_id=session_id,
            api_key=api_key,
            country=place.country_code,
            now_us=now_us,
        )
        store.add_session(connection, session)
        return session

    async def _deliver(self, change: _Change) -> None:
        if change.outbox_id:
            await self._outbox.deliver(change.outbox_id, change.payload)

    async def _grant(self, change: _Change, *, now_us: int) -> Grant:
        profile = await self._profile(change.identity.key)
        if change.merged_key and change.merged_key != change.identity.key:
            # The pipeline will make one profile of the two; until then this is what it will be.
            before = await self._history.read(
                lambda c: profile_store.load_profiles(c, [change.merged_key])
            )
            stored = before.get(change.merged_key)
            if stored is not None and stored.profile is not None:
                profile = merge(profile, stored.profile)
        tokens = None
        if change.session is not None:
            tokens = self._sessions.issue(change.session, now_us=now_us)
        return Grant(tokens=tokens, properties=_property_set(change.identity, profile))

    async def _properties_of(self, identity_key: int) -> PropertySet:
        identity = None
        if identity_key:
            identity = await self._control.read(lambda c: store.get_identity(c, identity_key))
        if identity is None:
            raise NotFound("Identity not found")
        return _property_set(identity, await self._profile(identity.key))

    async def _profile(self, identity_key: int) -> Profile:
        stored = await self._history.read(lambda c: profile_store.load_profile(c, identity_key))
        return EMPTY if stored is None or stored.profile is None else stored.profile


def _check_id(field: str, identity_id: str) -> None:
    if not is_identity_id(identity_id):
        problem = "is missing" if not identity_id else "cannot name an identity"
        raise invalid_field(field, problem, IDENTITY_ID_ALLOWED)


def _take_over(target: Identity, before: Identity) -> Identity:
    return msgspec.structs.replace(
        target,
        default_properties={
            **before.default_properties,
            **{name: value for name, value in target.default_properties.items() if value},
        },
        custom_properties={**before.custom_properties, **target.custom_properties},
    )


def _property_set(identity: Identity, profile: Profile) -> PropertySet:
    return PropertySet(
        default=identity.default_properties,
        computed=computed_properties(profile),
        custom=identity.custom_properties,
    )


def _promise(connection: Connection, change: _Change, entries: list[Entry]) -> _Change:
    if entries:
        change.outbox_id, change.payload = store.put_in_outbox(connection, entries)
    return change

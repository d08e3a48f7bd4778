"""How the API process tells the worker of which players something has changed.

What is told may be lost: the next pass of the worker finds it all the same, only later.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from itertools import islice
from typing import Protocol

import msgspec
import structlog

from matsuri.adapters.process_calls import CallClient, Handler
from matsuri.errors import MatsuriError

LOOK_CALL = "memberships.look"
_LOOK_SECONDS_MAX = 5.0
_RETRY_SECONDS = 1.0
_TOLD_AT_ONCE = 1_000
_WAITING_MAX = 20_000

logger = structlog.get_logger(__name__)


class Look(msgspec.Struct, frozen=True, array_like=True):
    """Whose membership to look at: players by key and by id, or ``everybody`` by a pass.

    ``now``: the answer comes when those named by key have been evaluated.
    """

    profile_keys: Sequence[int] = ()
    identity_ids: Sequence[str] = ()
    everybody: bool = False
    now: bool = False


class MembershipKeeper(Protocol):
    """Keeps stored membership fresh, here or in another process."""

    async def look(self, order: Look) -> None:
        """Do as ``Look`` says; raises ``MatsuriError`` where that is not possible now."""
        ...


def membership_handlers(keeper: MembershipKeeper) -> dict[str, Handler]:
    """What the worker answers to ``RemoteKeeper``."""

    async def look(argument: bytes) -> AsyncGenerator[bytes, None]:
        await keeper.look(msgspec.msgpack.decode(argument, type=Look))
        yield b""

    return {LOOK_CALL: look}


class RemoteKeeper:
    """The ``MembershipKeeper`` of the worker, for the API process."""

    def __init__(self, client: CallClient) -> None:
        self._client = client

    async def look(self, order: Look) -> None:
        """See ``MembershipKeeper``."""
        argument = msgspec.msgpack.encode(order)
        await self._client.call(LOOK_CALL, argument, seconds_max=_LOOK_SECONDS_MAX)


class MembershipNews:
    """Tells a keeper of changed players, a little later and many at a time.

    While it does not answer, they are kept, up to a limit; beyond it, everybody is to be looked at.
    """

    def __init__(self, keeper: MembershipKeeper) -> None:
        self._keeper = keeper
        self._keys: dict[int, None] = {}
        self._ids: dict[str, None] = {}
        self._everybody = False
        self._teller: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        self._told_late = False

    def changed(self, profile_keys: Iterable[int]) -> None:
        """Something has changed about these players; see ``PlayerNews``."""
        self._keys.update(dict.fromkeys(profile_keys))
        self._begin()

    def changed_ids(self, identity_ids: Iterable[str]) -> None:
        """As ``changed``, by the ids of identities, which need not be known yet."""
        self._ids.update(dict.fromkeys(identity_ids))
        self._begin()

    def changed_for_everybody(self) -> None:
        """As ``changed``, of so many players that they are not named."""
        self._everybody = True
        self._begin()

    async def recompute(self, profile_key: int) -> None:
        """Have a player evaluated before this returns; soon, where the keeper does not answer."""
        try:
            await self._keeper.look(Look([profile_key], now=True))
        except MatsuriError as error:
            self._tell_late(error)
            self.changed([profile_key])

    async def drain(self) -> None:
        """Wait until everything is told; with a keeper that does not answer, for ever."""
        while self._teller is not None and not self._teller.done():
            await asyncio.wait([self._teller])

    async def close(self) -> None:
        """Tell what can be told at once, and no more."""
        self._closing.set()
        if self._teller is not None:
            await asyncio.gather(self._teller, return_exceptions=True)

    def _begin(self) -> None:
        if len(self._keys) + len(self._ids) > _WAITING_MAX:
            self._keys.clear()
            self._ids.clear()
            self._everybody = True
        if self._waiting and (self._teller is None or self._teller.done()):
            self._teller = asyncio.create_task(self._tell_all())

    @property
    def _waiting(self) -> bool:
        return bool(self._keys or self._ids or self._everybody)

    async def _tell_all(self) -> None:
        while self._waiting:
            order = Look(
                list(islice(self._keys, _TOLD_AT_ONCE)),
                list(islice(self._ids, _TOLD_AT_ONCE)),
                everybody=self._everybody,
            )
            # Whoever changes while this is under way is told of once more.
            self._take(order)
            try:
                await self._keeper.look(order)
                self._told_late = False
            except MatsuriError as error:
                self._tell_late(error)
                self._put_back(order)
                if self._closing.is_set():
                    return
                await self._pause()

    def _take(self, order: Look) -> None:
        for key in order.profile_keys:
            del self._keys[key]
        for identity_id in order.identity_ids:
            del self._ids[identity_id]
        self._everybody = False

    def _put_back(self, order: Look) -> None:
        self._keys.update(dict.fromkeys(order.profile_keys))
        self._ids.update(dict.fromkeys(order.identity_ids))
        self._everybody |= order.everybody

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(_RETRY_SECONDS):
                await self._closing.wait()
        except TimeoutError:
            return

    def _tell_late(self, error: MatsuriError) -> None:
        if not self._told_late:
            logger.warning("memberships come late: the worker is not told", reason=error.message)
        self._told_late = True

"""Tells callers, each on a stream of its own, that their flags have changed.

One task looks after all streams, and only while there are any. It looks at a stream's flags where
anything at all was committed, where definitions changed, or where time alone may have changed
them; and it tells of them only where what is told of them has become another.
"""

import asyncio
import contextlib
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Sequence

import msgspec
import structlog

from matsuri.errors import NotFound, ResourceExhausted, Unavailable
from matsuri.flags.evaluation import Evaluations, etag_of
from matsuri.flags.service import PlayerFlags
from matsuri.flags.stream_tokens import Watched
from matsuri.kit.clock import MICROSECONDS, Clock

_HEARTBEAT_SECONDS = 15.0
_TICK_SECONDS = 0.1
_BEGIN = b"retry: 2000\n\n"
_HEARTBEAT = b": still here\n\n"
_STREAMS_PER_TURN = 50
_RETRY_SECONDS = 10

# The key and the id of ``Watched``.
_Player = tuple[int, str]

_encoder = msgspec.json.Encoder()
logger = structlog.get_logger(__name__)


class StreamLimits(msgspec.Struct, frozen=True):
    """How many streams there may be at once, in all and of one player."""

    streams_max: int
    per_player_max: int


class _Stream:
    def __init__(self, watched: Watched, told: str) -> None:
        self.watched = watched
        # From then on, time alone may have changed something.
        self.changes_at_us = 0
        self.ended = False
        # The version that the caller has heard of, and the one that there is.
        self._told = told
        self._version = told
        self._news = asyncio.Event()

    def see(self, version: str, changes_at_us: int) -> None:
        self._version, self.changes_at_us = version, changes_at_us
        if version != self._told:
            self._news.set()

    def end(self) -> None:
        self.ended = True
        self._news.set()

    async def wait(self) -> str:
        """The version that the caller should hear of; empty where there is none, for a while."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_HEARTBEAT_SECONDS):
                await self._news.wait()
        self._news.clear()
        if self._version == self._told:
            return ""
        self._told = self._version
        return self._told


class ChangeStreams:
    """All change streams of this process.

    ``moved`` is another value whenever something was committed or definitions have changed;
    ``definitions_version`` says which definitions there are; ``key_of`` finds the key of an
    identity id, 0 for none.
    """

    def __init__(
        self,
        *,
        flags: PlayerFlags,
        evaluations: Callable[[], Evaluations],
        moved: Callable[[], Hashable],
        definitions_version: Callable[[], int],
        key_of: Callable[[str], Awaitable[int]],
        clock: Clock,
        limits: StreamLimits,
    ) -> None:
        self._flags = flags
        self._evaluations = evaluations
        self._moved = moved
        self._definitions_version = definitions_version
        self._key_of = key_of
        self._clock = clock
        self._limits = limits
        self._streams: list[_Stream] = []
        # Those that were answered, whether they have begun or not; one that is gone leaves.
        self._answered: weakref.WeakKeyDictionary[AsyncIterator[bytes], _Player] = (
            weakref.WeakKeyDictionary()
        )
        self._follower: asyncio.Task[None] | None = None

    def open(self, watched: Watched, *, told: str = "") -> AsyncIterator[bytes]:
        """Server-sent events: one at once unless ``told`` is the version, one for every change.

        Raises ``ResourceExhausted`` where too many are open, in all or about that player, and
        ``NotFound`` for a player who is gone: clients come back to a stream that only ends, again
        and again.
        """
        if watched.identity_key:
            # While players cannot be read, streams stand still.
            with contextlib.suppress(Unavailable):
                self._flags.moves(watched.identity_key)
        player = (watched.identity_key, watched.identity_id)
        self._admit(player)
        pieces = self._pieces(_Stream(watched, told))
        self._answered[pieces] = player
        return pieces

    def _admit(self, player: _Player) -> None:
        if len(self._answered) >= self._limits.streams_max:
            raise ResourceExhausted(
                f"{self._limits.streams_max} change streams are open already",
                retry_after_seconds=_RETRY_SECONDS,
            )
        # Those about nobody in particular are of many.
        of_player = sum(each == player for each in self._answered.values()) if any(player) else 0
        if of_player >= self._limits.per_player_max:
            raise ResourceExhausted(
                f"{self._limits.per_player_max} change streams of this player are open already",
                retry_after_seconds=_RETRY_SECONDS,
            )

    async def close(self) -> None:
        """End the task that looks after them."""
        if self._follower is not None:
            self._follower.cancel()
            await asyncio.gather(self._follower, return_exceptions=True)
            self._follower = None

    async def _pieces(self, stream: _Stream) -> AsyncIterator[bytes]:
        yield _BEGIN
        self._join(stream)
        try:
            while not stream.ended:
                version = await stream.wait()
                if version:
                    yield _event(version, stream.watched, self._clock.now_us())
                elif not stream.ended:
                    yield _HEARTBEAT
        finally:
            self._streams.remove(stream)

    def _join(self, stream: _Stream) -> None:
        self._streams.append(stream)
        if self._follower is None or self._follower.done():
            self._follower = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        """Look after the streams as long as there are any."""
        before: Hashable = None
        while self._streams:
            try:
                now = self._moved()
                await self._look(self._due(moved=now != before))
                before = now
            except Unavailable as error:
                logger.warning("change streams stand still", reason=error.message)
            except Exception:
                # Nobody would look after those that there are: clients come back to others.
                logger.exception("change streams end")
                for stream in self._streams:
                    stream.end()
                return
            await asyncio.sleep(_TICK_SECONDS)

    def _due(self, *, moved: bool) -> list[_Stream]:
        now_us = self._clock.now_us()
        for stream in self._streams:
            if stream.watched.expires_s * MICROSECONDS <= now_us:
                stream.end()
        return [each for each in self._streams if moved or each.changes_at_us <= now_us]

    async def _look(self, due: Sequence[_Stream]) -> None:
        for start in range(0, len(due), _STREAMS_PER_TURN):
            for stream in due[start : start + _STREAMS_PER_TURN]:
                await self._look_at(stream)
            # Requests go between.
            await asyncio.sleep(0)

    async def _look_at(self, stream: _Stream) -> None:
        watched = stream.watched
        try:
            key = watched.identity_key
            if watched.identity_id:
                key = await self._key_of(watched.identity_id)
            if key:
                held = await self._flags.held(key)
                answer, changes_at_us = held.answer, held.until_us
            else:
                answer, changes_at_us = self._flags.defaults(), 0
            version = self._evaluations().version(answer)
            if watched.with_context:
                # What is made of the context is not known here: whatever moves may move it.
                version = f"{version}-{self._definitions_version()}.{self._flags.moves(key)}"
            stream.see(version, changes_at_us)
        except NotFound:
            stream.end()


def _event(version: str, watched: Watched, now_us: int) -> bytes:
    data: dict[str, str | int] = {
        "type": "refetchEvaluation",
        "lastModified": now_us // MICROSECONDS,
    }
    if not watched.with_context:
        data["etag"] = etag_of(version, watched)
    return b"id: %b\nevent: message\ndata: %b\n\n" % (version.encode(), _encoder.encode(data))

"""Keeps stored membership fresh, beside the pipeline: soon after each event, and by passes.

Players of whom something is heard are evaluated at once, as far as that goes; a pass looks at all
players and takes those who are due, for whatever reason. So nothing that is heard has to be kept:
what is lost in a crash, or comes too fast, is found by the next pass.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

import msgspec
import structlog

from matsuri.adapters.database import Database
from matsuri.audiences.evaluate_players import EvaluatePlayers, Rules
from matsuri.audiences.member_store import (
    AudienceKeys,
    begin_version,
    drop_audiences,
    end_pass,
    save_evaluated,
)
from matsuri.audiences.members import Concerns, fingerprint
from matsuri.audiences.membership import AudienceSet
from matsuri.audiences.membership_calls import Look
from matsuri.errors import MatsuriError, Unavailable
from matsuri.kit.clock import MICROSECONDS, Clock

PLAYERS_AT_ONCE = 200
WAITING_MAX = 100_000
_STRETCH_PLAYERS = 1000
_DROPPED_ROWS = 5_000
_LOOK_SECONDS = 1.0
_RETRY_SECONDS = 1.0
_DAY_US = 86_400 * MICROSECONDS
_SET_BACK_US = 60 * MICROSECONDS
# How long to rest after some work, as a multiple of the time that it took.
_REST_BEHIND = 9.0
_REST_IN_PASS = 1.0

logger = structlog.get_logger(__name__)


class _Pass(msgspec.Struct):
    """A pass over all players that is under way; it has come to the key ``after``."""

    version: int
    began_us: int
    after: int = 0
    due: deque[int] = msgspec.field(default_factory=deque)
    at_end: bool = False


class RefreshMemberships:
    """The one writer of stored membership, but for what the pipeline does with players who go.

    ``behind`` tells whether the pipeline has more to do than it gets done: then this is slow.
    A pass begins ``pass_seconds`` after the end of the one before. Sizes of audiences are kept for
    ``sizes_days``.
    """

    def __init__(
        self,
        *,
        players: EvaluatePlayers,
        database: Database,
        audiences: Callable[[], AudienceSet],
        clock: Clock,
        pass_seconds: int,
        sizes_days: int,
        behind: Callable[[], bool],
    ) -> None:
        self._players = players
        self._database = database
        self._audiences = audiences
        self._clock = clock
        self._pass_us = pass_seconds * MICROSECONDS
        self._sizes_us = sizes_days * _DAY_US
        self._behind = behind
        self._rules: Rules | None = None
        self._concerns: Callable[[str], bool] = Concerns(AudienceSet({}))
        # Keys in the order in which they were heard of.
        self._waiting: dict[int, None] = {}
        self._pass: _Pass | None = None
        self._next_pass_us = 0
        self._seen_us = 0
        self._turn = asyncio.Lock()
        self._news = asyncio.Event()

    def concerns(self, event_name: str) -> bool:
        """Whether an event of that name can change a membership."""
        return self._concerns(event_name)

    def touch(self, profile_keys: Iterable[int]) -> None:
        """Something has changed about these players: look at them soon."""
        waiting = self._waiting
        for key in profile_keys:
            waiting[key] = None
        if len(waiting) > WAITING_MAX:
            # A pass finds them by what they were evaluated with.
            logger.warning("memberships come late: too many players wait", players=len(waiting))
            waiting.clear()
            self.want_pass()
        self._news.set()

    def want_pass(self) -> None:
        """Begin a pass now, or another one after the one under way."""
        self._next_pass_us = 0
        self._news.set()

    async def look(self, order: Look) -> None:
        """See ``MembershipKeeper``; raises ``Unavailable``."""
        if order.everybody:
            self.want_pass()
        if order.identity_ids:
            self.touch(await self._players.keys_of(order.identity_ids))
        if not order.now:
            self.touch(order.profile_keys)
            return
        async with self._turn:
            await self._evaluate(order.profile_keys, await self._current_rules())

    async def run(self) -> None:
        """Work for ever; a turn that fails is tried again."""
        loop = asyncio.get_running_loop()
        while True:
            self._news.clear()
            began = loop.time()
            try:
                worked = await self.turn()
            except (MatsuriError, OSError) as error:
                logger.warning("memberships stand still; tried again", reason=str(error))
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            except Exception:
                # Nobody waits for this task: without it, membership would stay as it is.
                logger.exception("memberships stand still; tried again")
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            await self._rest(loop.time() - began if worked else None)

    async def _rest(self, worked_seconds: float | None) -> None:
        """Leave the time to others: for the pipeline in any case, else until there is news."""
        if worked_seconds is not None and self._behind():
            await asyncio.sleep(worked_seconds * _REST_BEHIND)
            return
        rest_seconds = _LOOK_SECONDS
        if worked_seconds is not None:
            rest_seconds = worked_seconds * _REST_IN_PASS if self._pass else 0.0
        if not self._waiting:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest_seconds):
                    await self._news.wait()

    async def settle(self) -> None:
        """Evaluate everybody who waits now."""
        while self._waiting:
            async with self._turn:
                await self._evaluate_waiting(await self._current_rules())

    async def run_pass(self) -> None:
        """A whole pass, once the one under way has ended."""
        await self._end_pass()
        self.want_pass()
        await self.turn()
        await self._end_pass()

    async def _end_pass(self) -> None:
        while self._pass is not None:
            await self.turn()

    async def turn(self) -> bool:
        """Some players who wait, and some of a pass; whether there was anything to do.

        Raises ``Unavailable``; the next turn does the same again.
        """
        async with self._turn:
            rules = await self._current_rules()
            worked = await self._evaluate_waiting(rules)
            if self._pass is None and self._seen_us >= self._next_pass_us:
                self._pass = _Pass(rules.keys.version, self._clock.now_us())
                # Whoever wants a pass from now on wants another one.
                self._next_pass_us = self._pass.began_us + self._pass_us
            if self._pass is not None:
                await self._go_on(self._pass, rules)
                worked = True
            return worked

    async def _current_rules(self) -> Rules:
        """The audiences as they are; everybody is due where they are not as they were.

        So is everybody where the clock was set back: what was found then is of a time to come.
        """
        audiences = self._audiences()
        known = self._rules
        now_us = self._clock.now_us()
        set_back = now_us < self._seen_us - _SET_BACK_US
        if known is not None and known.audiences is audiences and not set_back:
            self._seen_us = now_us
            return known
        ids = {each.id for each in audiences.by_name.values()}
        keys = await self._database.write(
            lambda c: begin_version(
                c, fingerprint(audiences), ids, anew=set_back, not_after_us=now_us + _SET_BACK_US
            )
        )
        self._seen_us = now_us
        if known is not None and known.keys.version != keys.version:
            self.want_pass()
        self._rules = Rules(audiences, keys)
        self._concerns = Concerns(audiences)
        return self._rules

    async def _evaluate_waiting(self, rules: Rules) -> bool:
        some = list(islice(self._waiting, PLAYERS_AT_ONCE))
        for key in some:
            del self._waiting[key]
        try:
            await self._evaluate(some, rules)
        except BaseException:
            self.touch(some)
            raise
        return bool(some)

    async def _evaluate(self, profile_keys: Sequence[int], rules: Rules) -> None:
        """Evaluate players and store what changed; one who cannot be evaluated is left out."""
        if not profile_keys:
            return
        try:
            found = await self._players.evaluate(profile_keys, rules)
        except Unavailable:
            raise
        except Exception:
            if len(profile_keys) == 1:
                logger.exception(
                    "the memberships of a player cannot be found", profile_key=profile_keys[0]
                )
                return
            for key in profile_keys:
                await self._evaluate([key], rules)
            return
        await self._database.write(
            lambda c: save_evaluated(
                c,
                found.evaluated,
                found.stored,
                rules.keys,
                now_us=found.now_us,
                waiting=len(self._waiting),
            )
        )

    async def _go_on(self, under_way: _Pass, rules: Rules) -> None:
        """The next part of a pass; after the last one it has ended."""
        if not under_way.due and not under_way.at_end:
            stretch = await self._players.next_stretch(
                under_way.after, _STRETCH_PLAYERS, rules.keys.version
            )
            under_way.due.extend(stretch.due)
            under_way.at_end = stretch.upto is None
            under_way.after = stretch.upto or under_way.after
        some = list(islice(under_way.due, PLAYERS_AT_ONCE))
        await self._evaluate(some, rules)
        for _ in some:
            under_way.due.popleft()
        if under_way.at_end and not under_way.due:
            await self._end(under_way, rules.keys)

    async def _end(self, under_way: _Pass, keys: AudienceKeys) -> None:
        """End a pass, once nothing is left of audiences that are gone."""
        dropped = await self._database.write(
            lambda c: drop_audiences(c, keys, rows_max=_DROPPED_ROWS)
        )
        if dropped >= _DROPPED_ROWS:
            return
        now_us = self._clock.now_us()
        await self._database.write(
            lambda c: end_pass(
                c,
                keys,
                passed_version=under_way.version,
                now_us=now_us,
                pass_us=now_us - under_way.began_us,
                sizes_since_us=now_us - self._sizes_us,
            )
        )
        self._pass = None
        if self._next_pass_us:
            self._next_pass_us = now_us + self._pass_us

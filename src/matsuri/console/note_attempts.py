"""Notes calls that ended without an entry of their own: what was refused, what failed, the rest.

It happens when the answer is decided. What succeeded is noted call by call; what was refused or
failed is told as ``refusals`` has it.
"""

import asyncio

import structlog

from matsuri.adapters.database import Database
from matsuri.console.attempts import Attempt, Outcome, outcome_of
from matsuri.console.audit_store import AuditEntry, add_entry
from matsuri.console.refusals import CROWD, Refusal, Refusals
from matsuri.kit.clock import Clock

logger = structlog.get_logger(__name__)

_FORBIDDEN = 403
_MESSAGE_CHARS_MAX = 300
# What an answer waits for its entry. The entry is stored all the same if it takes longer.
_WAIT_SECONDS = 1.0
_WRITES_MAX = 200
_IDENTITY = "identity"
_CROWD_ACTION = "call.refuse"


class AttemptNotes:
    """Notes what became of the calls of the console."""

    def __init__(self, *, database: Database, clock: Clock, entries_per_hour_max: int) -> None:
        self._database = database
        self._clock = clock
        self._refusals = Refusals(entries_per_hour_max)
        self._writes: set[asyncio.Task[None]] = set()

    async def end(self, attempt: Attempt, status: int, message: str) -> None:
        """The answer to ``attempt`` is decided: note it if nothing told of it yet."""
        attempt.open = False
        if attempt.refused is not None:
            status, message = attempt.refused
        outcome = outcome_of(status)
        if outcome is Outcome.OK:
            if attempt.audited and not attempt.noted:
                await self._write(_entry(attempt, self._clock.now_us()))
            return
        # What is read by people who may is not noted, nor what they ask wrongly; that they ask for
        # what they may not is.
        if not attempt.audited and status != _FORBIDDEN:
            return
        now_us = self._clock.now_us()
        refusal = Refusal(
            actor=attempt.actor,
            actor_is_key=attempt.actor_is_key,
            address=attempt.address,
            operation=attempt.operation,
            action=attempt.action,
            subject_kind=attempt.subject_kind,
            outcome=outcome.value,
            status=status,
        )
        if self._refusals.is_first(refusal, now_us=now_us):
            await self._write(
                _entry(attempt, now_us, outcome=outcome, status=status, message=_shortened(message))
            )

    async def keep_tidy(self) -> None:
        """Note how many calls were refused beyond those noted, where their minute is over."""
        await self._tell_due(everything=False)

    async def close(self) -> None:
        """Note everything that is not noted yet."""
        await self._tell_due(everything=True)
        if self._writes:
            await asyncio.wait(self._writes)

    async def _tell_due(self, *, everything: bool) -> None:
        now_us = self._clock.now_us()
        for refusal, count in self._refusals.due(now_us=now_us, everything=everything):
            await self._write(_count_entry(refusal, count, now_us))

    async def _write(self, entry: AuditEntry) -> None:
        if len(self._writes) >= _WRITES_MAX:
            logger.error("an audit entry is lost", action=entry.action, reason="too many waiting")
            return
        task = asyncio.create_task(self._store(entry))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        await asyncio.wait({task}, timeout=_WAIT_SECONDS)

    async def _store(self, entry: AuditEntry) -> None:
        try:
            await self._database.write(lambda c: add_entry(c, entry))
        except Exception:
            # The answer is decided: it can only be said here.
            logger.exception(
                "an audit entry is lost",
                action=entry.action,
                actor=entry.actor,
                request_id=entry.request_id,
                outcome=entry.outcome.value,
            )


def _entry(
    attempt: Attempt,
    now_us: int,
    *,
    outcome: Outcome = Outcome.OK,
    status: int = 0,
    message: str = "",
) -> AuditEntry:
    # The id of a player who is erased must not come back into the log by a call that did nothing,
    # nor what somebody who is not known has typed.
    may_be_anything = not attempt.actor or attempt.subject_kind == _IDENTITY
    is_told = outcome is Outcome.OK or attempt.subject_known or not may_be_anything
    return AuditEntry(
        at_us=now_us,
        actor=attempt.actor,
        actor_is_key=attempt.actor_is_key,
        action=attempt.action,
        subject_kind=attempt.subject_kind,
        subject_id=attempt.subject_id if is_told else "",
        subject_name=attempt.subject_name,
        address=attempt.address,
        user_agent=attempt.user_agent,
        request_id=attempt.request_id,
        operation=attempt.operation,
        after=attempt.after if outcome is Outcome.OK else None,
        outcome=outcome,
        status=status,
        message=message,
    )


def _count_entry(refusal: Refusal, count: int, now_us: int) -> AuditEntry:
    if refusal == CROWD:
        message, action = f"{count} more calls of many callers", _CROWD_ACTION
    else:
        message, action = f"{count} more of these calls", refusal.action
    return AuditEntry(
        at_us=now_us,
        actor=refusal.actor,
        actor_is_key=refusal.actor_is_key,
        action=action,
        subject_kind=refusal.subject_kind,
        subject_id="",
        address=refusal.address,
        operation=refusal.operation,
        outcome=Outcome(refusal.outcome) if refusal.outcome else Outcome.REFUSED,
        status=refusal.status,
        message=message,
        calls=count,
    )


def _shortened(message: str) -> str:
    return message[:_MESSAGE_CHARS_MAX]

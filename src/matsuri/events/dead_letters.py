"""Dead letters: looked at, replayed once what was wrong is mended, dismissed."""

import asyncio
from collections.abc import Sequence

import msgspec

from matsuri.adapters.database import Database
from matsuri.errors import NotFound
from matsuri.events.dead_letter_store import (
    DeadLetter,
    LetterFilter,
    entries_of,
    find_letters,
    open_letter_ids,
)
from matsuri.events.log import LogAppender
from matsuri.events.model import Dismissed, Replay, encode_entries
from matsuri.events.pipeline import PIPELINE
from matsuri.events.rejected_store import Status
from matsuri.events.service import IdentityKeys
from matsuri.events.store import load_progress
from matsuri.kit.clock import Clock
from matsuri.kit.paging import Cursor, Page, page_from_store

# So many go to the log at once, and are looked at in one go.
_LETTERS_PER_TURN = 100


class LetterOutcome(msgspec.Struct):
    """What became of dead letters, by their numbers.

    ``replayed`` are in the log. ``undecodable`` hold nothing that this version can read,
    ``closed`` were applied already, ``under_way`` are being replayed, ``unknown`` are not kept.
    """

    replayed: list[int] = msgspec.field(default_factory=list)
    undecodable: list[int] = msgspec.field(default_factory=list)
    closed: list[int] = msgspec.field(default_factory=list)
    under_way: list[int] = msgspec.field(default_factory=list)
    unknown: list[int] = msgspec.field(default_factory=list)


class DeadLetters:
    """The use cases of dead letters. All may raise ``Unavailable``."""

    def __init__(
        self, *, history: Database, log: LogAppender, identities: IdentityKeys, clock: Clock
    ) -> None:
        self._history = history
        self._log = log
        self._identities = identities
        self._clock = clock
        # Replays that the pipeline has yet to apply: where in the log, by number of the row.
        self._under_way: dict[int, int] = {}
        self._replaying = asyncio.Lock()

    async def page(
        self, wanted: LetterFilter, *, beyond: int | None, cursor: Cursor | None, limit: int
    ) -> Page[DeadLetter]:
        """One page of dead letters, the latest first; ``beyond`` is the row ``cursor`` names."""
        backward = cursor is not None and cursor.backward
        if wanted.identity_id:
            keys = await self._identities.known_keys_of([wanted.identity_id])
            key = keys.get(wanted.identity_id, 0)
            wanted = msgspec.structs.replace(wanted, profile_key=key)
        found = await self._history.read(
            lambda c: find_letters(c, wanted, beyond=beyond, backward=backward, limit=limit + 1)
        )
        return page_from_store(found, key=lambda letter: (letter.id,), limit=limit, cursor=cursor)

    async def find(self, letter_id: int) -> DeadLetter:
        """One dead letter; raises ``NotFound``."""
        found = await self._load([letter_id])
        if not found:
            raise NotFound(f"There is no dead letter {letter_id}")
        return found[0]

    async def replay(self, ids: Sequence[int] | None) -> LetterOutcome:
        """Give these dead letters, or all that are open, to the log again.

        The pipeline applies each once, however often this is called. What fails again stays, with
        the new error.
        """
        outcome = LetterOutcome()
        async with self._replaying:
            progress = await self._history.read(lambda c: load_progress(c, PIPELINE))
            self._under_way = {
                number: at for number, at in self._under_way.items() if at >= progress.position
            }
            if ids is None:
                ids = await self._history.read(open_letter_ids)
            wanted = sorted(set(ids))
            for start in range(0, len(wanted), _LETTERS_PER_TURN):
                await self._replay(wanted[start : start + _LETTERS_PER_TURN], outcome)
        return outcome

    async def dismiss(self, ids: Sequence[int]) -> int:
        """Drop dead letters, so that nothing brings them back; how many."""
        found: list[int] = []
        for start in range(0, len(ids), _LETTERS_PER_TURN):
            found += [each.id for each in await self._load(ids[start : start + _LETTERS_PER_TURN])]
        if found:
            gone = Dismissed(self._clock.now_us(), [], found)
            await self._log.append(encode_entries([gone]))
        return len(found)

    async def _replay(self, ids: Sequence[int], outcome: LetterOutcome) -> None:
        letters = {letter.id: letter for letter in await self._load(ids)}
        ready: list[DeadLetter] = []
        for number in ids:
            letter = letters.get(number)
            if letter is None:
                outcome.unknown.append(number)
            elif letter.closed_us is not None:
                outcome.closed.append(number)
            elif number in self._under_way:
                outcome.under_way.append(number)
            elif not _is_readable(letter):
                outcome.undecodable.append(number)
            else:
                ready.append(letter)
        now_us = self._clock.now_us()
        # A record each: one that fails again takes no other with it.
        positions = await asyncio.gather(
            *(
                self._log.append(encode_entries([Replay(now_us, [], each.id, each.payload)]))
                for each in ready
            )
        )
        self._under_way.update(zip((each.id for each in ready), positions, strict=True))
        outcome.replayed += [each.id for each in ready]

    async def _load(self, ids: Sequence[int]) -> list[DeadLetter]:
        wanted = LetterFilter(ids=ids, status=Status.ALL)
        return await self._history.read(lambda c: find_letters(c, wanted, limit=len(ids)))


def _is_readable(letter: DeadLetter) -> bool:
    try:
        entries_of(letter.payload)
    except msgspec.MsgspecError:
        return False
    return True

"""Answers of players, as long as they hold, in bounded memory."""

from collections import OrderedDict

import msgspec

from matsuri.enrolments.model import Admission
from matsuri.flags.answers import Answer
from matsuri.identities.read_player import Commits, PlayerVersion

# About what an entry takes beside its answer.
_ENTRY_BYTES = 600


class Held(msgspec.Struct):
    """An answer, and what it was made of: a player and all lists at a version, and since when.

    It was right at ``commits``. From ``until_us`` on, time alone may have changed it. What rests on
    one of the ``admissions`` goes to nobody before the player, or test device, has that place.
    """

    commits: Commits
    version: PlayerVersion
    entries_version: int
    since_us: int
    until_us: int
    answer: Answer
    is_test: bool = False
    admissions: tuple[Admission, ...] = ()


class AnswerCache:
    """At most so many players, and about so many bytes; who asked longest ago goes first.

    Players share answers, each of which is counted once. Only of an answer that several have is the
    body kept: where experiments make answers of their own for most players, many more of them fit.
    """

    def __init__(self, *, entries_max: int, bytes_max: int) -> None:
        self._entries: OrderedDict[int, Held] = OrderedDict()
        self._entries_max = entries_max
        self._bytes_max = bytes_max
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: int) -> Held | None:
        """What is remembered for ``key``, who asked last now."""
        held = self._entries.get(key)
        if held is not None:
            self._entries.move_to_end(key)
        return held

    def put(self, key: int, held: Held) -> None:
        """Remember ``held`` in place of what there was for ``key``."""
        self.drop(key)
        self._entries[key] = held
        answer = held.answer
        self.bytes += _ENTRY_BYTES
        answer.holders += 1
        if answer.holders > 1:
            answer.keep_body()
        self.bytes -= answer.counted_bytes
        answer.counted_bytes = answer.memory_bytes
        self.bytes += answer.counted_bytes
        while len(self._entries) > self._entries_max or self.bytes > self._bytes_max:
            self.drop(next(iter(self._entries)))

    def drop(self, key: int) -> None:
        """Forget what there was for ``key``."""
        held = self._entries.pop(key, None)
        if held is None:
            return
        self.bytes -= _ENTRY_BYTES
        held.answer.holders -= 1
        if not held.answer.holders:
            self.bytes -= held.answer.counted_bytes
            held.answer.counted_bytes = 0

    def clear(self) -> None:
        """Forget everything."""
        for key in list(self._entries):
            self.drop(key)

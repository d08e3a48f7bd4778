"""A pipeline step: events of test devices are told from all others, for good.

It goes before ``FollowMerges``: what was sent as a test device stays that, also if the player has
become part of another one meanwhile, and the other way round.
"""

import msgspec
from sqlalchemy.engine import Connection

from matsuri.events.model import DeviceMarked, Entry, EventBatch
from matsuri.events.pipeline import Work
from matsuri.identities.device_marks import Mark, load_marks, save_marks


class MarkDevices:
    """Marks events by what the log had told of their profile up to there."""

    def __init__(self) -> None:
        self._marks: dict[int, Mark] | None = None

    def apply(self, work: Work, connection: Connection) -> None:
        """See ``Step.apply``."""
        if self._marks is None:
            self._marks = load_marks(connection)
        marks = self._marks
        changed: set[int] = set()
        kept: list[Entry | None] = []
        for entry in work.entries:
            if isinstance(entry, DeviceMarked):
                known = marks.get(entry.profile_key)
                if known is None or known.version < entry.version:
                    marks[entry.profile_key] = Mark(entry.is_test, entry.version)
                    changed.add(entry.profile_key)
                kept.append(None)
            elif isinstance(entry, EventBatch) and _is_test(marks, entry.profile_key):
                kept.append(msgspec.structs.replace(entry, is_test=True))
            else:
                kept.append(entry)
        save_marks(connection, ((key, marks[key]) for key in changed))
        work.replace(kept)

    def settle(self, *, committed: bool) -> None:
        """See ``Step.settle``: what was undone is read again."""
        if not committed:
            self._marks = None


def _is_test(marks: dict[int, Mark], profile_key: int) -> bool:
    mark = marks.get(profile_key)
    return mark is not None and mark.is_test

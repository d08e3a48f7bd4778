"""A pipeline step: whose membership may have changed; players who go leave their audiences."""

from collections.abc import Callable, Iterable

from sqlalchemy.engine import Connection

from matsuri.audiences.member_store import forget_player
from matsuri.events.model import EventBatch, ProfileErased, ProfileMerged
from matsuri.events.pipeline import Work
from matsuri.identities.erasure_store import add_removed


class NoteTouched:
    """Tells ``touch`` the players of every stretch once it is committed; the fold goes before.

    ``concerns`` says whether an event of that name can change a membership.
    """

    def __init__(
        self, *, concerns: Callable[[str], bool], touch: Callable[[Iterable[int]], None]
    ) -> None:
        self._concerns = concerns
        self._touch = touch
        self._touched: dict[int, None] = {}

    def apply(self, work: Work, connection: Connection) -> None:
        """See ``Step.apply``."""
        # In the order of the log: who came first is looked at first.
        self._touched = {}
        for entry in work.entries:
            if isinstance(entry, EventBatch):
                if any(self._concerns(event.name) for event in entry.events):
                    self._touched[entry.profile_key] = None
            elif isinstance(entry, ProfileMerged):
                forget_player(connection, entry.from_key)
                self._touched[entry.into_key] = None
            elif isinstance(entry, ProfileErased):
                add_removed(
                    connection, entry.profile_key, forget_player(connection, entry.profile_key)
                )

    def settle(self, *, committed: bool) -> None:
        """See ``Step.settle``."""
        if committed and self._touched:
            self._touch(self._touched)
        self._touched = {}

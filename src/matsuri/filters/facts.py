"""What a filter can see of a player at an instant."""

from collections.abc import Mapping
from typing import Any, Literal, Protocol, TypeAlias

import msgspec

WindowKind: TypeAlias = Literal["count", "total", "days", "last", "sequence"]


class Window(msgspec.Struct, frozen=True):
    """One question about a player's past that a filter asks.

    It is about events named ``event`` of the last ``seconds``: those with
    ``now_s - seconds < time_s <= now_s``. ``condition`` is the text of a predicate
    (``compile_condition``), or empty for all of them. ``then`` is for ``sequence``: whether an
    event of that name came 0 to ``seconds`` after an ``event``, anywhere in the kept history.
    ``last`` has no ``seconds``.
    """

    kind: WindowKind
    event: str
    seconds: int = 0
    condition: str = ""
    then: str = ""


class Windows(Protocol):
    """Answers about a player's past events, as of ``now_s``; later events count as not yet seen."""

    def count(self, window: Window, now_s: int) -> int:
        """How many events are in the window."""

    def total(self, window: Window, now_s: int) -> int | float:
        """The sum of their values that are numbers."""

    def days(self, window: Window, now_s: int) -> int:
        """On how many UTC days they are."""

    def last(self, window: Window, now_s: int) -> int:
        """The second of the last event of that name, or 0."""

    def sequence(self, window: Window, now_s: int) -> bool:
        """Whether ``then`` ever came within ``seconds`` after ``event``."""

    def next_change(self, window: Window, now_s: int) -> int | None:
        """The earliest second after ``now_s`` at which time alone may change the answer."""


class Facts(Protocol):
    """A player at an instant. Times are seconds since the epoch; property values are texts."""

    @property
    def now_s(self) -> int:
        """The instant."""

    @property
    def create_time_s(self) -> int:
        """When the player was first seen."""

    @property
    def update_time_s(self) -> int:
        """When the player was last active."""

    @property
    def default(self) -> Mapping[str, str]:
        """Default properties."""

    @property
    def custom(self) -> Mapping[str, str]:
        """Custom properties."""

    @property
    def computed(self) -> Mapping[str, str]:
        """Computed properties."""

    @property
    def sample_key(self) -> str:
        """What names the player's place among all players, for ``Sample``."""

    @property
    def local_offset_s(self) -> int:
        """How many seconds the player's clock is ahead of UTC."""

    @property
    def windows(self) -> Windows:
        """Answers about the player's past."""

    def in_audience(self, name: str) -> bool:
        """Whether the player is in the audience; ``False`` for one that does not exist."""


class EventSeen(msgspec.Struct, frozen=True):
    """An event as the condition of a window sees it: ``#.value``, ``#.metadata`` and so on."""

    value: str | None
    metadata: Mapping[str, Any]
    time_s: int

"""What an identity, a session and a profile are."""

import re
from decimal import Decimal

import msgspec

IDENTITY_ID_ALLOWED = "8 to 128 characters of A-Z, a-z, 0-9, _ and -, and not the all-zero UUID"
_IDENTITY_ID = re.compile(r"[A-Za-z0-9_-]{8,128}", re.ASCII)
_NIL_UUID = "0" * 32


def is_identity_id(text: str) -> bool:
    """Whether ``text`` can name an identity (wire contract, section 2, and design section 8)."""
    return bool(_IDENTITY_ID.fullmatch(text)) and text.replace("-", "") != _NIL_UUID


class Identity(msgspec.Struct, frozen=True):
    """A player as stored: ``key`` names this profile for ever, ``id`` is the studio's name for it.

    A player who is deleted and comes back under the same id is another identity with another key.
    ``sample_id`` names the player's place among all players (``Sample``, percentages of flags): the
    id, unless it came along from a guest, or the id is another player's former one. Times are
    microseconds since the epoch. ``clock_offset_s`` is how far the clock of a test device is ahead
    of the server's, and ``None`` for everybody else.
    """

    key: int
    id: str
    sample_id: str
    created_us: int
    updated_us: int
    default_properties: dict[str, str]
    custom_properties: dict[str, str]
    clock_offset_s: int | None = None

    @property
    def is_test(self) -> bool:
        """Whether it is a test device."""
        return self.clock_offset_s is not None


class Session(msgspec.Struct, frozen=True):
    """A session this server opened; ``identity_key`` is ``None`` once its identity is erased."""

    id: str
    identity_key: int | None
    identity_id: str
    api_key: str
    started_us: int
    country: str
    expires_us: int
    revoked_us: int | None
    refresh_revoked_us: int | None


class EventStats(msgspec.Struct, frozen=True, array_like=True):
    """What a player's events of one name add up to.

    ``numeric_count`` counts the values that were numbers; ``value_sum``, ``value_high`` and
    ``value_low`` are over those. ``value_first`` and ``value_last`` are by event time.
    """

    count: int
    seen_first_us: int
    seen_last_us: int
    numeric_count: int = 0
    value_sum: Decimal | None = None
    value_high: Decimal | None = None
    value_low: Decimal | None = None
    value_first: str | None = None
    value_first_us: int = 0
    value_last: str | None = None
    value_last_us: int = 0


class CurrentSession(msgspec.Struct, frozen=True, array_like=True):
    """The session a player was last seen in, and when its last sign of life was received."""

    id: str
    active_us: int


class Profile(msgspec.Struct, frozen=True, array_like=True):
    """What a player's history makes of them: the state that ``fold`` carries on.

    ``events`` is by event name. ``names_dropped`` counts events whose name came after
    ``computed_names_max`` others and so has no computed properties.
    """

    events: dict[str, EventStats] = msgspec.field(default_factory=dict)
    session: CurrentSession | None = None
    updated_us: int = 0
    names_dropped: int = 0


class SessionActivity(msgspec.Struct, frozen=True):
    """What a stretch of history adds to one session (see ``session_activity``).

    ``started_us`` is ``None`` unless the stretch tells the session's start: ``opened_here`` says
    that it holds the start itself, not only a sender's word for it.
    """

    session_id: str
    profile_key: int
    started_us: int | None
    first_event_us: int
    last_event_us: int
    event_count: int
    country: str
    api_key: str
    opened_here: bool = False

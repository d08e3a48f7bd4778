"""When the last event of a series was, for any time from about now on. Pure.

Events may be a little ahead of the clock, and are not to be seen before their time. So what is
kept is a rising list: the last time that is certainly past, and those after it.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

RECENT_S: Final = 5
"""How far a reader's clock, and its look at the database, may be behind the writer's."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[int])


def last_times(times: Iterable[int], *, now_s: int) -> list[int]:
    """Of ``times``, what is needed to answer from ``now_s`` on, less some seconds."""
    ordered = sorted(set(times))
    certain_s = now_s - RECENT_S
    past = [time_s for time_s in ordered if time_s <= certain_s]
    return past[-1:] + ordered[len(past) :]


def last_before(times: Iterable[int], now_s: int) -> int:
    """The last of ``times`` that is not after ``now_s``; 0 for none."""
    return max((time_s for time_s in times if time_s <= now_s), default=0)


def encode_times(times: list[int]) -> bytes:
    """The stored form of rising times: the first, and the steps to the others."""
    return _encoder.encode(
        [after - before for before, after in zip([0, *times], times, strict=False)]
    )


def decode_times(blob: bytes) -> list[int]:
    """The times of a stored form; raises ``msgspec.MsgspecError`` where it is none."""
    times, time_s = [], 0
    for step in _decoder.decode(blob):
        time_s += step
        times.append(time_s)
    return times

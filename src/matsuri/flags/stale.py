"""Which flags may have had their day, and why. Pure."""

from collections.abc import Collection, Iterator
from enum import StrEnum
from typing import NamedTuple

from matsuri.flags.compile import CompiledFlag, CompiledVariant, FlagState
from matsuri.flags.model import FlagReads
from matsuri.kit.bucketing import BUCKETS


class StaleReason(StrEnum):
    """Why a flag may have had its day.

    Where there was no read, ``unread`` is the only reason that reads give. ``never_asked`` is a
    hint only: a game may well read all its flags at once.
    """

    UNREAD = "unread"
    NEVER_ASKED = "never_asked"
    OFF = "off"
    NEVER_APPLIES = "never_applies"
    ROLLED_OUT = "rolled_out"


class Finding(NamedTuple):
    """One reason; ``variant`` is empty where it is about the whole flag."""

    reason: StaleReason
    detail: str
    variant: str = ""


def findings(
    flag: CompiledFlag,
    reads: FlagReads,
    audiences: Collection[str],
    *,
    now_us: int,
    after_us: int,
) -> list[Finding]:
    """Why a flag may have had its day; ``audiences`` are the names of all there are.

    Nothing is said of what is younger than ``after_us``, nor of a flag that is going to change.
    """
    before_us = now_us - after_us
    found: list[Finding] = []
    if flag.definition.created_us > before_us:
        return found
    found += _of_reads(reads, before_us)
    state = flag.state_at(now_us)
    is_settled = max(flag.definition.updated_us, state.since_us) <= before_us
    if is_settled and flag.next_change_us(now_us) is None:
        found += _of_state(state, audiences)
    return found


def _of_reads(reads: FlagReads, before_us: int) -> Iterator[Finding]:
    if max(reads.read_us, reads.asked_us) <= before_us:
        yield Finding(StaleReason.UNREAD, "no game has read it")
    elif not reads.asked:
        yield Finding(StaleReason.NEVER_ASKED, "games read it, but never asked for it by name")


def _of_state(state: FlagState, audiences: Collection[str]) -> Iterator[Finding]:
    if not state.variants:
        return
    if not state.enabled:
        yield Finding(StaleReason.OFF, "it is off: none of its variants applies")
        return
    before = ""
    for variant in state.variants:
        name = variant.variant.name
        problem = _never_applies(variant, audiences)
        if before:
            problem = f"{before} goes before it and is for everybody"
        if problem:
            yield Finding(StaleReason.NEVER_APPLIES, problem, name)
        elif not variant.audiences and variant.buckets >= BUCKETS:
            yield Finding(StaleReason.ROLLED_OUT, "everybody has it: it could be the value", name)
            before = name


def _never_applies(variant: CompiledVariant, audiences: Collection[str]) -> str:
    if not variant.buckets:
        return "it is rolled out to 0 %"
    if variant.audiences and not any(name in audiences for name in variant.audiences):
        return "there is no such audience"
    return ""

"""What of a definition is said by people, and what a server has noted itself. Pure.

That something is launched, archived or a draft is what people want: it is a definition. What came
of it is not: the ids of phases, that a phase was ended early, when something was launched or
stopped, former schedules, notes of bias. A phase that has begun began when it did, whatever a file
says; a scheduled change of a flag that is due counts as made.
"""

from collections.abc import Collection
from typing import Any

import msgspec

from matsuri.as_code.kinds import FileKind
from matsuri.experiments.lifecycle import end_time_sec
from matsuri.experiments.model import EXPERIMENT_KIND, ExperimentDefinition, Phase
from matsuri.flags.compile import settled
from matsuri.flags.model import FLAG_KIND
from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events.model import LIVE_EVENT_KIND


def stated(kind: FileKind, body: Any) -> Any:
    """A body with only what people say of it."""
    fields = msgspec.structs.fields(kind.body_type)
    nothing = {each.name: each.default for each in fields if each.name in kind.state}
    body = msgspec.structs.replace(body, **nothing)
    if kind.name == EXPERIMENT_KIND:
        phases = tuple(msgspec.structs.replace(p, id="", ended_time_sec=0) for p in body.phases)
        return msgspec.structs.replace(body, phases=phases)
    return body


def is_over(kind: FileKind, body: Any, now_us: int) -> bool:
    """Whether nothing could come of a new one like that: an experiment that was, elsewhere."""
    if kind.name != EXPERIMENT_KIND or not body.launched:
        return False
    now_s = now_us // MICROSECONDS
    return body.archived or all(end_time_sec(each) <= now_s for each in body.phases)


def wanted_body(
    kind: FileKind, said: Any, stored: Any | None, *, left_out: Collection[str], now_us: int
) -> Any:
    """What a server is to have where a file says this: with the state that it has already.

    ``stored`` is what it has, if anything; ``left_out`` are fields of the lifecycle of which the
    file says nothing.
    """
    if stored is not None:
        kept = {name: getattr(stored, name) for name in (*kind.state, *left_out)}
        said = msgspec.structs.replace(said, **kept)
    if kind.name == FLAG_KIND:
        return settled(said, now_us)
    if kind.name == EXPERIMENT_KIND:
        return _with_phases_of(said, stored, now_us // MICROSECONDS)
    if kind.name == LIVE_EVENT_KIND and said.archived and (stored is None or stored.draft):
        # What is archived was not launched.
        return msgspec.structs.replace(said, draft=True)
    return said


def _with_phases_of(
    said: ExperimentDefinition, stored: ExperimentDefinition | None, now_s: int
) -> ExperimentDefinition:
    known = {} if stored is None else {each.name: each for each in stored.phases}
    has_begun = stored is not None and stored.launched
    phases = [
        _as_known(each, known[each.name], now_s, may_have_begun=has_begun)
        if each.name in known
        else each
        for each in said.phases
    ]
    phases.sort(key=lambda each: (each.start_time_sec, end_time_sec(each), each.id))
    return msgspec.structs.replace(said, phases=tuple(phases))


def _as_known(said: Phase, known: Phase, now_s: int, *, may_have_begun: bool) -> Phase:
    said = msgspec.structs.replace(said, id=known.id, ended_time_sec=known.ended_time_sec)
    if may_have_begun and known.start_time_sec <= now_s and said.start_time_sec <= now_s:
        return msgspec.structs.replace(said, start_time_sec=known.start_time_sec)
    return said

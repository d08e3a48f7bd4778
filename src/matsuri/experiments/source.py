"""What experiments give a player, and why. Pure."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from matsuri.audiences.membership import Memberships, MembershipTrace
from matsuri.definitions.model import Catalog
from matsuri.enrolments.model import Admission, SubjectKind
from matsuri.experiments.assign import carried_over, drawn, permille_place
from matsuri.experiments.compile import (
    NEVER_US,
    ActivePhases,
    CompiledPhase,
    CompiledVariant,
    Share,
    Timetable,
    compile_phases,
)
from matsuri.flags.model import Candidate, Override, SourceAnswer

VARIANT_GONE = "the player's variant is not there any more"
NOT_KNOWN = "only players that are known here take part"
LOCKED = "participation is locked"
PAST_DEADLINE = "the admission deadline is over"
FULL = "there are as many participants as there may be"
NOT_IN_AUDIENCES = "the player is in none of the audiences"
HELD_OUT = "the player is held out"
OUTSIDE_SHARE = "the player is outside the experiment's share of its exclusion group"
IN_ANOTHER = "the player takes part in another experiment of the exclusion group"
OTHER_VARIANT = "the player has another variant"


class Placement(msgspec.Struct, frozen=True):
    """A player's place in a phase that is on, or why there is none.

    ``admission`` is a place that is still to be made to stick. ``enrolled_us`` is since when the
    player has one; 0 for not yet.
    """

    phase: CompiledPhase
    variant: CompiledVariant | None
    problem: str = ""
    admission: Admission | None = None
    enrolled_us: int = 0


class ExperimentSet:
    """All experiments at one version of the definitions, as a source of overrides."""

    def __init__(self, phases: Iterable[CompiledPhase]) -> None:
        self._timetable = Timetable(phases)

    def overrides(self, player: Memberships) -> SourceAnswer:
        """See ``OverrideSource``."""
        active = self._timetable.active_at(player.now_us)
        found: dict[str, list[Override]] = {}
        admissions = []
        kept_out = False
        for phase in active.phases:
            if not phase.flags:
                # Games learn of it from the list of experiments alone.
                continue
            placement = _placed(phase, active, player)
            kept_out |= placement.problem == FULL
            if placement.admission is not None:
                admissions.append(placement.admission)
            if placement.variant is not None:
                for flag, override in placement.variant.overrides.items():
                    found.setdefault(flag, []).append(override)
        changes_at_us = active.until_us if active.until_us < NEVER_US else None
        return SourceAnswer(found, changes_at_us, admissions, kept_out)

    def candidates(self, player: Memberships) -> Mapping[str, Iterable[Candidate]]:
        """See ``OverrideSource``."""
        found: dict[str, list[Candidate]] = {}
        for placement in self.placements(player):
            audiences = tuple(player.why(name) for name in placement.phase.audiences)
            for variant in placement.phase.variants.values():
                for flag, override in variant.overrides.items():
                    found.setdefault(flag, []).append(
                        _candidate(placement, variant, override, audiences)
                    )
        return found

    def placements(self, player: Memberships) -> Sequence[Placement]:
        """The player's place in each phase that is on, or why there is none."""
        active = self._timetable.active_at(player.now_us)
        return [_placed(phase, active, player) for phase in active.phases]

    def next_change_us(self, now_us: int) -> int:
        """The next time after now when a phase comes or goes, or admits nobody any more."""
        return self._timetable.active_at(now_us).until_us


class ExperimentCompiler:
    """Makes the set of a catalog; the same one again as long as no experiment or group differs."""

    def __init__(self) -> None:
        self._phases: list[CompiledPhase] = []
        self._set = ExperimentSet(())

    def __call__(self, catalog: Catalog) -> ExperimentSet:
        """The experiments of ``catalog``."""
        phases = compile_phases(catalog)
        if phases != self._phases:
            self._phases, self._set = phases, ExperimentSet(phases)
        return self._set


def _placed(phase: CompiledPhase, active: ActivePhases, player: Memberships) -> Placement:
    held = player.enrolments.held
    enrolment = held.get(phase.part)
    if enrolment is not None:
        variant = phase.variants.get(enrolment.variant)
        problem = VARIANT_GONE if variant is None else ""
        return Placement(phase, variant, problem, enrolled_us=enrolment.enrolled_us)
    not_with = active.not_with[phase.part]
    problem = _problem(phase, player)
    if not problem and any(part in held for part in not_with):
        problem = IN_ANOTHER
    if problem:
        return Placement(phase, None, problem)
    variant = _assigned(phase, player)
    admission = Admission(
        part=phase.part,
        kind=SubjectKind.EXPERIMENT,
        variant=variant.variant.name,
        participants_max=phase.phase.participants_max,
        not_with=not_with,
        flags=phase.flags,
        exposure=phase.exposure[variant.variant.name],
    )
    return Placement(phase, variant, admission=admission)


def _problem(phase: CompiledPhase, player: Memberships) -> str:
    """What keeps a player out who has no place yet; the quickest to find out comes first."""
    return _closed(phase, player) or _not_targeted(phase, player) or _left_alone(phase, player)


def _closed(phase: CompiledPhase, player: Memberships) -> str:
    if player.enrolments.closed:
        return NOT_KNOWN
    if phase.phase.locked:
        return LOCKED
    if player.now_us >= phase.admits_until_us:
        return PAST_DEADLINE
    return FULL if phase.part in player.enrolments.full else ""


def _not_targeted(phase: CompiledPhase, player: Memberships) -> str:
    if phase.audiences and not any(map(player.in_audience, phase.audiences)):
        return NOT_IN_AUDIENCES
    for name in phase.exclude_audiences:
        if player.in_audience(name):
            return f"the player is in audience {name!r}, which is excluded"
    return ""


def _left_alone(phase: CompiledPhase, player: Memberships) -> str:
    if phase.held_out is not None and _is_in(phase.held_out, player):
        return HELD_OUT
    if phase.share is not None and not _is_in(phase.share, player):
        return OUTSIDE_SHARE
    return ""


def _is_in(share: Share, player: Memberships) -> bool:
    return share.first <= permille_place(share.salt, player.sample_key) < share.last


def _assigned(phase: CompiledPhase, player: Memberships) -> CompiledVariant:
    experiment = phase.experiment
    variant = carried_over(
        experiment.id, experiment.body.phases, phase.phase, player.enrolments.held
    )
    if variant is None:
        place = permille_place(phase.salt, player.sample_key)
        variant = drawn(phase.phase.variants, place)
    return phase.variants[variant.name]


def _candidate(
    placement: Placement,
    variant: CompiledVariant,
    override: Override,
    audiences: tuple[MembershipTrace, ...],
) -> Candidate:
    applies = placement.variant is variant
    problem = ""
    if not applies:
        problem = placement.problem or OTHER_VARIANT
    return Candidate(override=override, applies=applies, audiences=audiences, problem=problem)

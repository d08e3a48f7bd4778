"""What a change of definitions can change for players, and what decides about that alone. Pure."""

from collections.abc import Callable, Collection, Iterable
from typing import Any, NamedTuple

from matsuri.audiences.model import AUDIENCE_KIND
from matsuri.definitions.model import Catalog, Definition
from matsuri.experiments.model import EXCLUSION_GROUP_KIND, EXPERIMENT_KIND
from matsuri.flags.model import FLAG_KIND
from matsuri.live_events.model import LIVE_EVENT_KIND

# Both give flags values: which flags, their references say.
_OVERRIDING = frozenset({EXPERIMENT_KIND, LIVE_EVENT_KIND})

_Ref = tuple[str, str]


class Affected(NamedTuple):
    """What may be another for players: flags by name, experiments and live events by id."""

    flags: frozenset[str]
    experiments: frozenset[str]
    live_events: frozenset[str]

    @property
    def nothing(self) -> bool:
        """Whether every player has what they had."""
        return not (self.flags or self.experiments or self.live_events)


class Difference(NamedTuple):
    """Two states of all definitions, with only what decides about what is ``affected``.

    ``same_audiences`` is whether every audience is the same in both. If there are any ``gates``, a
    player who is in the same of these audiences before and after has the same of everything.
    """

    before: Catalog
    after: Catalog
    affected: Affected
    same_audiences: bool
    gates: tuple[str, ...] = ()


def difference(before: Catalog, after: Catalog) -> Difference:
    """What the change from ``before`` to ``after`` may change, and both as far as that goes."""
    changed = _changed(before, after)
    reached = _reached(_with_groups(changed, (before, after)), (before, after))
    affected = _affected(reached, (before, after))
    wanted = _deciding(affected, (before, after))
    gates = tuple(sorted(name for kind, name in changed if kind == AUDIENCE_KIND))
    # Where places are limited, it counts who else would have one.
    if len(gates) < len(changed) or _limited(wanted, (before, after)):
        gates = ()
    return Difference(
        _narrowed(before, wanted),
        _narrowed(after, wanted),
        affected,
        same_audiences=not any(kind == AUDIENCE_KIND for kind, _ in reached),
        gates=gates,
    )


def _changed(before: Catalog, after: Catalog) -> set[_Ref]:
    """What is there in one of them only, or differs."""
    found: set[_Ref] = set()
    for one, other in ((before, after), (after, before)):
        for each in one.all():
            twin = other.find(each.kind, each.name)
            if twin is not each and twin != each:
                found.add((each.kind, each.name))
    return found


def _with_groups(changed: Iterable[_Ref], catalogs: Collection[Catalog]) -> set[_Ref]:
    """Also the exclusion groups of experiments: who is in one of a group is in no other."""
    found = set(changed)
    for each in _definitions(changed, catalogs, of_kind=EXPERIMENT_KIND):
        if each.body.exclusion_group:
            found.add((EXCLUSION_GROUP_KIND, each.body.exclusion_group))
    return found


def _reached(changed: Iterable[_Ref], catalogs: Collection[Catalog]) -> set[_Ref]:
    """Also what refers to it, if by way of others, but for what refers to flags.

    What an experiment or a live event does hangs on no flag.
    """
    by_earlier = _users_by_earlier(catalogs)

    def users(ref: _Ref) -> Iterable[_Ref]:
        if ref[0] == FLAG_KIND:
            return
        for catalog in catalogs:
            for user in catalog.users_of(*ref):
                yield user.kind, user.name
        yield from by_earlier.get(ref, ())

    return _closure(changed, users)


def _users_by_earlier(catalogs: Collection[Catalog]) -> dict[_Ref, set[_Ref]]:
    """What refers to something by a body that it had before, which may still be the one in use."""
    found: dict[_Ref, set[_Ref]] = {}
    for catalog in catalogs:
        for each in catalog.all():
            for body in catalog.earlier(each.id):
                for to in catalog.kinds[each.kind].references(body):
                    found.setdefault((to.kind, to.name), set()).add((each.kind, each.name))
    return found


def _affected(reached: Collection[_Ref], catalogs: Collection[Catalog]) -> Affected:
    flags = {name for kind, name in reached if kind == FLAG_KIND}
    ids: dict[str, set[str]] = {kind: set() for kind in _OVERRIDING}
    for catalog in catalogs:
        for each in _definitions(reached, [catalog]):
            if each.kind in _OVERRIDING:
                ids[each.kind].add(each.id)
                flags |= {
                    to.name
                    for to in catalog.kinds[each.kind].references(each.body)
                    if to.kind == FLAG_KIND
                }
    return Affected(
        frozenset(flags), frozenset(ids[EXPERIMENT_KIND]), frozenset(ids[LIVE_EVENT_KIND])
    )


def _deciding(affected: Affected, catalogs: Collection[Catalog]) -> set[_Ref]:
    """All that decides about what is affected, such as other sources of the same flags."""
    wanted = {(FLAG_KIND, name) for name in affected.flags}
    for catalog in catalogs:
        wanted |= _overriding(affected, catalog)
    groups = _with_groups(wanted, catalogs) - wanted
    for catalog in catalogs:
        for group in groups:
            wanted |= {(user.kind, user.name) for user in catalog.users_of(*group)}

    def referred(ref: _Ref) -> Iterable[_Ref]:
        for catalog in catalogs:
            definition = catalog.find(*ref)
            if definition is not None:
                yield from _references(definition, catalog)

    return _closure(wanted, referred)


def _overriding(affected: Affected, catalog: Catalog) -> set[_Ref]:
    """The experiments and live events that are affected, or give affected flags values."""
    found = {
        (user.kind, user.name)
        for name in affected.flags
        for user in catalog.users_of(FLAG_KIND, name)
        if user.kind in _OVERRIDING
    }
    ids = {EXPERIMENT_KIND: affected.experiments, LIVE_EVENT_KIND: affected.live_events}
    for kind, wanted in ids.items():
        known = (catalog.find_by_id(kind, each) for each in wanted)
        found |= {(each.kind, each.name) for each in known if each is not None}
    return found


def _references(definition: Definition[Any], catalog: Catalog) -> Iterable[_Ref]:
    """What it refers to, by any body that may be in use; no flags: of others nothing is asked."""
    for body in (definition.body, *catalog.earlier(definition.id)):
        for to in catalog.kinds[definition.kind].references(body):
            if to.kind != FLAG_KIND:
                yield to.kind, to.name


def _limited(refs: Collection[_Ref], catalogs: Collection[Catalog]) -> bool:
    """Whether places in any of these experiments and live events are limited."""
    return any(
        phase.participants_max
        for each in _definitions(refs, catalogs, of_kind=EXPERIMENT_KIND)
        for phase in each.body.phases
    ) or any(
        each.body.participants_max for each in _definitions(refs, catalogs, of_kind=LIVE_EVENT_KIND)
    )


def _narrowed(catalog: Catalog, wanted: Collection[_Ref]) -> Catalog:
    found = _definitions(wanted, [catalog])
    return Catalog(
        catalog.kinds,
        found,
        version=catalog.version,
        earlier={each.id: catalog.earlier(each.id) for each in found},
    )


def _definitions(
    refs: Iterable[_Ref], catalogs: Collection[Catalog], *, of_kind: str = ""
) -> list[Definition[Any]]:
    found = (catalog.find(*ref) for catalog in catalogs for ref in refs)
    return [each for each in found if each is not None and of_kind in {"", each.kind}]


def _closure(start: Iterable[_Ref], step: Callable[[_Ref], Iterable[_Ref]]) -> set[_Ref]:
    found = set(start)
    waiting = list(found)
    while waiting:
        for each in step(waiting.pop()):
            if each not in found:
                found.add(each)
                waiting.append(each)
    return found

"""Changes of definitions that are only proposed: the same in every request that tries them out.

Each says of a definition what the endpoint of its kind would be told; a list of them is tried one
after the other, so that a later one may refer to what an earlier one makes.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from matsuri.definitions.changes import Creation, Deletion, Update
from matsuri.errors import MatsuriError, invalid_field
from matsuri.kit.ids import derived_id
from matsuri.planning.drafts import ChangeAction, Proposal, within
from matsuri.web.bodies import decode
from matsuri.web.definitions import DefinitionRequest, ForcibleRequest, body_fields, version_of

CHANGES_MAX = 100


class ProposedChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change as the endpoint of its kind would be told of it, and what it is to do."""

    kind: Annotated[
        str,
        Meta(
            description=(
                "`flag`, `audience`, `experiment`, `exclusion_group`, `holdout_group`, "
                "`live_event`, `event`, `property`, `validator` or `label`."
            )
        ),
    ]
    action: ChangeAction = ChangeAction.UPDATE
    id: Annotated[str, Meta(description="Its id or its name; empty for a new one.")] = ""
    definition: Annotated[
        dict[str, Any],
        Meta(
            description=(
                "What `POST` or `PUT` of that kind takes, with `name`, `version` and `force` as "
                "there."
            )
        ),
    ] = {}


ProposedChanges = Annotated[
    list[ProposedChange],
    Meta(
        max_length=CHANGES_MAX,
        description="Tried one after the other, and never made.",
    ),
]


class DraftKind(NamedTuple):
    """How changes of one kind are given: see ``web.definitions.Resource``.

    ``guard`` also gets whether a server key makes the change.
    """

    request_type: type[DefinitionRequest]
    body_type: type[Any]
    given: Callable[[dict[str, Any]], dict[str, Any]] = dict
    settled: Callable[[Any], Any] | None = None
    guard: Callable[[Any, Mapping[str, Any], bool], None] | None = None


def given_changes(
    changes: Sequence[ProposedChange], draft_kinds: Mapping[str, DraftKind]
) -> list[Proposal]:
    """The changes of a request; raises ``InvalidArgument`` that names the change by its index."""
    found = []
    for index, each in enumerate(changes):
        draft_kind = draft_kinds.get(each.kind)
        if draft_kind is None:
            allowed = ", ".join(sorted(draft_kinds))
            raise invalid_field(f"changes[{index}].kind", "cannot be tried out", allowed)
        if (each.action is ChangeAction.CREATE) == bool(each.id):
            problem = "is missing" if not each.id else "is given, but a new one has none yet"
            raise invalid_field(f"changes[{index}].id", problem)
        try:
            found.append(proposal_of(each, draft_kind))
        except MatsuriError as error:
            raise within(error, f"changes[{index}].definition") from None
    return found


def proposal_of(given: ProposedChange, kind: DraftKind, *, definition_id: str = "") -> Proposal:
    """One change; ``definition_id`` is the one that a new definition is to get, if it is known.

    Raises ``InvalidArgument`` that names a field of the definition.
    """
    request = decode(msgspec.json.Decoder(kind.request_type), msgspec.json.encode(given.definition))
    forced = isinstance(request, ForcibleRequest) and bool(request.force)
    version = version_of(request.version)
    if given.action is ChangeAction.DELETE:
        return Proposal(Deletion(given.kind, given.id, version=version), forced)
    fields = kind.given(body_fields(request))
    if given.action is ChangeAction.UPDATE:
        change = _merged(fields, kind.settled)
        return Proposal(
            Update(given.kind, given.id, change, name=request.name, version=version), forced
        )
    name = request.name or ""
    # Without one, always the same, so that what is tried twice comes to the same twice.
    definition_id = definition_id or derived_id(f"draft.{given.kind}", name)
    return Proposal(Creation(given.kind, name, kind.body_type(**fields), definition_id), forced)


def _merged(
    fields: Mapping[str, Any], settled: Callable[[Any], Any] | None
) -> Callable[[Any], Mapping[str, Any]]:
    def changes_of(body: Any) -> Mapping[str, Any]:
        if settled is None:
            return fields
        return {**msgspec.structs.asdict(settled(body)), **fields}

    return changes_of

"""What OpenFeature is told of a flag: a typed value, a reason, a variant. Pure."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from hashlib import blake2b
from weakref import WeakKeyDictionary

import msgspec

from matsuri.events.schemas import Schemas
from matsuri.flags.answers import Answer, Pieces
from matsuri.flags.compile import CompiledFlag, FlagSet
from matsuri.flags.model import OverrideType, Resolution
from matsuri.flags.stream_tokens import Watched
from matsuri.flags.values import ValueType, value_problem, value_type
from matsuri.kit.bucketing import BUCKETS

DEFAULT_VARIANT = "default"

_VERSION_BYTES = 12
_SOURCES: Mapping[OverrideType, str] = {
    OverrideType.FLAG_VARIANT: "flag_variant",
    OverrideType.LIVE_EVENT_FLAG: "live_event",
    OverrideType.LIVE_EVENT_FLAG_VARIANT: "live_event",
    OverrideType.EXPERIMENT_PHASE_VARIANT_FLAG: "experiment",
}

_encoder = msgspec.json.Encoder()


class Reason(StrEnum):
    """Why a flag has its value, in OpenFeature's words."""

    STATIC = "STATIC"
    DEFAULT = "DEFAULT"
    DISABLED = "DISABLED"
    TARGETING_MATCH = "TARGETING_MATCH"
    SPLIT = "SPLIT"


class ErrorCode(StrEnum):
    """Why there is no value, in OpenFeature's words."""

    FLAG_NOT_FOUND = "FLAG_NOT_FOUND"
    PARSE_ERROR = "PARSE_ERROR"
    TARGETING_KEY_MISSING = "TARGETING_KEY_MISSING"
    INVALID_CONTEXT = "INVALID_CONTEXT"
    GENERAL = "GENERAL"


class EvaluationMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A flag as OpenFeature has it; ``metadata`` says what its value comes from, if not itself."""

    key: str
    value: msgspec.Raw
    reason: Reason
    variant: str
    metadata: dict[str, str] = {}


class FailureMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why there is no value; without a ``key``, why there is none of any flag."""

    key: str = ""
    error_code: ErrorCode = msgspec.field(name="errorCode")
    error_details: str = msgspec.field(name="errorDetails")


class Evaluations:
    """Makes of answers what OpenFeature is told, once for each, at one version of everything."""

    def __init__(self, flags: FlagSet, schemas: Schemas) -> None:
        self._flags = flags
        self._schemas = schemas
        self._types: dict[str, ValueType] = {}
        self._pieces = Pieces(self._encoded)
        # Versions alone: the text is as long again as the answer, and soon put together.
        self._versions: WeakKeyDictionary[Answer, str] = WeakKeyDictionary()

    def bulk(self, answer: Answer) -> bytes:
        """All flags, encoded one after the other."""
        return b",".join(self.one(answer, name) for name in sorted(answer.flags))

    def version(self, answer: Answer) -> str:
        """The same text for equal ``bulk``, and for no others."""
        known = self._versions.get(answer)
        if known is None:
            known = blake2b(self.bulk(answer), digest_size=_VERSION_BYTES).hexdigest()
            self._versions[answer] = known
        return known

    def one(self, answer: Answer, name: str) -> bytes:
        """One flag, which there is."""
        return self._pieces.of(name, answer.flags[name])

    def is_failure(self, answer: Answer, name: str) -> bool:
        """Whether that flag has a value that is not of its type."""
        resolution = answer.flags[name]
        return typed(resolution.override.value, self._type_of(name)) is None

    def _encoded(self, name: str, resolution: Resolution) -> bytes:
        kind = self._type_of(name)
        value = typed(resolution.override.value, kind)
        if value is None:
            details = f"The value that holds for the caller is no {kind.value}"
            return _encoder.encode(
                FailureMessage(key=name, error_code=ErrorCode.PARSE_ERROR, error_details=details)
            )
        override = resolution.override
        source = _SOURCES.get(override.type)
        return _encoder.encode(
            EvaluationMessage(
                key=name,
                value=value,
                reason=reason_of(self._flags.by_name[name], resolution),
                variant=(override.variant_name or override.name) if source else DEFAULT_VARIANT,
                metadata={"source": source, "sourceName": override.name} if source else {},
            )
        )

    def _type_of(self, name: str) -> ValueType:
        known = self._types.get(name)
        if known is None:
            known = self._types[name] = type_of(self._flags.by_name[name], self._schemas)
        return known


class NewestEvaluations:
    """The evaluations of the newest flags and validators; the same as long as these are."""

    def __init__(self, flags: Callable[[], FlagSet], schemas: Callable[[], Schemas]) -> None:
        self._flags = flags
        self._schemas = schemas
        self._known: tuple[FlagSet, Schemas, Evaluations] | None = None

    def __call__(self) -> Evaluations:
        """See the class."""
        flags, schemas = self._flags(), self._schemas()
        known = self._known
        if known is None or known[0] is not flags or known[1] is not schemas:
            same = known is not None and known[0] is flags and _equal(known[1], schemas)
            evaluations = known[2] if known and same else Evaluations(flags, schemas)
            known = self._known = (flags, schemas, evaluations)
        return known[2]


def _equal(one: Schemas, other: Schemas) -> bool:
    # As texts: to Python, true is equal to 1.
    return _encoder.encode(one.sources) == _encoder.encode(other.sources)


def etag_of(version: str, watched: Watched) -> str:
    """The entity tag of all flags of a caller, with the address of the stream about them.

    Equal flags of somebody else have another one: who becomes a player, or another player, must
    not stay with the stream of before.
    """
    return f'W/"{version}.{watched.mark}"'


def reason_of(flag: CompiledFlag, resolution: Resolution) -> Reason:
    """Why a player has ``resolution`` of ``flag``."""
    kind = resolution.override.type
    if kind is OverrideType.EXPERIMENT_PHASE_VARIANT_FLAG:
        return Reason.SPLIT
    for state in flag.states:
        if resolution is state.default:
            if not state.enabled:
                return Reason.DISABLED
            return Reason.DEFAULT if state.variants else Reason.STATIC
        for variant in state.variants:
            if resolution is variant.resolution and variant.buckets < BUCKETS:
                return Reason.SPLIT
    return Reason.TARGETING_MATCH


def type_of(flag: CompiledFlag, schemas: Schemas) -> ValueType:
    """What all values of a flag are, now and later; where they differ, they are texts."""
    validator = flag.definition.body.validator
    texts = {
        resolution.override.value
        for state in flag.states
        for resolution in (state.default, *(each.resolution for each in state.variants))
    }
    found = {_type_under(text, validator, schemas) for text in texts}
    return found.pop() if len(found) == 1 else ValueType.STRING


def typed(text: str, kind: ValueType) -> msgspec.Raw | None:
    """The JSON of a value of that type; ``None`` where it is of another one."""
    if kind is ValueType.STRING:
        return msgspec.Raw(_encoder.encode(text))
    return msgspec.Raw(text.encode()) if value_type(text) is kind else None


def _type_under(text: str, validator: str, schemas: Schemas) -> ValueType:
    """What a text stands for; a text, if that is all that the flag's validator lets it be."""
    kind = value_type(text)
    schema = schemas.find(validator) if validator else None
    if schema is None or kind is ValueType.STRING:
        return kind
    as_value = msgspec.json.decode(text)
    only_text = schema.problem(as_value) is not None and not value_problem(schema, text)
    return ValueType.STRING if only_text else kind

"""Bodies of every kind, as definitions may have them."""

from typing import Any

import msgspec
from hypothesis import strategies as st

from matsuri.audiences.model import AudienceDefinition
from matsuri.events.taxonomy import (
    EventDefinition,
    LabelDefinition,
    PropertyDefinition,
    ValidatorDefinition,
    ValueType,
)
from matsuri.experiments.model import (
    ExclusionGroup,
    ExperimentDefinition,
    FlagValue,
    HoldoutGroup,
    Phase,
    PhaseVariant,
    SplitKey,
)
from matsuri.flags.model import FlagDefinition, ScheduledChange, Variant
from matsuri.live_events.model import (
    FlagOverride,
    FlagVariantValue,
    LiveEventDefinition,
    Schedule,
)
from tests.unit.strategies import storable_text

HOSTILE = (
    "", "null", "Null", "~", "yes", "no", "On", "y", "true", "True", "1e3", "1_000", "0x1F", "0o17",
    "010", "-1", "+1", ".5", "5.", ".inf", "NaN", "1:30", "2026-11-24", "2026-11-24T18:00:00Z",
    "../x", "CON", "a: b", "a #b", "# x", "- x", "? x", "!x", "&x", "*x", "%x", "@x", "`x", "{x}",
    "[x]", "'x'", '"x"', "a\\b", "x ", " x", "\t", "\n", "x\n", "x\n\n", "\nx", " x\ny", "x\n y\n",
    "x \ny", "x\r\ny", "\x85", "\u2028", "\ufeff", "\x7f", "\x1b[31m", "é", "e\u0301", "日本語",
    "😀", "---", "...", "--- x", "=", "<<", "|", ">", "a,b", "x:", ":x", "key: |\n  x", "a\tb",
)  # fmt: skip
# As long as labels may be, which requests are held to before anything else.
texts = st.sampled_from(HOSTILE) | storable_text.map(lambda text: text[:64])
names = texts.filter(bool)
name_lists = st.lists(names, max_size=3, unique=True).map(tuple)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


wire_values = (
    texts
    | json_values.map(_json)
    | st.sampled_from(
        [
            '{"a": 1}',
            '{"b":1,"a":2}',
            '{"a":1,"a":2}',
            "1.50",
            "1e400",
            "-0",
            "-0.0",
            '"quoted"',
            "[1, 2]",
        ]
    )
)
times = st.integers(1, 253_402_300_799)
percents = st.floats(0, 100) | st.integers(0, 100).map(float)
permilles = st.integers(0, 1000)


def structs(type_: Any, **fields: Any) -> st.SearchStrategy[Any]:
    """Bodies of a type with these fields, each of which may also be left out."""
    required = {
        each.name
        for each in msgspec.structs.fields(type_)
        if each.default is msgspec.NODEFAULT and each.default_factory is msgspec.NODEFAULT
    }
    given = {name: made for name, made in fields.items() if name in required}
    others = {name: made for name, made in fields.items() if name not in required}
    return st.fixed_dictionaries(given, optional=others).map(lambda told: type_(**told))


def lists(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3).map(tuple)


_said = {"description": texts, "labels": name_lists}
_variants = structs(
    Variant,
    name=names,
    value=wire_values,
    audiences=name_lists,
    rollout_percent=percents,
    description=texts,
)
_phase_variants = structs(
    PhaseVariant,
    name=names,
    weight_permille=permilles,
    value=wire_values,
    flags=lists(structs(FlagValue, flag=names, value=wire_values)),
    description=texts,
)
_phases = structs(
    Phase,
    name=names,
    description=texts,
    start_time_sec=times,
    end_time_sec=times,
    split_key=st.sampled_from(SplitKey),
    variants=lists(_phase_variants),
    audiences=name_lists,
    exclude_audiences=name_lists,
    goal_metrics=name_lists,
    participants_max=st.integers(0, 10**12),
    admission_deadline_time_sec=times,
    locked=st.booleans(),
)
BODIES: dict[str, st.SearchStrategy[Any]] = {
    "label": structs(LabelDefinition, description=texts, colour=texts.map(lambda text: text[:7])),
    "validator": structs(
        ValidatorDefinition,
        **_said,
        schema=st.booleans() | st.dictionaries(texts, json_values, max_size=3),
    ),
    "event": structs(
        EventDefinition,
        **_said,
        value_type=st.sampled_from(ValueType),
        value_validator=texts,
        metadata_validator=texts,
    ),
    "property": structs(PropertyDefinition, **_said, value_type=st.sampled_from(ValueType)),
    "audience": structs(AudienceDefinition, **_said, filter=texts, managed=st.booleans()),
    "flag": structs(
        FlagDefinition,
        **_said,
        value=wire_values,
        validator=texts,
        enabled=st.booleans(),
        variants=lists(_variants),
        schedule=lists(
            structs(
                ScheduledChange,
                at_time_sec=times,
                value=wire_values,
                enabled=st.booleans(),
                variants=lists(_variants),
            )
        ),
    ),
    "exclusion_group": structs(ExclusionGroup, **_said),
    "holdout_group": structs(HoldoutGroup, **_said, holdout_permille=permilles),
    "experiment": structs(
        ExperimentDefinition,
        **_said,
        hypothesis=texts,
        goal_metrics=name_lists,
        monitor_metrics=name_lists,
        audiences=name_lists,
        exclude_audiences=name_lists,
        exclusion_group=texts,
        exclusion_from_permille=permilles,
        exclusion_to_permille=permilles,
        holdout_group=texts,
        phases=lists(_phases),
        launched=st.booleans(),
        archived=st.booleans(),
    ),
    "live_event": structs(
        LiveEventDefinition,
        **_said,
        template=texts,
        color=texts,
        value=wire_values,
        validator=texts,
        metrics=name_lists,
        audiences=name_lists,
        exclude_audiences=name_lists,
        flags=lists(
            structs(
                FlagOverride,
                flag=names,
                value=wire_values,
                variants=lists(
                    structs(FlagVariantValue, name=names, value=wire_values, audiences=name_lists)
                ),
            )
        ),
        sticky_membership=st.booleans(),
        explicit_join=st.booleans(),
        participants_max=st.integers(0, 10**12),
        schedule=structs(
            Schedule,
            start_time_sec=times,
            end_time_sec=times,
            reset_cron=st.sampled_from(["", "0 18 * * FRI"]),
            duration_sec=st.integers(0, 10**6),
            time_zone=texts,
            player_local=st.booleans(),
        ),
        draft=st.booleans(),
        archived=st.booleans(),
    ),
}
definitions = st.sampled_from(sorted(BODIES)).flatmap(
    lambda kind: st.tuples(st.just(kind), names, BODIES[kind])
)

"""Code in GDScript, for Godot 4 and its Satori SDK. Pure."""

from matsuri.codegen.gdscript_types import (
    INDENT,
    RESERVED,
    class_lines,
    comment,
    constants,
    converted,
    declared,
    members_of,
    optional_type,
    shape_of,
    type_of,
)
from matsuri.codegen.lines import header_lines, indented, literal
from matsuri.codegen.names import identifiers, pascal, snake
from matsuri.codegen.plan import EventPlan, FlagPlan, Plan, PropertyPlan, is_text
from matsuri.codegen.shapes import Field, Record

_FLAGS_RESERVED = RESERVED | {"of"}
_PROPERTIES = "CustomProperties"


def gdscript(plan: Plan, runtime: str) -> str:
    """One script: constants, ``Flags``, ``Events`` and ``CustomProperties``."""
    begin = [f"# {line}" for line in header_lines(plan, "gdscript")]
    parts = [
        [*begin, *runtime.strip().splitlines()],
        constants("FlagNames", {each.name: each.description for each in plan.flags}),
        constants("EventNames", {each.name: each.description for each in plan.events}),
        constants("PropertyNames", {each.name: each.description for each in plan.properties}),
        constants("ExperimentNames", plan.experiments),
        constants("LiveEventNames", plan.live_events),
        *_flags(plan.flags),
        *_events(plan.events),
        *_properties(plan.properties),
    ]
    return "\n\n\n".join("\n".join(part) for part in parts) + "\n"


def _flags(flags: list[FlagPlan]) -> list[list[str]]:
    known = identifiers((each.name for each in flags), pascal)
    types = {name: f"{identifier}Value" for name, identifier in known.items()}
    getters = identifiers((each.name for each in flags), snake, _FLAGS_RESERVED)
    parts = [_FLAGS_BEGIN.splitlines()]
    for flag in flags:
        type_ = types[flag.name]
        told = f"{literal(flag.name)}, {shape_of(flag.shape)}, {literal(flag.default)}"
        read = [f"return Detail.read_text(_texts, {told})"]
        if not is_text(flag.shape):
            read = [
                f"var json: Variant = Detail.read(_texts, {told})",
                f"return {converted(flag.shape, type_, 'json')}",
            ]
        parts.append(
            [
                *comment(flag.description),
                f"func {getters[flag.name]}() -> {type_of(flag.shape, type_)}:",
                *indented(read, INDENT),
            ]
        )
    return [
        *(part for each in flags for part in declared(each.shape, types[each.name])),
        [
            *comment("The values of flags: of what the SDK answered, or the defaults."),
            *class_lines("Flags", parts),
        ],
    ]


_FLAGS_BEGIN = """\
var _texts: Dictionary = {}

## Of the flags of an answer, which have a name and a value each.
static func of(flags: Array) -> Flags:
	var made := Flags.new()
	for each in flags:
		made._texts[each.name] = each.value
	return made"""


def _events(events: list[EventPlan]) -> list[list[str]]:
    known = identifiers((each.name for each in events), pascal)
    makers = identifiers((each.name for each in events), snake, RESERVED)
    types = {name: f"{identifier}Fields" for name, identifier in known.items()}
    return [
        *(part for each in events for part in _event_fields(each, types[each.name])),
        [
            *comment("Events to send."),
            *class_lines(
                "Events",
                [_event_maker(each, types[each.name], makers[each.name]) for each in events],
            ),
        ],
    ]


def _event_fields(event: EventPlan, type_: str) -> list[list[str]]:
    value_type, metadata_type = f"{type_}_Value", f"{type_}_Metadata"
    metadata = "metadata: Dictionary = {}"
    if event.metadata is not None:
        metadata = f"metadata: {metadata_type} = {metadata_type}.new()"
    body = [
        "## Null for none.",
        f"var value: {optional_type(event.value, value_type)} = null",
        f"var {metadata}",
        "## When it was, in seconds of Unix time; now if it is 0.",
        "var at: float = 0.0",
    ]
    return [
        *declared(event.value, value_type),
        *(declared(event.metadata, metadata_type) if event.metadata is not None else []),
        [*comment(event.description), *class_lines(type_, [body])],
    ]


def _event_maker(event: EventPlan, type_: str, maker: str) -> list[str]:
    metadata = "known.metadata"
    if event.metadata is not None:
        metadata = "Detail.texts_of(known.metadata._members())"
    return [
        *comment(event.description),
        f"static func {maker}(fields: {type_} = null) -> EventPayload:",
        f"{INDENT}var known: {type_} = fields if fields != null else {type_}.new()",
        f"{INDENT}return Detail.event({literal(event.name)}, known.value, {metadata}, known.at)",
    ]


def _properties(properties: list[PropertyPlan]) -> list[list[str]]:
    fields = tuple(
        Field(name=each.name, shape=each.shape, required=False, description=each.description)
        for each in properties
    )
    members = members_of(fields)
    argument = "custom" if fields else "_custom"
    read = [f"var made := {_PROPERTIES}.new()"]
    for field in fields:
        name = literal(field.name)
        told = (
            f"custom.get({name})" if is_text(field.shape) else f"Detail.read_number(custom, {name})"
        )
        read.append(f"made.{members[field.name]} = {told}")
    return [
        *declared(Record(fields), _PROPERTIES),
        [
            *comment("Custom properties as the SDK takes and answers them."),
            *class_lines(
                "PropertyTexts",
                [
                    [
                        "## As the SDK takes them.",
                        f"static func of(values: {_PROPERTIES}) -> Dictionary:",
                        f"{INDENT}return Detail.texts_of(values._members())",
                    ],
                    [
                        "## Of what the SDK answered, without those that are wrong.",
                        f"static func read({argument}: Dictionary) -> {_PROPERTIES}:",
                        *indented([*read, "return made"], INDENT),
                    ],
                ],
            ),
        ],
    ]

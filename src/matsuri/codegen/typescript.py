"""Code in TypeScript, for ``satori-js``. Pure."""

from collections.abc import Mapping

from matsuri.codegen.lines import comment_lines, header_lines, indented
from matsuri.codegen.lines import literal as _text
from matsuri.codegen.names import camel, identifiers, pascal
from matsuri.codegen.plan import EventPlan, FlagPlan, Plan, PropertyPlan, is_text
from matsuri.codegen.shapes import (
    AnyJson,
    Choice,
    Field,
    ListOf,
    Nullable,
    Number,
    Record,
    Shape,
    Text,
    Truth,
    Whole,
)

_INDENT = "  "
# Members that every object has already.
_RESERVED = frozenset(
    {
        "constructor",
        "hasOwnProperty",
        "isPrototypeOf",
        "length",
        "name",
        "propertyIsEnumerable",
        "prototype",
        "toJSON",
        "toLocaleString",
        "toString",
        "then",
        "valueOf",
    }
)
_PLAIN_TYPES: Mapping[type[Shape], tuple[str, str]] = {
    Text: ("string", "isText"),
    Number: ("number", "isNumber"),
    Whole: ("number", "isWhole"),
    Truth: ("boolean", "isTruth"),
    AnyJson: ("Json", "isJson"),
}


def typescript(plan: Plan, runtime: str) -> str:
    """One module: constants, ``Flags``, ``Events`` and custom properties."""
    parts = [
        [f"// {line}" for line in header_lines(plan, "typescript")],
        runtime.strip().splitlines(),
        _names("FlagName", "Names of flags.", {each.name: each.description for each in plan.flags}),
        _names(
            "EventName", "Names of events.", {each.name: each.description for each in plan.events}
        ),
        _names(
            "PropertyName",
            "Names of custom properties.",
            {each.name: each.description for each in plan.properties},
        ),
        _names("ExperimentName", "Names of experiments.", plan.experiments),
        _names("LiveEventName", "Names of live events.", plan.live_events),
        *_flags(plan.flags),
        *_events(plan.events),
        *_properties(plan.properties),
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _comment(text: str) -> list[str]:
    lines = comment_lines(text)
    if len(lines) == 1:
        return [f"/** {lines[0]} */"]
    return ["/**", *(f" * {line}" for line in lines), " */"] if lines else []


def _names(title: str, comment: str, names: Mapping[str, str]) -> list[str]:
    known = identifiers(names, pascal, _RESERVED)
    lines = [*_comment(comment), f"export const {title} = {{"]
    for name, description in names.items():
        lines += indented([*_comment(description), f"{known[name]}: {_text(name)},"], _INDENT)
    return [*lines, "} as const;"]


def _type(shape: Shape) -> str:
    match shape:
        case Choice(values):
            return " | ".join(_text(each) for each in values)
        case ListOf(item):
            return f"readonly ({_type(item)})[]"
        case Nullable(of):
            return f"{_type(of)} | null"
        case Record():
            return "\n".join(_record_type(shape))
        case _:
            return _PLAIN_TYPES[type(shape)][0]


def _record_type(record: Record) -> list[str]:
    lines = ["{"]
    for field in record.fields:
        begin = f"readonly {_text(field.name)}{'' if field.required else '?'}: "
        first, *rest = _type(field.shape).splitlines()
        end = "" if field.required else " | undefined"
        told = [begin + first, *rest]
        told[-1] += f"{end};"
        lines += indented([*_comment(field.description), *told], _INDENT)
    return [*lines, "}"]


def _check(shape: Shape) -> str:
    match shape:
        case Choice(values):
            return f"isOneOf({', '.join(_text(each) for each in values)})"
        case ListOf(item):
            return f"isListOf({_check(item)})"
        case Nullable(of):
            return f"isNullOr({_check(of)})"
        case Record(fields):
            members = (
                f"[{_text(each.name)}, {str(each.required).lower()}, {_check(each.shape)}]"
                for each in fields
            )
            return f"isRecord({', '.join(members)})"
        case _:
            return _PLAIN_TYPES[type(shape)][1]


def _flags(flags: list[FlagPlan]) -> list[list[str]]:
    types = identifiers((each.name for each in flags), pascal)
    getters = identifiers((each.name for each in flags), camel, _RESERVED)
    body = [
        "readonly #texts = new Map<string, string>();",
        "",
        "constructor(flags?: readonly NamedLike[] | null) {",
        "  for (const { name, value } of flags ?? []) {",
        '    if (typeof name !== "string" || typeof value !== "string") continue;',
        "    this.#texts.set(name, value);",
        "  }",
        "}",
    ]
    for flag in flags:
        type_ = f"{types[flag.name]}Value"
        read = "readText" if is_text(flag.shape) else "readJson"
        arguments = f"this.#texts.get({_text(flag.name)}), {_check(flag.shape)}"
        body += [
            "",
            *_comment(flag.description),
            f"get {getters[flag.name]}(): {type_} {{",
            f"  return {read}<{type_}>({arguments}, {_text(flag.default)});",
            "}",
        ]
    return [
        *(
            [
                *_comment(each.description),
                f"export type {types[each.name]}Value =",
                *indented(f"{_type(each.shape)};".splitlines(), _INDENT),
            ]
            for each in flags
        ),
        [
            *_comment("The values of flags: of what the SDK answered, or the defaults."),
            "export class Flags {",
            *indented(body, _INDENT),
            "}",
        ],
    ]


def _events(events: list[EventPlan]) -> list[list[str]]:
    types = identifiers((each.name for each in events), pascal)
    makers = identifiers((each.name for each in events), camel, _RESERVED)
    body: list[str] = []
    for event in events:
        required = event.metadata is not None and any(
            each.required for each in event.metadata.fields
        )
        fields = f"{types[event.name]}Fields{'' if required else ' = {}'}"
        body += [
            *_comment(event.description),
            f"{makers[event.name]}(fields: {fields}): EventPayload {{",
            f"  const metadata = {_metadata(event.metadata)};",
            f"  return event({_text(event.name)}, fields.value, metadata, fields.at);",
            "},",
        ]
    return [
        *(_event_fields(types[each.name], each) for each in events),
        [
            *_comment("Events to send."),
            "export const Events = {",
            *indented(body, _INDENT),
            "};",
        ],
    ]


def _event_fields(type_: str, event: EventPlan) -> list[str]:
    metadata = event.metadata
    told = "Record<string, string>" if metadata is None else _type(metadata)
    needed = metadata is not None and any(each.required for each in metadata.fields)
    first, *rest = told.splitlines()
    lines = [
        f"readonly value?: {_type(event.value)} | undefined;",
        f"readonly metadata{'' if needed else '?'}: {first}",
        *rest,
    ]
    lines[-1] += ";" if needed else " | undefined;"
    lines += ["/** When it was; now if left out. */", "readonly at?: Date | undefined;"]
    return [f"export interface {type_}Fields {{", *indented(lines, _INDENT), "}"]


def _metadata(metadata: Record | None) -> str:
    if metadata is None:
        return "fields.metadata"
    members = (_member("fields.metadata", each.name) for each in metadata.fields)
    return f"textsOf([{', '.join(members)}])"


def _properties(properties: list[PropertyPlan]) -> list[list[str]]:
    record = Record(
        tuple(
            Field(name=each.name, shape=each.shape, required=False, description=each.description)
            for each in properties
        )
    )
    members = ", ".join(_member("values", each.name) for each in properties)
    checks = ", ".join(
        f"[{_text(each.name)}, {str(is_text(each.shape)).lower()}, {_check(each.shape)}]"
        for each in properties
    )
    return [
        [
            *_comment("Custom properties; those that are left out stay as they are."),
            f"export type CustomProperties = {_type(record)};",
        ],
        [
            *_comment("Custom properties as the SDK takes them."),
            "export function customProperties(values: CustomProperties): Record<string, string> {",
            f"  return textsOf([{members}]);",
            "}",
        ],
        [
            *_comment("Custom properties of what the SDK answered, without those that are wrong."),
            "export function readCustomProperties(",
            "  custom: Readonly<Record<string, string>> | null | undefined,",
            "): CustomProperties {",
            f"  return readFields(custom, [{checks}]) as CustomProperties;",
            "}",
        ],
    ]


def _member(values: str, name: str) -> str:
    return f"[{_text(name)}, memberOf({values}, {_text(name)})]"

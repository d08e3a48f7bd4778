"""Code in C++17, for the Satori SDK's structs. Pure."""

from collections.abc import Mapping

from matsuri.codegen.cpp_types import (
    INDENT,
    RESERVED,
    comment,
    declared,
    functions,
    members_of,
    string,
    type_of,
    view,
)
from matsuri.codegen.lines import header_lines, indented
from matsuri.codegen.names import identifiers, pascal, snake
from matsuri.codegen.plan import EventPlan, FlagPlan, Plan, PropertyPlan
from matsuri.codegen.shapes import Choice, Field, Record, Text


def cpp(plan: Plan, runtime: str) -> str:
    """One header: constants, ``Flags``, ``events`` and ``CustomProperties``."""
    parts = [
        [f"// {line}" for line in header_lines(plan, "cpp")] + ["#pragma once"],
        runtime.strip().splitlines(),
        _names("flag_names", {each.name: each.description for each in plan.flags}),
        _names("event_names", {each.name: each.description for each in plan.events}),
        _names("property_names", {each.name: each.description for each in plan.properties}),
        _names("experiment_names", plan.experiments),
        _names("live_event_names", plan.live_events),
        *_flags(plan.flags),
        *_events(plan.events),
        *_properties(plan.properties),
        ["}  // namespace game_definitions"],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _names(namespace: str, names: Mapping[str, str]) -> list[str]:
    known = identifiers(names, snake, RESERVED)
    lines = [f"namespace {namespace} {{"]
    for name, description in names.items():
        lines += [
            *comment(description),
            f"inline constexpr std::string_view {known[name]} = {view(name)};",
        ]
    return [*lines, f"}}  // namespace {namespace}"]


def _flags(flags: list[FlagPlan]) -> list[list[str]]:
    known = identifiers((each.name for each in flags), pascal)
    types = {name: f"{identifier}Value" for name, identifier in known.items()}
    getters = identifiers((each.name for each in flags), snake, RESERVED)
    body = [
        "Flags() = default;",
        "",
        "/// Of the flags of an answer, which have a name and a value each.",
        "template <typename SdkFlags>",
        "explicit Flags(const SdkFlags& flags) {",
        "  for (const auto& flag : flags) texts_[flag.name] = flag.value;",
        "}",
    ]
    for flag in flags:
        type_ = type_of(flag.shape, types[flag.name])
        name = string(flag.name)
        body += [
            "",
            *comment(flag.description),
            f"{type_} {getters[flag.name]}() const {{",
            *indented(_read(flag, type_, name), INDENT),
            "}",
        ]
    types_and_functions = (
        [*comment(each.description), *lines, *functions(each.shape, types[each.name])]
        for each in flags
        if (lines := declared(each.shape, types[each.name]))
    )
    return [
        *types_and_functions,
        [
            "/// The values of flags: of what the SDK answered, or the defaults.",
            "class Flags {",
            " public:",
            *indented(body, INDENT),
            "",
            " private:",
            "  std::map<std::string, std::string> texts_;",
            "};",
        ],
    ]


def _read(flag: FlagPlan, type_: str, name: str) -> list[str]:
    default = string(flag.default)
    match flag.shape:
        case Text():
            return [
                f"const auto found = texts_.find({name});",
                f"return found == texts_.end() ? {default} : found->second;",
            ]
        case Choice():
            return [
                f"{type_} choice{{}};",
                f"const auto found = texts_.find({name});",
                "if (found != texts_.end() && choose(found->second, choice)) return choice;",
                f"choose({default}, choice);",
                "return choice;",
            ]
        case _:
            return [
                f"const auto found = texts_.find({name});",
                "const auto* text = found == texts_.end() ? nullptr : &found->second;",
                f"return detail::read_json<{type_}>(text, {view(flag.default)});",
            ]


def _events(events: list[EventPlan]) -> list[list[str]]:
    types = identifiers((each.name for each in events), pascal)
    makers = identifiers((each.name for each in events), snake, RESERVED)
    lines: list[list[str]] = []
    for event in events:
        type_ = f"{types[event.name]}Fields"
        value_name = f"{type_}_Value"
        value_types = declared(event.value, value_name)
        lines.append([*value_types, *functions(event.value, value_name)])
        lines += _event_fields(event, type_, type_of(event.value, value_name))
        lines.append(_event_maker(event, type_, makers[event.name]))
    return [part for part in lines if part]


def _event_fields(event: EventPlan, type_: str, value_type: str) -> list[list[str]]:
    metadata, inner = "std::map<std::string, std::string>", []
    read_write: list[str] = []
    if event.metadata is not None:
        metadata = f"{type_}_Metadata"
        inner = declared(event.metadata, metadata)
        read_write = functions(event.metadata, metadata)
    struct = [
        *comment(event.description),
        f"struct {type_} {{",
        f"  std::optional<{value_type}> value{{}};",
        f"  {metadata} metadata{{}};",
        "};",
    ]
    return [[*inner, *read_write], struct]


def _event_maker(event: EventPlan, type_: str, maker: str) -> list[str]:
    lines = [
        f"inline EventPayload {maker}(const {type_}& fields = {{}}) {{",
        "  EventPayload event;",
        f"  event.name = {string(event.name)};",
        "  event.value = detail::text_of(fields.value);",
    ]
    if event.metadata is None:
        lines.append("  event.metadata = fields.metadata;")
    else:
        members = members_of(event.metadata.fields)
        lines += [
            f"  detail::put(event.metadata, {string(each.name)},"
            f" fields.metadata.{members[each.name]});"
            for each in event.metadata.fields
        ]
    return [
        "namespace events {",
        *comment(event.description),
        *lines,
        "  return event;",
        "}",
        "}  // namespace events",
    ]


def _properties(properties: list[PropertyPlan]) -> list[list[str]]:
    fields = tuple(
        Field(name=each.name, shape=each.shape, required=False, description=each.description)
        for each in properties
    )
    members = members_of(fields)
    writes = [f"  detail::put(texts, {string(name)}, values.{members[name]});" for name in members]
    reads = [
        f"  detail::read_text(texts, {string(name)}, values.{members[name]});" for name in members
    ]
    return [
        [
            "/// Custom properties; those that are left out stay as they are.",
            *declared(Record(fields), "CustomProperties"),
        ],
        [
            "/// Custom properties as the SDK takes them.",
            "inline std::map<std::string, std::string> custom_properties(",
            "    const CustomProperties& values) {",
            "  std::map<std::string, std::string> texts;",
            "  static_cast<void>(values);",
            *writes,
            "  return texts;",
            "}",
        ],
        [
            "/// Custom properties of what the SDK answered, without those that are wrong.",
            "inline CustomProperties read_custom_properties(",
            "    const std::map<std::string, std::string>& texts) {",
            "  CustomProperties values;",
            "  static_cast<void>(texts);",
            *reads,
            "  return values;",
            "}",
        ],
    ]

"""Types of GDScript for shapes, with how they are read and written. Pure.

GDScript has no type for "a number or nothing": what may be null is a ``Variant``, unless it is an
object. All classes stand beside each other, for those within others have had bugs of their own.
"""

from collections.abc import Mapping

from matsuri.codegen.lines import comment_lines, indented, literal
from matsuri.codegen.names import identifiers, pascal, snake
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

INDENT = "\t"
# Words of GDScript, types in small letters, and members of Object and RefCounted.
_WORDS = (
    "and as assert await break breakpoint class class_name const continue elif else enum "
    "extends false for func if in is match namespace not null or pass preload return self "
    "signal static super trait true var void when while yield bool int float "
    "add_user_signal call call_deferred callv can_translate_messages cancel_free connect "
    "disconnect emit_signal free get get_class get_incoming_connections get_indexed "
    "get_instance_id get_meta get_meta_list get_method_argument_count get_method_list "
    "get_property_list get_reference_count get_script get_signal_connection_list "
    "get_signal_list get_translation_domain has_connections has_meta has_method has_signal "
    "has_user_signal init_ref is_blocking_signals is_class is_connected "
    "is_queued_for_deletion new notification notify_property_list_changed "
    "property_can_revert property_get_revert property_list_changed reference remove_meta "
    "remove_user_signal script script_changed set set_block_signals set_deferred "
    "set_indexed set_message_translation set_meta set_script set_translation_domain "
    "to_string tr tr_n unreference "
)
RESERVED = frozenset(_WORDS.split())
# Constants and types that are all in capitals, and the constants of Object.
_CONSTANTS = (
    "PI TAU INF NAN AABB RID OS IP JSON JSONRPC UPNP XRVRS CONNECT_DEFERRED CONNECT_PERSIST "
    "CONNECT_ONE_SHOT CONNECT_REFERENCE_COUNTED CONNECT_APPEND_SOURCE_OBJECT "
    "NOTIFICATION_POSTINITIALIZE NOTIFICATION_PREDELETE NOTIFICATION_EXTENSION_RELOADED "
)
CONSTANTS_RESERVED = frozenset(_CONSTANTS.split())
# The type, its first value, and the name of its kind in a shape.
_PLAIN: Mapping[type[Shape], tuple[str, str, str]] = {
    Text: ("String", '""', "text"),
    Number: ("float", "0.0", "number"),
    Whole: ("int", "0", "whole"),
    Truth: ("bool", "false", "truth"),
    AnyJson: ("Variant", "null", "any"),
}
_LISTS: Mapping[type[Shape], tuple[str, str]] = {
    Text: ("Array[String]", "Detail.strings"),
    Choice: ("Array[String]", "Detail.strings"),
    Number: ("Array[float]", "Detail.numbers"),
    Whole: ("Array[int]", "Detail.wholes"),
    Truth: ("Array[bool]", "Detail.truths"),
}


def constant(words: list[str]) -> str:
    """``SHOP_OFFER``."""
    return snake(words).upper()


def comment(text: str) -> list[str]:
    """``text`` as lines of documentation."""
    return [f"## {line}" for line in comment_lines(text)]


def constants(name: str, texts: Mapping[str, str]) -> list[str]:
    """A class of constants: texts with what they are for."""
    known = identifiers(texts, constant, CONSTANTS_RESERVED)
    lines = [
        line
        for text, description in texts.items()
        for line in (*comment(description), f"const {known[text]} := {literal(text)}")
    ]
    return class_lines(name, [lines])


def class_lines(name: str, parts: list[list[str]]) -> list[str]:
    """A class of these parts, with a line between them."""
    body = "\n\n".join("\n".join(part) for part in (["extends RefCounted"], *parts) if part)
    return [f"class {name}:", *indented(body.splitlines(), INDENT)]


def type_of(shape: Shape, name: str) -> str:
    """The type of a shape; ``name`` is that of the class if it needs one."""
    match shape:
        case ListOf(item):
            return _LISTS[type(item)][0] if type(item) in _LISTS else "Array"
        case Nullable(of):
            return optional_type(of, name)
        case Choice():
            return "String"
        case Record():
            return name
        case _:
            return _PLAIN[type(shape)][0]


def optional_type(shape: Shape, name: str) -> str:
    """The same, with null for what is missing."""
    inner = shape.of if isinstance(shape, Nullable) else shape
    return name if isinstance(inner, Record) else "Variant"


def declared(shape: Shape, name: str) -> list[list[str]]:
    """The classes that ``shape`` needs, if any."""
    match shape:
        case ListOf(item):
            return declared(item, f"{name}_Item")
        case Nullable(of):
            return declared(of, name)
        case Choice(values):
            return [constants(name, dict.fromkeys(values, ""))]
        case Record(fields):
            types = types_of(fields, name)
            inner = [part for each in fields for part in declared(each.shape, types[each.name])]
            return [*inner, class_lines(name, _record(fields, name))]
        case _:
            return []


def members_of(fields: tuple[Field, ...]) -> dict[str, str]:
    """The name of each field's variable."""
    return identifiers((each.name for each in fields), snake, RESERVED)


def types_of(fields: tuple[Field, ...], owner: str) -> dict[str, str]:
    """The name of each field's own class, if it needs one."""
    known = identifiers((each.name for each in fields), pascal)
    return {name: f"{owner}_{identifier}" for name, identifier in known.items()}


def variable(field: Field, member: str, type_name: str) -> list[str]:
    """The declaration of a field's variable."""
    if field.required:
        type_, first = type_of(field.shape, type_name), _first_value(field.shape, type_name)
    else:
        type_, first = optional_type(field.shape, type_name), "null"
    return [*comment(field.description), f"var {member}: {type_} = {first}"]


def members_function(fields: tuple[Field, ...]) -> list[str]:
    """What tells the names and values of a record."""
    members = members_of(fields)
    told = [
        f"[{literal(each.name)}, {str(each.required).lower()}, {members[each.name]}],"
        for each in fields
    ]
    array = ["return [", *indented(told, INDENT), "]"] if told else ["return []"]
    return ["func _members() -> Array:", *indented(array, INDENT)]


def _record(fields: tuple[Field, ...], name: str) -> list[list[str]]:
    members, types = members_of(fields), types_of(fields, name)
    variables = [
        line for each in fields for line in variable(each, members[each.name], types[each.name])
    ]
    read = [f"var made := {name}.new()"]
    for field in fields:
        key = literal(field.name)
        told = converted(field.shape, types[field.name], f"json[{key}]")
        assign = f"made.{members[field.name]} = {told}"
        read += [assign] if field.required else [f"if json.has({key}):", f"{INDENT}{assign}"]
    argument = "json" if fields else "_nothing"
    return [
        variables,
        [
            f"static func _of({argument}: Dictionary) -> {name}:",
            *indented([*read, "return made"], INDENT),
        ],
        members_function(fields),
        ["func _json() -> Dictionary:", f"{INDENT}return Detail.object(_members())"],
    ]


def _first_value(shape: Shape, name: str) -> str:
    match shape:
        case ListOf():
            return "[]"
        case Nullable():
            return "null"
        case Choice(values):
            return literal(values[0])
        case Record():
            return f"{name}.new()"
        case _:
            return _PLAIN[type(shape)][1]


def converted(shape: Shape, name: str, json: str) -> str:
    """The expression that makes a value of what JSON has, which fits."""
    match shape:
        case Number():
            return f"float({json})"
        case Whole():
            return f"int({json})"
        case Record():
            return f"{name}._of({json})"
        case Nullable(of):
            inner = converted(of, name, json)
            return json if inner == json else f"(null if {json} == null else {inner})"
        case ListOf(item):
            return _converted_list(item, name, json)
        case _:
            return json


def _converted_list(item: Shape, name: str, json: str) -> str:
    if type(item) in _LISTS:
        return f"{_LISTS[type(item)][1]}({json})"
    inner = converted(item, f"{name}_Item", "each")
    each = f"func(each: Variant) -> Variant: return {inner}"
    return json if inner == "each" else f"{json}.map({each})"


def shape_of(shape: Shape) -> str:
    """The shape as ``Detail.fits`` reads it."""
    match shape:
        case ListOf(item):
            return f'["list", {shape_of(item)}]'
        case Nullable(of):
            return f'["null_or", {shape_of(of)}]'
        case Choice(values):
            return f'["choice", [{", ".join(literal(each) for each in values)}]]'
        case Record(fields):
            members = (
                f"[{literal(each.name)}, {str(each.required).lower()}, {shape_of(each.shape)}]"
                for each in fields
            )
            return f'["record", [{", ".join(members)}]]'
        case _:
            return f'["{_PLAIN[type(shape)][2]}"]'

"""Types of C# for shapes, with how they are read and written. Pure.

Identifiers begin with a capital, so none is a word of the language. What stands for definitions
keeps apart by ending: ``Value`` and ``Fields`` for types, ``_Type`` for those within others.
"""

from collections.abc import Mapping
from xml.sax.saxutils import escape

from matsuri.codegen.lines import comment_lines, indented, literal
from matsuri.codegen.names import identifiers, pascal
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

INDENT = "    "
# Members that every object has already.
RESERVED = frozenset(
    {
        "Equals",
        "Finalize",
        "GetHashCode",
        "GetType",
        "MemberwiseClone",
        "ReferenceEquals",
        "ToString",
    }
)
_PLAIN: Mapping[type[Shape], tuple[str, str]] = {
    Text: ("string", "Shape.Text"),
    Number: ("double", "Shape.Number"),
    Whole: ("long", "Shape.Whole"),
    Truth: ("bool", "Shape.Truth"),
    AnyJson: ("Json", "Shape.AnyJson"),
}
_VALUE_TYPES = Number | Whole | Truth | Choice


def comment(text: str) -> list[str]:
    """``text`` as lines of documentation."""
    lines = [f"/// {escape(line)}" for line in comment_lines(text)]
    if len(lines) == 1:
        return [f"/// <summary>{lines[0].removeprefix('/// ')}</summary>"]
    return ["/// <summary>", *lines, "/// </summary>"] if lines else []


def type_of(shape: Shape, name: str) -> str:
    """The type of a shape; ``name`` is that of the class or enum if it needs one."""
    match shape:
        case ListOf(item):
            return f"List<{type_of(item, f'{name}_Item')}>"
        case Nullable(of):
            return optional_type(of, name)
        case Record() | Choice():
            return name
        case _:
            return _PLAIN[type(shape)][0]


def optional_type(shape: Shape, name: str) -> str:
    """The same, with null for what is missing."""
    plain = type_of(shape, name)
    return f"{plain}?" if isinstance(shape, _VALUE_TYPES) else plain


def declared(shape: Shape, name: str) -> list[str]:
    """The class or enum that ``shape`` needs, if any."""
    match shape:
        case ListOf(item):
            return declared(item, f"{name}_Item")
        case Nullable(of):
            return declared(of, name)
        case Choice(values):
            known = identifiers(values, pascal)
            members = [f"{known[each]}," for each in values]
            return [f"public enum {name}", "{", *indented(members, INDENT), "}"]
        case Record(fields):
            return _class(fields, name)
        case _:
            return []


def members_of(fields: tuple[Field, ...], owner: str) -> dict[str, str]:
    """The name of each field's member of the class ``owner``, whose name no member may have."""
    return identifiers((each.name for each in fields), pascal, RESERVED | {owner})


def types_of(fields: tuple[Field, ...], owner: str) -> dict[str, str]:
    """The name of each field's own class or enum within ``owner``, if it needs one."""
    known = identifiers((each.name for each in fields), pascal)
    types = {name: f"{identifier}_Type" for name, identifier in known.items()}
    return {name: f"{type_}_" if type_ == owner else type_ for name, type_ in types.items()}


def _class(fields: tuple[Field, ...], name: str) -> list[str]:
    members, types = members_of(fields, name), types_of(fields, name)
    parts: list[list[str]] = [declared(each.shape, types[each.name]) for each in fields]
    for field in fields:
        as_type = type_of if field.required else optional_type
        type_ = as_type(field.shape, types[field.name])
        begin = _first_value(field.shape, type_) if field.required else ""
        parts.append(
            [
                *comment(field.description),
                f"public {type_} {members[field.name]} {{ get; set; }}{begin}",
            ]
        )
    return class_lines(f"public sealed class {name}", parts)


def class_lines(begin: str, parts: list[list[str]]) -> list[str]:
    """A class of these parts, with a line between them."""
    body = "\n\n".join("\n".join(part) for part in parts if part).splitlines()
    return [begin, "{", *indented(body, INDENT), "}"]


def _first_value(shape: Shape, type_: str) -> str:
    match shape:
        case Text():
            return ' = "";'
        case AnyJson():
            return " = Json.Null;"
        case Record() | ListOf():
            return f" = new {type_}();"
        case _:
            return ""


def reader(shape: Shape, name: str) -> str:
    """The expression that reads and writes ``shape``, whose own type is ``name``."""
    match shape:
        case ListOf(item):
            return f"Shape.ListOf({reader(item, f'{name}_Item')})"
        case Nullable(of):
            return _nullable_reader(of, name)
        case Choice(values):
            known = identifiers(values, pascal)
            texts = ", ".join(literal(each) for each in values)
            choices = ", ".join(f"{name}.{known[each]}" for each in values)
            return f"new ChoiceShape<{name}>(new[] {{ {texts} }}, new[] {{ {choices} }})"
        case Record(fields):
            return record_reader(fields, name)
        case _:
            return _PLAIN[type(shape)][1]


def _nullable_reader(shape: Shape, name: str) -> str:
    how = "ValueOrNull" if isinstance(shape, _VALUE_TYPES) else "ObjectOrNull"
    return f"Shape.{how}({reader(shape, name)})"


def record_reader(fields: tuple[Field, ...], name: str) -> str:
    """The expression for a record whose class is ``name``, with those that it is within."""
    owner = name.rpartition(".")[2]
    members, types = members_of(fields, owner), types_of(fields, owner)
    told = [
        "\n".join(_member(each, name, members[each.name], f"{name}.{types[each.name]}"))
        for each in fields
    ]
    lines = ",\n".join([f"() => new {name}()", *told]).splitlines()
    return "\n".join([f"new RecordShape<{name}>(", *indented(lines, INDENT)]) + ")"


def _member(field: Field, owner: str, member: str, name: str) -> list[str]:
    type_ = (type_of if field.required else optional_type)(field.shape, name)
    presence = "OptionalOrNull" if isinstance(field.shape, Nullable | AnyJson) else "Optional"
    if field.required:
        presence = "Required"
    optional_value = not field.required and isinstance(field.shape, _VALUE_TYPES)
    shape = (_nullable_reader if optional_value else reader)(field.shape, name)
    return [
        f"new Member<{owner}, {type_}>(",
        *indented(
            [
                f"{literal(field.name)}, Presence.{presence},",
                *f"{shape},".splitlines(),
                f"each => each.{member}, (each, value) => each.{member} = value)",
            ],
            INDENT,
        ),
    ]
